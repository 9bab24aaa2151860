//! Keywords about numbers in the bytes: `byte_test`, `byte_jump`, `byte_extract`, `byte_math`.

use super::super::check::{
    ByteExtract, ByteJump, ByteMath, ByteTest, Check, Encoding, JumpFrom, MAX_DIGITS, MathOperator,
    Operand, Position, TestOperator,
};
use super::super::draft::Draft;
use super::super::number::{number, number_up_to};
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Bytes;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "byte_test",
        Bytes,
        "Compares a number in the bytes with a value.",
        Value(byte_test),
    ),
    keyword(
        "byte_jump",
        Bytes,
        "Moves on by a number that is read from the bytes.",
        Value(byte_jump),
    ),
    keyword(
        "byte_extract",
        Bytes,
        "Keeps a number from the bytes under a name for later keywords.",
        Value(byte_extract),
    ),
    keyword(
        "byte_math",
        Bytes,
        "Computes with a number from the bytes and keeps the result under a name.",
        Value(byte_math),
    ),
];

/// How many bytes a number has when it is not in digits.
const MAX_BINARY: i64 = 8;
/// The largest multiplier the manual allows.
const MAX_MULTIPLIER: u64 = 65_535;

/// The options the four keywords share, as they are read.
#[derive(Default)]
struct Shared {
    relative: bool,
    little: bool,
    string: bool,
    base: Option<u32>,
    bitmask: Option<u64>,
}

impl Shared {
    /// Takes an option if it is one of the shared.
    fn take(&mut self, option: Word<'_>) -> Result<bool, Fault> {
        match option.text {
            "relative" => self.relative = true,
            // Callers of DCE/RPC say which order they use; all known ones use this.
            "little" | "dce" => self.little = true,
            "big" => self.little = false,
            "string" => self.string = true,
            "hex" => self.base = Some(16),
            "dec" => self.base = Some(10),
            "oct" => self.base = Some(8),
            _ => match valued(option, "bitmask") {
                Some(mask) => self.bitmask = Some(hexadecimal(mask)?),
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    fn position(&self, count: Operand, offset: Operand, at: usize) -> Result<Position, Fault> {
        let encoding = if self.string {
            Encoding::Digits(self.base.unwrap_or(10))
        } else if self.little {
            Encoding::LittleEndian
        } else {
            Encoding::BigEndian
        };
        let most = if self.string {
            MAX_DIGITS.cast_signed()
        } else {
            MAX_BINARY
        };
        if let Operand::Number(count) = count
            && !(0..=most).contains(&count)
        {
            return Err(Fault::error(
                at,
                format!("a number has at most {most} bytes here"),
            ));
        }
        Ok(Position {
            count,
            offset,
            relative: self.relative,
            encoding,
            bitmask: self.bitmask,
        })
    }
}

fn hexadecimal(word: Word<'_>) -> Result<u64, Fault> {
    let digits = word.text.trim_start_matches("0x").trim_start_matches("0X");
    u64::from_str_radix(digits, 16)
        .map_err(|_| Fault::error(word.at, "a bitmask is a hexadecimal number"))
}

/// The value of `name value`.
fn valued<'a>(option: Word<'a>, name: &str) -> Option<Word<'a>> {
    let rest = option.strip_prefix(name)?;
    let gap = rest.at > option.at + name.len();
    gap.then_some(rest)
}

fn unknown(option: Word<'_>, keyword: &str) -> Fault {
    Fault::error(
        option.at,
        format!("{keyword} has no option {:?}", option.text),
    )
}

fn required<'a>(
    parts: &mut impl Iterator<Item = Word<'a>>,
    whole: Word<'_>,
    what: &str,
) -> Result<Word<'a>, Fault> {
    let part = parts.next().filter(|part| !part.text.is_empty());
    part.ok_or_else(|| Fault::error(whole.at + whole.text.len(), format!("{what} is missing")))
}

fn byte_test(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let count = required(&mut parts, value, "the number of bytes")?;
    let operator = required(&mut parts, value, "the operator")?;
    let wanted = required(&mut parts, value, "the value")?;
    let offset = required(&mut parts, value, "the offset")?;
    let mut shared = Shared::default();
    for part in parts {
        if !shared.take(part)? {
            return Err(unknown(part, "byte_test"));
        }
    }
    let (negated, symbol) = match operator.strip_prefix("!") {
        Some(rest) if rest.text.is_empty() => (true, Word { text: "=", ..rest }),
        Some(rest) => (true, rest),
        None => (false, operator),
    };
    let test = ByteTest {
        position: shared.position(draft.operand(count)?, draft.operand(offset)?, count.at)?,
        operator: test_operator(symbol)?,
        negated,
        value: wide_operand(draft, wanted)?,
    };
    draft.check(Check::ByteTest(test), value.at)
}

/// Compared values use all 64 bits.
fn wide_operand(draft: &Draft<'_, '_>, word: Word<'_>) -> Result<Operand, Fault> {
    if word.text.starts_with(|c: char| c.is_ascii_digit()) {
        number(word).map(|number| Operand::Number(number.cast_signed()))
    } else {
        draft.operand(word)
    }
}

