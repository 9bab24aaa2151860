//! What a rule's header says before its addresses: action, protocol, hook.

use super::super::number::Comparison;
use super::super::packet_test::PacketTest;
use super::super::problem::{Fault, nearest};
use super::super::protocol::RuleProtocol;
use super::super::rule::Action;
use super::super::syntax::{Word, clipped};

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Packet,
    Flow,
}

/// The action, and what it is about (`drop:flow`).
pub(super) fn header_action(word: Word<'_>) -> Result<(Action, Option<Scope>), Fault> {
    const ACTIONS: [&str; 8] = [
        "alert",
        "config",
        "pass",
        "drop",
        "reject",
        "rejectsrc",
        "rejectdst",
        "rejectboth",
    ];
    let (name, scope) = match word.split_once(':') {
        Some((name, scope)) => (name, Some(scope)),
        None => (word, None),
    };
    if name.text == "accept" {
        let message = "accept lets packets through a firewall, and here they are only watched";
        return Err(Fault::unsupported(word.at, message));
    }
    let Some(action) = Action::named(name.text) else {
        let near = nearest(name.text, ACTIONS.into_iter());
        let message = format!("{:?} is no action", clipped(word.text));
        return Err(Fault::error(word.at, message).meant(near));
    };
    let scope = match (action, scope.map(|scope| (scope.text, scope.at))) {
        (_, None) => None,
        (Action::Pass | Action::Drop, Some(("packet", _))) => Some(Scope::Packet),
        (Action::Pass | Action::Drop, Some(("flow", _))) => Some(Scope::Flow),
        (_, Some((_, at))) => {
            let message =
                "pass and drop may be of a packet or of a flow, other actions say no more";
            return Err(Fault::error(at, message));
        }
    };
    Ok((action, scope))
}

/// The protocol, and the hook behind its colon.
pub(super) fn header_protocol(word: Word<'_>) -> Result<(RuleProtocol, Option<Word<'_>>), Fault> {
    let (base, hook) = match word.split_once(':') {
        Some((base, hook)) => (base, Some(hook)),
        None => (word, None),
    };
    let name = base.text.to_ascii_lowercase();
    if let Some(protocol) = RuleProtocol::named(&name) {
        return Ok((protocol, hook));
    }
    let near = nearest(&name, RuleProtocol::names());
    let message = format!("{:?} is no protocol rules know", clipped(word.text));
    Err(Fault::error(word.at, message).meant(near))
}

/// What the header's protocol asks of packets beside their transport.
pub(super) fn header_tests(protocol: Word<'_>) -> Vec<PacketTest> {
    const IGMP: u64 = 2;
    let test = match protocol.text.to_ascii_lowercase().as_str() {
        "igmp" => Some(PacketTest::IpProtocol(Comparison::Equal(IGMP))),
        "ether" => Some(PacketTest::Ethernet),
        "arp" => Some(PacketTest::Arp),
        _ => None,
    };
    test.into_iter().collect()
}
