//! IPv6 extension headers (RFC 8200, section 4; RFC 4302, 6275, 7401, 5533).

use crate::bytes::{Span, be16, be32};
use crate::decoder::Decoder;
use crate::{Fault, Fragment};

/// Extension headers followed per datagram. Real ones have at most four; a chain of hundreds
/// of tiny headers is an attack on whoever walks it.
const MAX_HEADERS: usize = 12;
/// Options checked per header.
const MAX_OPTIONS: usize = 32;
const FRAGMENT_HEADER: usize = 8;
/// With fewer bytes behind the last header that header, not a transport, is incomplete.
const MIN_UPPER: usize = 2;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
pub(super) const NO_NEXT: u8 = 59;
const DESTINATION: u8 = 60;

const PADDING: u8 = 1;
const JUMBO: u8 = 194;
const HOME_ADDRESS: u8 = 201;

/// The size and successor of an extension header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extension {
    pub(crate) next: u8,
    pub(crate) length: usize,
}

/// Reads what all extension headers share; nothing for a protocol that is none.
pub(crate) fn extension(protocol: u8, bytes: &[u8]) -> Option<Extension> {
    let (&next, &units) = (bytes.first()?, bytes.get(1)?);
    let length = match protocol {
        FRAGMENT => FRAGMENT_HEADER,
        AUTHENTICATION => (usize::from(units) + 2) * 4,
        _ if is_extension(protocol) => (usize::from(units) + 1) * 8,
        _ => return None,
    };
    Some(Extension { next, length })
}

/// Hop-by-hop, routing, fragment, authentication, destination, mobility, HIP, shim6.
pub(super) fn is_extension(protocol: u8) -> bool {
    matches!(
        protocol,
        HOP_BY_HOP | ROUTING | FRAGMENT | AUTHENTICATION | DESTINATION | 135 | 139 | 140
    )
}

/// Headers met so far, one bit per kind.
#[derive(Debug, Clone, Copy, Default)]
struct Seen(u8);

impl Seen {
    /// Notes a header; gives a fault when it is the second of a kind that comes once.
    fn note(&mut self, protocol: u8) -> Option<Fault> {
        let (bit, fault) = match protocol {
            HOP_BY_HOP => (1, Fault::Ipv6HopByHopDuplicate),
            ROUTING => (2, Fault::Ipv6RoutingDuplicate),
            FRAGMENT => (4, Fault::Ipv6FragmentHeaderDuplicate),
            AUTHENTICATION => (8, Fault::Ipv6AuthenticationDuplicate),
            DESTINATION => (16, Fault::Ipv6DestinationDuplicate),
            _ => return None,
        };
        let again = self.0 & bit != 0;
        self.0 |= bit;
        if protocol == ROUTING {
            self.0 &= !16;
        }
        again.then_some(fault)
    }
}

