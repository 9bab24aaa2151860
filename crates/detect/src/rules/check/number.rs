//! `byte_test`, `byte_jump`, `byte_extract` and `byte_math`: numbers in the bytes.

use super::{Operand, Run, to_signed};

/// How a number is written in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    BigEndian,
    LittleEndian,
    /// Digits of base 8, 10 or 16.
    Digits(u32),
}

/// Where a number is and how to read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) count: Operand,
    pub(crate) offset: Operand,
    pub(crate) relative: bool,
    pub(crate) encoding: Encoding,
    pub(crate) bitmask: Option<u64>,
}

/// The longest number in digits: 2^64 in octal has 22.
pub(crate) const MAX_DIGITS: u64 = 23;

impl Position {
    fn depends(&self) -> bool {
        self.relative
            || matches!(self.offset, Operand::Variable(_))
            || matches!(self.count, Operand::Variable(_))
    }

    /// The number, and where its bytes end.
    fn read(&self, run: &Run<'_>, cursor: usize) -> Option<(u64, usize)> {
        let base = if self.relative { to_signed(cursor) } else { 0 };
        let start = usize::try_from(base.saturating_add(run.value(self.offset))).ok()?;
        let count = usize::try_from(run.value(self.count)).ok()?;
        let end = start.checked_add(count)?;
        let bytes = run.bytes.get(start..end)?;
        let number = match self.encoding {
            Encoding::BigEndian => binary(bytes.iter())?,
            Encoding::LittleEndian => binary(bytes.iter().rev())?,
            Encoding::Digits(base) => digits(bytes, base)?,
        };
        Some((masked(number, self.bitmask), end))
    }
}

fn binary<'a>(bytes: impl ExactSizeIterator<Item = &'a u8>) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Reads digits as C's `strtoull` does: leading blanks, then as many digits as there are.
fn digits(bytes: &[u8], base: u32) -> Option<u64> {
    let text = bytes.trim_ascii_start();
    let text = match (base, text) {
        (16, [b'0', b'x' | b'X', rest @ ..]) => rest,
        _ => text,
    };
    let valid = text
        .iter()
        .take_while(|byte| char::from(**byte).is_digit(base));
    let mut number = None;
    for byte in valid {
        let digit = u64::from(char::from(*byte).to_digit(base)?);
        let before: u64 = number.unwrap_or(0);
        number = Some(before.saturating_mul(u64::from(base)).saturating_add(digit));
    }
    number
}

fn masked(number: u64, mask: Option<u64>) -> u64 {
    match mask {
        Some(mask) if mask != 0 => (number & mask) >> mask.trailing_zeros(),
        _ => number,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestOperator {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    And,
    Xor,
}

/// Compares a number with a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteTest {
    pub(crate) position: Position,
    pub(crate) operator: TestOperator,
    pub(crate) negated: bool,
    pub(crate) value: Operand,
}

impl ByteTest {
    pub(super) fn depends(&self) -> bool {
        self.position.depends() || matches!(self.value, Operand::Variable(_))
    }

    pub(super) fn holds(&self, run: &Run<'_>, cursor: usize) -> bool {
        let Some((number, _)) = self.position.read(run, cursor) else {
            return false;
        };
        let value = match self.value {
            Operand::Number(number) => number.cast_unsigned(),
            Operand::Variable(place) => run.variable(place),
        };
        let holds = match self.operator {
            TestOperator::Less => number < value,
            TestOperator::AtMost => number <= value,
            TestOperator::Greater => number > value,
            TestOperator::AtLeast => number >= value,
            TestOperator::Equal => number == value,
            TestOperator::And => number & value != 0,
            TestOperator::Xor => number ^ value != 0,
        };
        holds != self.negated
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JumpFrom {
    /// The end of the bytes that were read.
    Number,
    Beginning,
    End,
}

/// Moves the place relative checks start from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteJump {
    pub(crate) position: Position,
    pub(crate) multiplier: u64,
    pub(crate) align: bool,
    pub(crate) from: JumpFrom,
    pub(crate) post_offset: Operand,
}

impl ByteJump {
    pub(super) fn depends(&self) -> bool {
        self.position.depends() || matches!(self.post_offset, Operand::Variable(_))
    }

    /// Where the jump lands, when that is not behind the bytes; before them means their start.
    pub(super) fn follow(&self, run: &Run<'_>, cursor: usize) -> Option<usize> {
        let (number, end) = self.position.read(run, cursor)?;
        let mut distance = number.saturating_mul(self.multiplier);
        if self.align {
            distance = distance.checked_next_multiple_of(4)?;
        }
        let base = match self.from {
            JumpFrom::Number => end,
            JumpFrom::Beginning => 0,
            JumpFrom::End => run.bytes.len(),
        };
        let target = to_signed(base)
            .checked_add(i64::try_from(distance).ok()?)?
            .checked_add(run.value(self.post_offset))?;
        let target = usize::try_from(target.max(0)).ok()?;
        (target < run.bytes.len()).then_some(target)
    }
}

/// Keeps a number under a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteExtract {
    pub(crate) position: Position,
    pub(crate) multiplier: u64,
    pub(crate) align: Option<u64>,
    pub(crate) variable: u8,
}

impl ByteExtract {
    pub(super) fn depends(&self) -> bool {
        self.position.depends()
    }

    pub(super) fn run(&self, run: &mut Run<'_>, cursor: usize) -> Option<usize> {
        let (number, end) = self.position.read(run, cursor)?;
        let mut number = number.checked_mul(self.multiplier)?;
        if let Some(align) = self.align {
            number = number.checked_next_multiple_of(align)?;
        }
        run.set_variable(self.variable, number);
        Some(end)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MathOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    ShiftLeft,
    ShiftRight,
}

/// Computes with a number and keeps the result under a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteMath {
    pub(crate) position: Position,
    pub(crate) operator: MathOperator,
    pub(crate) right: Operand,
    pub(crate) variable: u8,
}

impl ByteMath {
    pub(super) fn depends(&self) -> bool {
        self.position.depends() || matches!(self.right, Operand::Variable(_))
    }

    pub(super) fn run(&self, run: &mut Run<'_>, cursor: usize) -> Option<usize> {
        let unmasked = Position {
            bitmask: None,
            ..self.position
        };
        let (number, end) = unmasked.read(run, cursor)?;
        let right = run.value(self.right).cast_unsigned();
        let shift = u32::try_from(right).unwrap_or(u32::MAX);
        let result = match self.operator {
            MathOperator::Add => number.wrapping_add(right),
            MathOperator::Subtract => number.wrapping_sub(right),
            MathOperator::Multiply => number.wrapping_mul(right),
            MathOperator::Divide => number.checked_div(right)?,
            MathOperator::ShiftLeft => number.checked_shl(shift).unwrap_or(0),
            MathOperator::ShiftRight => number.checked_shr(shift).unwrap_or(0),
        };
        run.set_variable(self.variable, masked(result, self.position.bitmask));
        Some(end)
    }
}
