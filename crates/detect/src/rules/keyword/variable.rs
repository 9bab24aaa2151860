//! Keywords about values that expressions captured, and about marks of packets.

use super::super::draft::Draft;
use super::super::note::Scope;
use super::super::number::number_up_to;
use super::super::problem::Fault;
use super::super::state::FlowTest;
use super::super::syntax::Word;
use super::Applies::{Flow, Packet};
use super::Effect::Value;
use super::{Keyword, keyword};

/// The longest text that is looked for in a value: values are no longer.
const MAX_TEXT: usize = 1_024;

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "flowvar",
        Flow,
        "A value that an expression captured of the flow (`pcre` with `flow:NAME`) contains a text, \
         or does not with `!`.",
        Value(|draft, value| variable(draft, value, Scope::Flow)),
    ),
    keyword(
        "pktvar",
        Packet,
        "A value that an expression captured of the packet (`pcre` with `pkt:NAME`) contains a text, \
         or does not with `!`.",
        Value(|draft, value| variable(draft, value, Scope::Packet)),
    ),
    keyword(
        "nfq_set_mark",
        Packet,
        "What an inline tool would mark its packets with; without effect here.",
        Value(mark),
    ),
];

/// `NAME,"TEXT"` or `NAME,!"TEXT"`.
fn variable(draft: &mut Draft<'_, '_>, value: Word<'_>, scope: Scope) -> Result<(), Fault> {
    let Some((name, text)) = value.split_once(',') else {
        return Err(Fault::error(
            value.at,
            "a name, a comma and a text are needed",
        ));
    };
    let (negated, text) = super::content::negation(text);
    let bytes = super::content::bytes(text.unquote())?;
    if bytes.is_empty() || bytes.len() > MAX_TEXT {
        let message = format!("the text has 1 to {MAX_TEXT} bytes");
        return Err(Fault::error(text.at, message));
    }
    let name = draft.context.names.captures.number(name)?;
    draft.flow_tests.push(FlowTest::Variable {
        of_packet: scope == Scope::Packet,
        name,
        text: bytes.into(),
        negated,
    });
    Ok(())
}

/// `MARK` or `MARK/MASK`.
fn mark(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    for number in value.split('/') {
        number_up_to(number, u32::MAX.into())?;
    }
    let message = "packets are watched and not marked: this has no effect";
    draft.warnings.push(Fault::warning(value.at, message));
    Ok(())
}
