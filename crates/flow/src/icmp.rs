//! ICMP types that come in pairs of request and reply.
//!
//! The pairs are those of the Community ID specification, so that a flow and
//! its community id always agree. Every other type is one-way.

/// What an ICMP message is to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Asks; the field is the type of its answer.
    Request(u8),
    /// Answers; the field is the type of its question.
    Reply(u8),
    /// Has no answer: errors, redirects, anything unknown.
    OneWay,
}

/// Looks up a message type of ICMP (`version` 4) or `ICMPv6` (6).
pub(crate) fn exchange(version: u8, kind: u8) -> Exchange {
    let pairs = if version == 4 { V4 } else { V6 };
    for &(request, reply) in pairs {
        if kind == request {
            return Exchange::Request(reply);
        }
        if kind == reply {
            return Exchange::Reply(request);
        }
    }
    Exchange::OneWay
}

/// RFC 792, RFC 950, RFC 1256: echo, timestamp, information, router discovery, address mask.
const V4: &[(u8, u8)] = &[(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)];
/// RFC 4443, RFC 4861, RFC 2710, RFC 4620, RFC 6275: echo, router and neighbour discovery,
/// multicast listeners, node information, home agents.
const V6: &[(u8, u8)] = &[
    (128, 129),
    (133, 134),
    (135, 136),
    (130, 131),
    (139, 140),
    (144, 145),
];
