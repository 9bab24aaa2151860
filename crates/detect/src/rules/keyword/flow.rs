//! Keywords about flows and hosts, and what rules remember of them.

use super::super::compiled::situation;
use super::super::draft::Draft;
use super::super::matcher::Direction;
use super::super::number::number_up_to;
use super::super::packet_test::PacketTest;
use super::super::problem::{Fault, nearest};
use super::super::state::{
    FlowChange, FlowNumber, FlowTest, HostBit, HostBitAction, HostTrack, Order,
};
use super::super::syntax::{Word, clipped};
use super::Applies::{Flow, Host};
use super::Effect::{Plain, Value};
use super::{Keyword, keyword};

/// Seconds a host bit lives when the rule does not say.
const XBITS_LIFETIME: u64 = 30;
const HOSTBITS_LIFETIME: u64 = 300;
/// The longest life that can be asked for: a year.
const MAX_LIFETIME: u64 = 366 * 86_400;
/// Names joined with `|` in one flowbits.
const MAX_ALTERNATIVES: usize = 64;

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "bypass",
        Flow,
        "After a match nothing more of the flow is looked at.",
        Plain(bypass),
    ),
    keyword(
        "flow",
        Flow,
        "The direction of the packet in its flow, and the flow's state.",
        Value(flow),
    ),
    keyword(
        "flowbits",
        Flow,
        "Sets, clears or tests named bits of the flow.",
        Value(flowbits),
    ),
    keyword(
        "flowint",
        Flow,
        "Computes with or tests named numbers of the flow.",
        Value(flowint),
    ),
    keyword(
        "xbits",
        Host,
        "Sets, clears or tests named bits of a host or a pair of hosts.",
        Value(xbits),
    ),
    keyword(
        "hostbits",
        Host,
        "Sets, clears or tests named bits of a host.",
        Value(hostbits),
    ),
];

fn flow(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    for part in value.split(',') {
        match part.text {
            "to_server" | "toserver" | "from_client" | "fromclient" => {
                direct(draft, Direction::ToServer, part)?;
            }
            "to_client" | "toclient" | "from_server" | "fromserver" => {
                direct(draft, Direction::ToClient, part)?;
            }
            "established" => draft.flow.needs |= situation::ESTABLISHED,
            "not_established" => draft.flow.needs |= situation::NOT_ESTABLISHED,
            "stateless" => {}
            "only_stream" => draft.flow.needs |= situation::AS_STREAM,
            "no_stream" => draft.flow.needs |= situation::AS_PACKET,
            "no_frag" => draft.packet_tests.push(PacketTest::Fragmented(false)),
            "only_frag" => draft.packet_tests.push(PacketTest::Fragmented(true)),
            other => {
                const NAMES: [&str; 8] = [
                    "to_server",
                    "to_client",
                    "from_server",
                    "from_client",
                    "established",
                    "not_established",
                    "stateless",
                    "only_stream",
                ];
                let near = nearest(other, NAMES.into_iter());
                let message = format!("flow has no option {:?}", clipped(other));
                return Err(Fault::error(part.at, message).meant(near));
            }
        }
    }
    if draft.flow.needs & 3 == 3 {
        return Err(Fault::error(
            value.at,
            "a flow is not both established and not established",
        ));
    }
    Ok(())
}

fn direct(draft: &mut Draft<'_, '_>, direction: Direction, at: Word<'_>) -> Result<(), Fault> {
    if draft.flow.direction.is_some_and(|known| known != direction) {
        return Err(Fault::error(at.at, "a packet has one direction"));
    }
    draft.flow.direction = Some(direction);
    Ok(())
}

fn bypass(draft: &mut Draft<'_, '_>, _: Word<'_>) -> Result<(), Fault> {
    draft.flow_changes.push(FlowChange::Bypass);
    Ok(())
}

fn flowbits(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let Some((command, names)) = value.split_once(',') else {
        if value.text == "noalert" {
            draft.noalert = true;
            return Ok(());
        }
        return Err(Fault::error(
            value.at,
            "flowbits takes a command, a comma and a name",
        ));
    };
    let mut numbers = Vec::new();
    for name in names.split('|').take(MAX_ALTERNATIVES) {
        numbers.push(draft.context.names.flowbits.number(name)?);
    }
    let change: fn(u16) -> FlowChange = match command.text {
        "isset" | "isnotset" => {
            let set = command.text == "isset";
            draft.flow_tests.push(FlowTest::Bits {
                any_of: numbers,
                set,
            });
            return Ok(());
        }
        "set" => FlowChange::Set,
        "unset" => FlowChange::Unset,
        "toggle" => FlowChange::Toggle,
        _ => {
            let commands = ["isset", "isnotset", "set", "unset", "toggle", "noalert"];
            let near = nearest(command.text, commands.into_iter());
            return Err(Fault::error(command.at, "flowbits has no such command").meant(near));
        }
    };
    if numbers.len() > 1 {
        return Err(Fault::error(
            names.at,
            "only isset and isnotset take alternatives",
        ));
    }
    draft.flow_changes.extend(numbers.into_iter().map(change));
    Ok(())
}

