//! Writes checks as a program of classic BPF.
//!
//! Conditional jumps of classic BPF reach 255 instructions; one that must go
//! farther becomes a short jump over a long one.

use super::Instruction;
use super::layout::Layout;
use super::lower::{Check, Field};
use super::machine::{MAX_INSTRUCTIONS, SCRATCH_WORDS, code};
use super::tree::{Arithmetic, Joint, Protocol, Relation};

/// A place in the program that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label(usize);

#[derive(Debug, Clone, Copy)]
enum Step {
    Plain(u16, u32),
    Branch {
        code: u16,
        k: u32,
        yes: Label,
        no: Label,
        far: bool,
    },
    Goto(Label),
    Mark(Label),
}

/// A program while it is written.
#[derive(Default)]
pub(super) struct Program {
    steps: Vec<Step>,
    labels: usize,
    /// A calculation that needs more scratch memory than there is.
    too_deep: bool,
}

impl Program {
    pub(super) fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    pub(super) fn mark(&mut self, label: Label) {
        self.steps.push(Step::Mark(label));
    }

    pub(super) fn give(&mut self, result: u32) {
        self.plain(code::RET | code::K, result);
    }

    /// Goes to `yes` if the check holds, else to `no`.
    pub(super) fn check(&mut self, check: &Check, yes: Label, no: Label) {
        match check {
            Check::Constant(holds) => self.steps.push(Step::Goto(if *holds { yes } else { no })),
            Check::Not(inner) => self.check(inner, no, yes),
            Check::All(parts) => self.joined(parts.iter().map(|part| (Joint::And, part)), yes, no),
            Check::Any(parts) => self.joined(parts.iter().map(|part| (Joint::Or, part)), yes, no),
            Check::Chain(first, rest) => {
                let first = std::iter::once((Joint::And, &**first));
                let rest = rest.iter().map(|(joint, part)| (*joint, part));
                self.joined(first.chain(rest), yes, no);
            }
            Check::Equal { field, mask, value } => {
                self.load(*field);
                if *mask != u32::MAX {
                    self.plain(code::ALU | code::AND | code::K, *mask);
                }
                self.branch(code::JEQ, *value, yes, no);
            }
            Check::Bits { field, mask } => {
                self.load(*field);
                self.branch(code::JSET, *mask, yes, no);
            }
            Check::Between { field, low, high } => self.between(*field, *low, *high, yes, no),
            Check::Compare {
                left,
                relation,
                right,
                layout,
            } => self.compare(left, *relation, right, layout, yes, no),
        }
    }

    /// From left to right: a true part skips to the next `and`, a false one to the next `or`.
    fn joined<'c>(
        &mut self,
        parts: impl Iterator<Item = (Joint, &'c Check)>,
        yes: Label,
        no: Label,
    ) {
        let parts: Vec<(Joint, &Check)> = parts.collect();
        let labels: Vec<Label> = parts.iter().map(|_| self.label()).collect();
        let (mut after_true, mut after_false) = (yes, no);
        let mut targets = Vec::with_capacity(parts.len());
        for ((joint, _), label) in parts.iter().zip(&labels).rev() {
            targets.push((after_true, after_false));
            match joint {
                Joint::And => after_true = *label,
                Joint::Or => after_false = *label,
            }
        }
        for (((_, part), label), (yes, no)) in parts.iter().zip(labels).zip(targets.iter().rev()) {
            self.mark(label);
            self.check(part, *yes, *no);
        }
    }

    fn between(&mut self, field: Field, low: u32, high: u32, yes: Label, no: Label) {
        self.load(field);
        if low == high {
            return self.branch(code::JEQ, low, yes, no);
        }
        let not_below = self.label();
        self.branch(code::JGE, low, not_below, no);
        self.mark(not_below);
        self.branch(code::JGT, high, no, yes);
    }

    fn load(&mut self, field: Field) {
        let fixed = code::LD | code::ABS;
        match field {
            Field::Byte(offset) => self.plain(fixed | code::B, offset),
            Field::Half(offset) => self.plain(fixed | code::H, offset),
            Field::Word(offset) | Field::Ancillary(offset) => self.plain(fixed | code::W, offset),
            Field::BehindIpv4 { header, offset } => {
                self.plain(code::LDX | code::MSH | code::B, header);
                self.plain(code::LD | code::IND | code::H, header + offset);
            }
        }
    }

    fn compare(
        &mut self,
        left: &Arithmetic,
        relation: Relation,
        right: &Arithmetic,
        layout: &Layout,
        yes: Label,
        no: Label,
    ) {
        let (jump, inverted) = match relation {
            Relation::Equal => (code::JEQ, false),
            Relation::NotEqual => (code::JEQ, true),
            Relation::Greater => (code::JGT, false),
            Relation::GreaterOrEqual => (code::JGE, false),
            Relation::Less => (code::JGE, true),
            Relation::LessOrEqual => (code::JGT, true),
        };
        let (yes, no) = if inverted { (no, yes) } else { (yes, no) };
        self.value(left, layout, 0);
        if let Arithmetic::Number(number) = right {
            return self.branch(jump, *number, yes, no);
        }
        self.second_operand(right, layout, 0);
        self.branch(jump | code::X, 0, yes, no);
    }

    /// With the first operand in A: leaves it there and the second in X.
    fn second_operand(&mut self, value: &Arithmetic, layout: &Layout, slot: u32) {
        self.plain(code::ST, slot);
        self.value(value, layout, slot + 1);
        self.plain(code::MISC | code::TAX, 0);
        self.plain(code::LD | code::MEM, slot);
    }

