//! Calculations and comparisons: `tcp[13] & 2 != 0`, `len - 14 > ip[2:2]`.

use super::{Parsed, Parser};
use crate::bpf::machine::code;
use crate::bpf::names;
use crate::bpf::tree::{Arithmetic, Primitive, Protocol, Relation};
use crate::bpf::words::Kind;

/// An operator: how tightly it holds what stands on its left and on its right.
struct Operator {
    symbol: &'static str,
    operation: u16,
    left: u8,
    right: u8,
}

const fn operator(symbol: &'static str, operation: u16, left: u8, right: u8) -> Operator {
    Operator {
        symbol,
        operation,
        left,
        right,
    }
}

/// As libpcap reads them. Its grammar gives `%` and `^` no rank: they take the
/// nearest operand on their left and everything on their right.
const OPERATORS: [Operator; 10] = [
    operator("|", code::OR, 1, 2),
    operator("&", code::AND, 3, 4),
    operator("<<", code::LSH, 5, 6),
    operator(">>", code::RSH, 5, 6),
    operator("+", code::ADD, 7, 8),
    operator("-", code::SUB, 7, 8),
    operator("*", code::MUL, 9, 10),
    operator("/", code::DIV, 9, 10),
    operator("%", code::MOD, 11, 0),
    operator("^", code::XOR, 11, 0),
];

const RELATIONS: [(&str, Relation); 6] = [
    ("=", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<", Relation::Less),
    ("<=", Relation::LessOrEqual),
    (">", Relation::Greater),
    (">=", Relation::GreaterOrEqual),
];

/// The most operators in a row on one level: keeps the tree shallow enough for recursion.
const MAX_OPERATIONS: usize = 64;

impl Parser<'_> {
    /// Whether a calculation starts here, and not a qualified address.
    pub(super) fn at_calculation(&self) -> bool {
        match (self.kind(), self.peek(1)) {
            (Kind::Word("len") | Kind::Symbol("-"), _) => true,
            (Kind::Word(word), Kind::Symbol("[")) => names::protocol(word).is_some(),
            (Kind::Word(word), Kind::Symbol(next)) => {
                (number(word).is_some() || names::constant(word).is_some()) && is_operator(next)
            }
            _ => false,
        }
    }

    pub(super) fn comparison(&mut self) -> Parsed<Primitive> {
        let left = self.calculation(0)?;
        let Some(relation) = self.relation() else {
            return self.expected("a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)");
        };
        let right = self.calculation(0)?;
        Ok(Primitive::Compare {
            left,
            relation,
            right,
        })
    }

    fn relation(&mut self) -> Option<Relation> {
        let (_, relation) = RELATIONS
            .iter()
            .find(|(symbol, _)| self.kind() == Kind::Symbol(symbol))?;
        self.at += 1;
        Some(*relation)
    }

    /// A value with all operators that hold tighter than `floor`.
    fn calculation(&mut self, floor: u8) -> Parsed<Arithmetic> {
        let mut value = self.deeper(Self::operand)?;
        for _ in 0..MAX_OPERATIONS {
            let Some(operator) = self.operator(floor) else {
                return Ok(value);
            };
            let right = self.right_of(operator)?;
            value = fold(operator.operation, value, right);
        }
        self.fault(format!(
            "expected at most {MAX_OPERATIONS} operations in a row"
        ))
    }

    fn operator(&mut self, floor: u8) -> Option<&'static Operator> {
        let operator = OPERATORS
            .iter()
            .find(|operator| self.kind() == Kind::Symbol(operator.symbol))?;
        let taken = operator.left >= floor;
        self.at += usize::from(taken);
        taken.then_some(operator)
    }

    fn right_of(&mut self, operator: &Operator) -> Parsed<Arithmetic> {
        let start = self.at;
        let right = self.deeper(|parser| parser.calculation(operator.right))?;
        let reason = match (operator.operation, &right) {
            (code::DIV | code::MOD, Arithmetic::Number(0)) => "expected a divisor other than 0",
            (code::LSH | code::RSH, Arithmetic::Number(32..)) => "expected a shift of at most 31",
            _ => return Ok(right),
        };
        self.at = start;
        self.fault(reason.to_owned())
    }

    fn operand(&mut self) -> Parsed<Arithmetic> {
        if self.take_symbol("-") {
            let inner = self.deeper(Self::operand)?;
            return Ok(match inner {
                Arithmetic::Number(number) => Arithmetic::Number(number.wrapping_neg()),
                other => Arithmetic::Negate(Box::new(other)),
            });
        }
        if self.take_symbol("(") {
            let inner = self.calculation(0)?;
            self.close()?;
            return Ok(inner);
        }
        let Kind::Word(word) = self.kind() else {
            return self.expected("a number, `len` or bytes of a header such as `tcp[13]`");
        };
        if word == "len" {
            self.at += 1;
            return Ok(Arithmetic::Length);
        }
        if let Some(value) = number(word).or_else(|| names::constant(word)) {
            self.at += 1;
            return Ok(Arithmetic::Number(value));
        }
        match names::protocol(word) {
            Some(protocol) => {
                self.at += 1;
                self.bytes_of(protocol)
            }
            None => self.expected("a number, `len` or bytes of a header such as `tcp[13]`"),
        }
    }

    fn bytes_of(&mut self, of: Protocol) -> Parsed<Arithmetic> {
        if !self.take_symbol("[") {
            return self.expected("`[`");
        }
        let offset = Box::new(self.calculation(0)?);
        let size = if self.take_symbol(":") {
            self.size()?
        } else {
            1
        };
        if !self.take_symbol("]") {
            return self.expected("`]`");
        }
        Ok(Arithmetic::Load { of, offset, size })
    }

    fn size(&mut self) -> Parsed<u8> {
        let size = match self.kind() {
            Kind::Word("1") => 1,
            Kind::Word("2") => 2,
            Kind::Word("4") => 4,
            _ => return self.expected("a size of 1, 2 or 4 bytes"),
        };
        self.at += 1;
        Ok(size)
    }
}

fn is_operator(symbol: &str) -> bool {
    RELATIONS.iter().any(|(known, _)| *known == symbol)
        || OPERATORS.iter().any(|operator| operator.symbol == symbol)
}

fn fold(operation: u16, left: Arithmetic, right: Arithmetic) -> Arithmetic {
    if let (Arithmetic::Number(left), Arithmetic::Number(right)) = (&left, &right)
        && let Some(value) = crate::bpf::machine::calculate(operation, *left, *right)
    {
        return Arithmetic::Number(value);
    }
    Arithmetic::Operation {
        operation,
        left: Box::new(left),
        right: Box::new(right),
    }
}

/// A number as C writes it: decimal, `0x` hexadecimal, or octal after a 0.
pub(super) fn number(word: &str) -> Option<u32> {
    if let Some(hex) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok();
    }
    if word.len() > 1 && word.starts_with('0') {
        return u32::from_str_radix(word, 8).ok();
    }
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    word.parse().ok()
}