fn flowint(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(name), Some(modifier)) = (parts.next(), parts.next()) else {
        return Err(Fault::error(
            value.at,
            "flowint takes a name, an operator and a value",
        ));
    };
    let name = draft.context.names.flowints.number(name)?;
    match modifier.text {
        "isset" | "notset" | "isnotset" => {
            let set = modifier.text == "isset";
            draft.flow_tests.push(FlowTest::IntegerSet { name, set });
            return Ok(());
        }
        _ => {}
    }
    let Some(operand) = parts.next().filter(|part| !part.text.is_empty()) else {
        return Err(Fault::error(modifier.at, "flowint needs a value"));
    };
    let number = flow_number(draft, operand)?;
    let order = match modifier.text {
        "=" => {
            draft.flow_changes.push(FlowChange::Assign(name, number));
            return Ok(());
        }
        "+" => {
            draft.flow_changes.push(FlowChange::Add(name, number));
            return Ok(());
        }
        "-" => {
            draft.flow_changes.push(FlowChange::Subtract(name, number));
            return Ok(());
        }
        "<" => Order::Less,
        "<=" => Order::AtMost,
        "==" => Order::Equal,
        "!=" => Order::NotEqual,
        ">=" => Order::AtLeast,
        ">" => Order::Greater,
        _ => return Err(Fault::error(modifier.at, "flowint has no such operator")),
    };
    draft.flow_tests.push(FlowTest::Integer {
        name,
        order,
        value: number,
    });
    Ok(())
}

fn flow_number(draft: &mut Draft<'_, '_>, word: Word<'_>) -> Result<FlowNumber, Fault> {
    if word.text.starts_with(|c: char| c.is_ascii_digit()) {
        let number = number_up_to(word, u32::MAX.into())?;
        Ok(FlowNumber::Number(number as u32))
    } else {
        draft
            .context
            .names
            .flowints
            .number(word)
            .map(FlowNumber::Named)
    }
}

fn bit_action(word: Word<'_>) -> Result<HostBitAction, Fault> {
    Ok(match word.text {
        "set" => HostBitAction::Set,
        "unset" => HostBitAction::Unset,
        "toggle" => HostBitAction::Toggle,
        "isset" => HostBitAction::IsSet,
        "isnotset" => HostBitAction::IsNotSet,
        _ => {
            return Err(Fault::error(
                word.at,
                "a bit is set, unset, toggled, isset or isnotset",
            ));
        }
    })
}

fn lifetime(word: Word<'_>) -> Result<i64, Fault> {
    number_up_to(word, MAX_LIFETIME).map(nanoseconds)
}

/// Seconds as nanoseconds.
pub(crate) fn nanoseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1_000_000_000)).unwrap_or(i64::MAX)
}

/// `xbits:set, name, track ip_src, expire 60`.
fn xbits(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(action), Some(name)) = (parts.next(), parts.next()) else {
        return Err(Fault::error(
            value.at,
            "xbits takes a command, a name and what it tracks",
        ));
    };
    let mut bit = HostBit {
        name: draft.context.names.hostbits.number(name)?,
        track: HostTrack::Source,
        action: bit_action(action)?,
        lifetime: nanoseconds(XBITS_LIFETIME),
    };
    let mut tracked = false;
    let mut of_transaction = false;
    for part in parts {
        match part
            .text
            .split_once(char::is_whitespace)
            .map(|(key, rest)| (key, rest.trim()))
        {
            Some(("track", what)) => {
                tracked = true;
                bit.track = match what {
                    "ip_src" => HostTrack::Source,
                    "ip_dst" => HostTrack::Destination,
                    "ip_pair" => HostTrack::Pair,
                    "tx" => {
                        of_transaction = true;
                        HostTrack::Source
                    }
                    _ => {
                        let message =
                            format!("xbits that track {:?} are not there yet", clipped(what));
                        return Err(Fault::unsupported(part.at, message));
                    }
                };
            }
            Some(("expire", seconds)) => {
                let at = part.at + part.text.len() - seconds.len();
                bit.lifetime = lifetime(Word { text: seconds, at })?;
            }
            _ => return Err(Fault::error(part.at, "xbits knows track and expire")),
        }
    }
    if !tracked {
        return Err(Fault::error(
            value.at,
            "xbits needs track ip_src, ip_dst, ip_pair or tx",
        ));
    }
    if of_transaction {
        in_transaction(draft, bit);
        return Ok(());
    }
    draft.host_bits.push(bit);
    Ok(())
}

/// A bit that lives as long as its transaction.
fn in_transaction(draft: &mut Draft<'_, '_>, HostBit { name, action, .. }: HostBit) {
    let change = match action {
        HostBitAction::Set => FlowChange::SetInTransaction(name),
        HostBitAction::Unset => FlowChange::UnsetInTransaction(name),
        HostBitAction::Toggle => FlowChange::ToggleInTransaction(name),
        HostBitAction::IsSet | HostBitAction::IsNotSet => {
            let set = action == HostBitAction::IsSet;
            draft
                .flow_tests
                .push(FlowTest::TransactionBit { name, set });
            return;
        }
    };
    draft.flow_changes.push(change);
}

/// `hostbits:set, name, src`.
fn hostbits(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(action), Some(name)) = (parts.next(), parts.next()) else {
        return Err(Fault::error(
            value.at,
            "hostbits takes a command and a name",
        ));
    };
    let bit = HostBit {
        name: draft.context.names.hostbits.number(name)?,
        track: HostTrack::Source,
        action: bit_action(action)?,
        lifetime: nanoseconds(HOSTBITS_LIFETIME),
    };
    let destination = HostBit {
        track: HostTrack::Destination,
        ..bit
    };
    match parts.next().map(|part| part.text) {
        None | Some("src") => draft.host_bits.push(bit),
        Some("dst") => draft.host_bits.push(destination),
        Some("both") => draft.host_bits.extend([bit, destination]),
        Some(_) => return Err(Fault::error(value.at, "hostbits are of src, dst or both")),
    }
    Ok(())
}