impl Decoder<'_> {
    /// Walks the extension headers to the transport.
    pub(crate) fn ipv6_extensions(&mut self, first: u8, payload: Span, index: usize) {
        let (mut protocol, mut rest) = (first, payload);
        let mut seen = Seen::default();
        let mut fragment = None;
        for _ in 0..MAX_HEADERS {
            if !is_extension(protocol) {
                self.after_extensions(protocol, rest, index, fragment);
                return;
            }
            let header = extension(protocol, self.view(rest)).filter(|it| it.length <= rest.wire());
            let Some(header) = header else {
                self.stop_in_extensions(protocol, rest, index, fragment);
                return;
            };
            let duplicate = seen.note(protocol);
            if let Some(fault) = duplicate {
                self.fault(fault);
                if protocol == FRAGMENT {
                    // Nobody sends two; what follows the second is not believed.
                    self.set_transport(protocol, rest, index, fragment);
                    return;
                }
            }
            let body = rest.limit(header.length);
            let after = rest.skip(header.length);
            match protocol {
                FRAGMENT => fragment = self.fragment_header(header.next, body, after, index),
                _ => self.check_extension(protocol, body),
            }
            if let Some(later) = fragment.filter(|it: &Fragment| it.offset != 0) {
                self.set_transport(later.next_protocol, after, index, fragment);
                return;
            }
            (protocol, rest) = (header.next, after);
        }
        self.fault(Fault::Ipv6ExtensionTooMany);
        self.set_transport(protocol, rest, index, fragment);
    }

    fn stop_in_extensions(
        &mut self,
        protocol: u8,
        rest: Span,
        index: usize,
        fragment: Option<Fragment>,
    ) {
        self.short(rest, Fault::Ipv6ExtensionTruncated);
        self.set_transport(protocol, rest, index, fragment);
    }

    fn after_extensions(
        &mut self,
        protocol: u8,
        rest: Span,
        index: usize,
        fragment: Option<Fragment>,
    ) {
        self.set_transport(protocol, rest, index, fragment);
        match fragment {
            Some(fragment) => self.fragment(fragment, protocol, rest, index),
            None if rest.wire() < MIN_UPPER && protocol != NO_NEXT => {
                self.fault(Fault::Ipv6ExtensionTruncated);
            }
            None if protocol == NO_NEXT => {
                if rest.wire() > 0 {
                    self.fault(Fault::Ipv6DataAfterNone);
                }
            }
            None => self.transport(protocol, rest, index),
        }
    }

    /// Moves the transport of a datagram to where the extension headers led.
    fn set_transport(
        &mut self,
        protocol: u8,
        rest: Span,
        index: usize,
        fragment: Option<Fragment>,
    ) {
        if let Some(datagram) = self.datagram(index) {
            let headers = (rest.start as u32).saturating_sub(datagram.transport_offset);
            datagram.protocol = protocol;
            datagram.transport_offset = rest.start as u32;
            datagram.payload_offset = rest.start as u32;
            datagram.payload_length = rest.captured() as u32;
            datagram.payload_wire_length = datagram.payload_wire_length.saturating_sub(headers);
            datagram.fragment = fragment;
        }
    }

    /// A fragment header; nothing when the datagram is whole in spite of it (RFC 6946).
    fn fragment_header(
        &mut self,
        next: u8,
        body: Span,
        data: Span,
        index: usize,
    ) -> Option<Fragment> {
        let view = self.view(body);
        let (reserved, field, identification) = (view.get(1)?, be16(view, 2)?, be32(view, 4)?);
        if let Some(datagram) = self.datagram(index) {
            datagram.identification = identification;
        }
        let (offset, more) = (field & 0xfff8, field & 1 != 0);
        if *reserved != 0 || field & 6 != 0 {
            self.fault(Fault::Ipv6FragmentHeaderReserved);
        }
        if offset == 0 && !more {
            self.fault(Fault::Ipv6FragmentHeaderUseless);
            return None;
        }
        if more && !data.wire().is_multiple_of(8) {
            self.fault(Fault::Ipv6FragmentLength);
        }
        Some(Fragment {
            offset,
            more,
            data_offset: data.start as u32,
            data_length: data.captured() as u32,
            next_protocol: next,
        })
    }

    fn check_extension(&mut self, protocol: u8, body: Span) {
        let view = self.view(body);
        match protocol {
            _ if body.is_cut() => {}
            HOP_BY_HOP | DESTINATION => {
                self.check_options(protocol, view.get(2..).unwrap_or_default());
            }
            ROUTING => self.check_routing(view),
            AUTHENTICATION if be16(view, 2).is_some_and(|reserved| reserved != 0) => {
                self.fault(Fault::Ipv6AuthenticationReserved);
            }
            _ => {}
        }
    }

    fn check_routing(&mut self, view: &[u8]) {
        if view.get(2) == Some(&0) {
            self.fault(Fault::Ipv6RoutingType0);
        }
        // Checksums are made with the last address of the route.
        if view.get(3).is_some_and(|&left| left > 0) {
            self.verify = false;
        }
    }

    /// Walks hop-by-hop or destination options (RFC 8200, section 4.2).
    fn check_options(&mut self, protocol: u8, mut options: &[u8]) {
        let hop_by_hop = protocol == HOP_BY_HOP;
        let (mut only_padding, mut all_known, mut without_bytes) = (true, true, false);
        for _ in 0..MAX_OPTIONS {
            let (kind, next) = match options {
                [] => break,
                [0, rest @ ..] => (0, Some(rest)),
                [kind, length, rest @ ..] => (*kind, rest.get(usize::from(*length)..)),
                [kind] => (*kind, None),
            };
            let Some(next) = next else {
                self.fault(Fault::Ipv6ExtensionOptionLength);
                return;
            };
            only_padding &= kind <= 1;
            without_bytes |= matches!(options, [PADDING, 0, ..]);
            self.verify &= kind != HOME_ADDRESS;
            all_known &= is_known_option(kind);
            options = next;
        }
        if without_bytes {
            self.fault_once(Fault::Ipv6PaddingWithoutBytes);
        }
        if !all_known {
            self.fault(if hop_by_hop {
                Fault::Ipv6HopByHopUnknownOption
            } else {
                Fault::Ipv6DestinationUnknownOption
            });
        }
        if only_padding {
            self.fault(if hop_by_hop {
                Fault::Ipv6HopByHopOnlyPadding
            } else {
                Fault::Ipv6DestinationOnlyPadding
            });
        }
    }

    /// The length in a jumbo option, if the hop-by-hop header at `span` has one.
    pub(crate) fn jumbo_length(&self, span: Span) -> Option<usize> {
        let header = extension(HOP_BY_HOP, self.view(span))?;
        let mut options = self.view(span.limit(header.length).skip(2));
        for _ in 0..MAX_OPTIONS {
            match options {
                [0, rest @ ..] => options = rest,
                [JUMBO, 4, ..] => return be32(options, 2).map(|length| length as usize),
                [_, length, rest @ ..] => options = rest.get(usize::from(*length)..)?,
                _ => return None,
            }
        }
        None
    }
}

/// Options of IANA's registry (destination options and hop-by-hop options, RFC 2780).
fn is_known_option(kind: u8) -> bool {
    matches!(
        kind,
        0 | 1
            | 4
            | 5
            | 7
            | 8
            | 0x0f
            | 0x11
            | 0x12
            | 0x22
            | 0x23
            | 0x26
            | 0x30
            | 0x31
            | 0x63
            | 0x6d
            | 0x8a
            | 0x8b
            | 0x8c
            | JUMBO
            | HOME_ADDRESS
            | 0xee
    )
}