    /// Leaves a value in A; scratch words from `slot` on are free.
    fn value(&mut self, value: &Arithmetic, layout: &Layout, slot: u32) {
        if slot as usize >= SCRATCH_WORDS {
            self.too_deep = true;
            return;
        }
        match value {
            Arithmetic::Number(number) => self.plain(code::LD | code::IMM, *number),
            Arithmetic::Length => self.plain(code::LD | code::LEN, 0),
            Arithmetic::Negate(inner) => {
                self.value(inner, layout, slot);
                self.plain(code::ALU | code::NEG, 0);
            }
            Arithmetic::Operation {
                operation,
                left,
                right,
            } => {
                self.value(left, layout, slot);
                if let Arithmetic::Number(number) = **right {
                    self.plain(code::ALU | operation | code::K, number);
                } else {
                    self.second_operand(right, layout, slot);
                    self.plain(code::ALU | operation | code::X, 0);
                }
            }
            Arithmetic::Load { of, offset, size } => {
                self.bytes(*of, offset, *size, layout, slot);
            }
        }
    }

    fn bytes(&mut self, of: Protocol, offset: &Arithmetic, size: u8, layout: &Layout, slot: u32) {
        let size = match size {
            1 => code::B,
            2 => code::H,
            _ => code::W,
        };
        let header = layout.header(of);
        let behind_ipv4 = !matches!(
            of,
            Protocol::Ether
                | Protocol::Ip
                | Protocol::Ip6
                | Protocol::Arp
                | Protocol::Rarp
                | Protocol::Icmp6
        );
        let fixed = match offset {
            Arithmetic::Number(number) => header.checked_add(*number),
            _ => None,
        };
        match (fixed, behind_ipv4) {
            (Some(offset), false) => return self.plain(code::LD | code::ABS | size, offset),
            (Some(offset), true) => {
                self.plain(code::LDX | code::MSH | code::B, header);
                return self.plain(code::LD | code::IND | size, offset);
            }
            (None, _) => self.value(offset, layout, slot),
        }
        if behind_ipv4 {
            self.plain(code::ST, slot);
            self.plain(code::LDX | code::MSH | code::B, header);
            self.plain(code::MISC | code::TXA, 0);
            self.plain(code::LDX | code::MEM, slot);
            self.plain(code::ALU | code::ADD | code::X, 0);
        }
        self.plain(code::MISC | code::TAX, 0);
        self.plain(code::LD | code::IND | size, header);
    }

    fn plain(&mut self, code: u16, k: u32) {
        self.steps.push(Step::Plain(code, k));
    }

    fn branch(&mut self, jump: u16, k: u32, yes: Label, no: Label) {
        self.steps.push(Step::Branch {
            code: code::JMP | jump,
            k,
            yes,
            no,
            far: false,
        });
    }

    /// Resolves the labels.
    pub(super) fn finish(mut self) -> Result<Vec<Instruction>, &'static str> {
        if self.too_deep {
            return Err("the calculation is nested too deeply");
        }
        loop {
            let (positions, length) = self.positions();
            if length > MAX_INSTRUCTIONS {
                return Err("the filter needs more than 4096 instructions");
            }
            if !self.widen(&positions) {
                return Ok(self.resolve(&positions, length));
            }
        }
    }

    fn positions(&self) -> (Vec<usize>, usize) {
        let mut positions = vec![0; self.labels];
        let mut at = 0;
        for step in &self.steps {
            if let Step::Mark(label) = step
                && let Some(position) = positions.get_mut(label.0)
            {
                *position = at;
            }
            at += step.length();
        }
        (positions, at)
    }

    /// Makes branches far that do not reach; whether there was one.
    fn widen(&mut self, positions: &[usize]) -> bool {
        let mut changed = false;
        let mut at = 0;
        for step in &mut self.steps {
            let length = step.length();
            if let Step::Branch { yes, no, far, .. } = step {
                let reach = distance(positions, at, *yes).max(distance(positions, at, *no));
                if reach > usize::from(u8::MAX) && !*far {
                    *far = true;
                    changed = true;
                }
            }
            at += length;
        }
        changed
    }

    fn resolve(&self, positions: &[usize], length: usize) -> Vec<Instruction> {
        let mut program = Vec::with_capacity(length);
        let goto = |at: usize, label: Label| {
            Instruction::plain(code::JMP | code::JA, distance(positions, at, label) as u32)
        };
        for step in &self.steps {
            let at = program.len();
            match *step {
                Step::Mark(_) => {}
                Step::Plain(code, k) => program.push(Instruction::plain(code, k)),
                Step::Goto(label) => program.push(goto(at, label)),
                Step::Branch {
                    code,
                    k,
                    yes,
                    no,
                    far,
                } => {
                    let near = |label| distance(positions, at, label) as u8;
                    let (jt, jf) = if far { (0, 1) } else { (near(yes), near(no)) };
                    program.push(Instruction { code, jt, jf, k });
                    if far {
                        program.push(goto(at + 1, yes));
                        program.push(goto(at + 2, no));
                    }
                }
            }
        }
        program
    }
}

impl Step {
    fn length(&self) -> usize {
        match self {
            Self::Mark(_) => 0,
            Self::Branch { far: true, .. } => 3,
            _ => 1,
        }
    }
}

/// How many instructions a jump at `at` passes over; labels are always behind it.
fn distance(positions: &[usize], at: usize, label: Label) -> usize {
    positions
        .get(label.0)
        .map_or(0, |position| position.saturating_sub(at + 1))
}