fn test_operator(word: Word<'_>) -> Result<TestOperator, Fault> {
    Ok(match word.text {
        "<" => TestOperator::Less,
        "<=" => TestOperator::AtMost,
        ">" => TestOperator::Greater,
        ">=" => TestOperator::AtLeast,
        "=" => TestOperator::Equal,
        "&" => TestOperator::And,
        "^" => TestOperator::Xor,
        _ => {
            return Err(Fault::error(
                word.at,
                "an operator is one of < <= > >= = & ^",
            ));
        }
    })
}

fn byte_jump(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let count = required(&mut parts, value, "the number of bytes")?;
    let offset = required(&mut parts, value, "the offset")?;
    let mut shared = Shared::default();
    let (mut multiplier, mut align) = (1, false);
    let (mut from, mut post_offset) = (JumpFrom::Number, Operand::Number(0));
    for part in parts {
        if shared.take(part)? {
            continue;
        }
        match part.text {
            "align" => align = true,
            "from_beginning" => from = JumpFrom::Beginning,
            "from_end" => from = JumpFrom::End,
            _ => {
                if let Some(times) = valued(part, "multiplier") {
                    multiplier = number_up_to(times, MAX_MULTIPLIER)?;
                } else if let Some(skip) = valued(part, "post_offset") {
                    post_offset = draft.operand(skip)?;
                } else {
                    return Err(unknown(part, "byte_jump"));
                }
            }
        }
    }
    let jump = ByteJump {
        position: shared.position(draft.operand(count)?, draft.operand(offset)?, count.at)?,
        multiplier,
        align,
        from,
        post_offset,
    };
    draft.check(Check::ByteJump(jump), value.at)
}

fn byte_extract(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let count = required(&mut parts, value, "the number of bytes")?;
    let offset = required(&mut parts, value, "the offset")?;
    let name = required(&mut parts, value, "the name")?;
    let mut shared = Shared::default();
    let (mut multiplier, mut align) = (1, None);
    for part in parts {
        if shared.take(part)? {
            continue;
        }
        if let Some(times) = valued(part, "multiplier") {
            multiplier = number_up_to(times, MAX_MULTIPLIER)?;
        } else if let Some(to) = valued(part, "align") {
            align = Some(alignment(to)?);
        } else {
            return Err(unknown(part, "byte_extract"));
        }
    }
    let extract = ByteExtract {
        position: shared.position(draft.operand(count)?, draft.operand(offset)?, count.at)?,
        multiplier,
        align,
        variable: draft.variable(name)?,
    };
    draft.check(Check::ByteExtract(extract), value.at)
}

fn alignment(word: Word<'_>) -> Result<u64, Fault> {
    match number(word)? {
        to @ (2 | 4) => Ok(to),
        _ => Err(Fault::error(word.at, "numbers are aligned to 2 or 4")),
    }
}

/// `bytes 4, offset 0, oper +, rvalue 1, result name, ...` in any order.
fn byte_math(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut shared = Shared::default();
    let (mut count, mut offset, mut operator, mut right, mut result) =
        (None, None, None, None, None);
    for part in value.split(',') {
        if shared.take(part)? {
            continue;
        }
        if let Some(word) = valued(part, "bytes") {
            count = Some((draft.operand(word)?, word.at));
        } else if let Some(word) = valued(part, "offset") {
            offset = Some(draft.operand(word)?);
        } else if let Some(word) = valued(part, "oper") {
            operator = Some(math_operator(word)?);
        } else if let Some(word) = valued(part, "rvalue") {
            right = Some(draft.operand(word)?);
        } else if let Some(word) = valued(part, "result") {
            result = Some(word);
        } else if let Some(word) = valued(part, "endian") {
            shared.take(word)?;
        } else if let Some(word) = valued(part, "string") {
            shared.string = true;
            shared.take(word)?;
        } else {
            return Err(unknown(part, "byte_math"));
        }
    }
    let (Some((count, at)), Some(offset), Some(operator), Some(right), Some(result)) =
        (count, offset, operator, right, result)
    else {
        let message = "byte_math needs bytes, offset, oper, rvalue and result";
        return Err(Fault::error(value.at, message));
    };
    if operator == MathOperator::Divide && right == Operand::Number(0) {
        return Err(Fault::error(value.at, "byte_math divides by nothing"));
    }
    let math = ByteMath {
        position: shared.position(count, offset, at)?,
        operator,
        right,
        variable: draft.variable(result)?,
    };
    draft.check(Check::ByteMath(math), value.at)
}

fn math_operator(word: Word<'_>) -> Result<MathOperator, Fault> {
    Ok(match word.text {
        "+" => MathOperator::Add,
        "-" => MathOperator::Subtract,
        "*" => MathOperator::Multiply,
        "/" => MathOperator::Divide,
        "<<" => MathOperator::ShiftLeft,
        ">>" => MathOperator::ShiftRight,
        _ => return Err(Fault::error(word.at, "an operator is one of + - * / << >>")),
    })
}
