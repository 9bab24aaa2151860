//! Keywords about a flow's sizes and age.

use wirewatch_proto::Side;

use super::super::draft::Draft;
use super::super::facts::{FactTest, Sides};
use super::super::number::Comparison;
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Flow;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "stream_size",
        Flow,
        "How many bytes a side has sent in order.",
        Value(stream_size),
    ),
    keyword(
        "flow.age",
        Flow,
        "How many seconds the flow has lasted.",
        Value(age),
    ),
    keyword(
        "flow.pkts",
        Flow,
        "How many packets a side has sent.",
        Value(|draft, value| sided(draft, value, FactTest::Packets)),
    ),
    keyword(
        "flow.bytes",
        Flow,
        "How many bytes a side's packets have.",
        Value(|draft, value| sided(draft, value, FactTest::Bytes)),
    ),
    keyword(
        "flow.pkts_toserver",
        Flow,
        "How many packets went to the server.",
        Value(|draft, value| one(draft, value, Side::Client, FactTest::Packets)),
    ),
    keyword(
        "flow.pkts_toclient",
        Flow,
        "How many packets went to the client.",
        Value(|draft, value| one(draft, value, Side::Server, FactTest::Packets)),
    ),
    keyword(
        "flow.bytes_toserver",
        Flow,
        "How many bytes went to the server.",
        Value(|draft, value| one(draft, value, Side::Client, FactTest::Bytes)),
    ),
    keyword(
        "flow.bytes_toclient",
        Flow,
        "How many bytes went to the client.",
        Value(|draft, value| one(draft, value, Side::Server, FactTest::Bytes)),
    ),
    keyword(
        "flow.elephant",
        Flow,
        "Whether the flow is a large one.",
        Value(elephant),
    ),
];

type Make = fn(Sides, Comparison) -> FactTest;

fn sides(word: Word<'_>) -> Result<Sides, Fault> {
    Ok(match word.text {
        "client" | "toserver" | "to_server" => Sides::One(Side::Client),
        "server" | "toclient" | "to_client" => Sides::One(Side::Server),
        "both" => Sides::Both,
        "either" => Sides::Either,
        _ => {
            let message = "a side is client, server, both or either";
            return Err(Fault::error(word.at, message));
        }
    })
}

/// `stream_size:SIDE,OPERATOR,NUMBER`.
fn stream_size(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(side), Some(operator), Some(number)) = (parts.next(), parts.next(), parts.next())
    else {
        let message = "stream_size takes a side, an operator and a number";
        return Err(Fault::error(value.at, message));
    };
    let text = format!("{}{}", operator.text, number.text);
    let word = Word {
        text: &text,
        at: operator.at,
    };
    let wanted = Comparison::parse(word, u32::MAX.into())?;
    draft
        .fact_tests
        .push(FactTest::Stream(sides(side)?, wanted));
    Ok(())
}

fn age(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let wanted = Comparison::parse(value, u32::MAX.into())?;
    draft.fact_tests.push(FactTest::Age(wanted));
    Ok(())
}

/// `SIDE,NUMBER`.
fn sided(draft: &mut Draft<'_, '_>, value: Word<'_>, make: Make) -> Result<(), Fault> {
    let Some((side, number)) = value.split_once(',') else {
        return Err(Fault::error(value.at, "a side and a number are needed"));
    };
    let wanted = Comparison::parse(number, u64::MAX)?;
    draft.fact_tests.push(make(sides(side)?, wanted));
    Ok(())
}

fn one(draft: &mut Draft<'_, '_>, value: Word<'_>, side: Side, make: Make) -> Result<(), Fault> {
    let wanted = Comparison::parse(value, u64::MAX)?;
    draft.fact_tests.push(make(Sides::One(side), wanted));
    Ok(())
}

fn elephant(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let wanted = match value.text {
        "yes" | "true" | "1" | "any" => true,
        "no" | "false" | "0" => false,
        _ => {
            return Err(Fault::error(
                value.at,
                "a flow is an elephant or not: yes or no",
            ));
        }
    };
    draft.fact_tests.push(FactTest::Elephant(wanted));
    Ok(())
}
