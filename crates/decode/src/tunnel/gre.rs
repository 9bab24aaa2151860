//! GRE (RFC 2784, 2890, 1701 for routes) and PPTP's enhanced GRE (RFC 2637).

use crate::bytes::{Span, be16, be32};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Tunnel, checksum};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const STRICT_ROUTE: u16 = 0x0800;
const RECURSION: u16 = 0x0700;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const RESERVED_0: u16 = 0x00f8;
const RESERVED_1: u16 = 0x0078;
const VERSION: u16 = 0x0007;

const BASE: usize = 4;
/// Source route entries followed; nobody has used them for decades.
const MAX_ROUTES: usize = 8;

const ERSPAN: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;
const WEB_CACHE: u16 = 0x883e;
/// Aruba's access points send 802.11 frames, a number for each of their internal ports.
const WIFI_FIRST: u16 = 0x8200;
const WIFI_LAST: u16 = 0x83ff;
const WIFI_LATER: u16 = 0x9000;

impl Decoder<'_> {
    /// A GRE packet; it has no ports, so its own datagram stays as it is.
    pub(crate) fn gre(&mut self, span: Span, index: usize) {
        if !self.options.is_enabled(Tunnel::Gre) || !self.descend() {
            return;
        }
        let view = self.view(span);
        let (Some(flags), Some(kind)) = (be16(view, 0), be16(view, 2)) else {
            self.short(span, Fault::GreTooShort);
            return;
        };
        match flags & VERSION {
            0 => self.gre0(flags, kind, span, index),
            1 => self.gre1(flags, kind, span),
            _ => self.fault(Fault::GreVersion),
        }
    }

    fn gre0(&mut self, flags: u16, kind: u16, span: Span, index: usize) {
        if flags & RECURSION != 0 {
            self.fault(Fault::Gre0Recursion);
        }
        if flags & RESERVED_0 != 0 {
            self.fault(Fault::Gre0Flags);
        }
        let key_offset = BASE
            + if flags & (CHECKSUM | ROUTING) != 0 {
                4
            } else {
                0
            };
        let sequence_offset = key_offset + if flags & KEY != 0 { 4 } else { 0 };
        let mut length = sequence_offset + if flags & SEQUENCE != 0 { 4 } else { 0 };
        if length > span.wire() {
            self.fault(Fault::Gre0HeaderTooBig);
            return;
        }
        if flags & CHECKSUM != 0 {
            self.verify_gre(span, index);
        }
        if flags & ROUTING != 0 {
            let Some(routes) = routes_length(self.view(span.skip(length))) else {
                self.fault(Fault::Gre0SourceRoute);
                return;
            };
            length += routes;
        }
        let key = if flags & KEY != 0 {
            be32(self.view(span), key_offset).unwrap_or(0)
        } else {
            0
        };
        self.enter(Tunnel::Gre, key);
        self.gre_payload(kind, flags & SEQUENCE != 0, span.skip(length));
    }

    fn gre_payload(&mut self, kind: u16, with_sequence: bool, payload: Span) {
        match kind {
            ERSPAN if with_sequence => self.erspan2(payload),
            ERSPAN => self.erspan1(payload),
            ERSPAN_3 => self.erspan3(payload),
            // Version 2 of the protocol puts four bytes before the packet.
            WEB_CACHE if self.looks_like_ipv4(payload) => self.ipv4(payload),
            WEB_CACHE => self.ipv4(payload.skip(4)),
            WIFI_FIRST..=WIFI_LAST | WIFI_LATER => self.wifi(payload),
            // Keepalives, and OSI protocols that are no EtherTypes.
            0..ether_type::FIRST => {}
            _ => self.network(kind, payload),
        }
    }

    fn verify_gre(&mut self, span: Span, index: usize) {
        if self.verify && !span.is_cut() && !checksum::is_right(self.view(span)) {
            self.bad_checksum(index, Fault::GreChecksum);
        }
    }

    fn gre1(&mut self, flags: u16, kind: u16, span: Span) {
        let checks = [
            (flags & CHECKSUM != 0, Fault::Gre1Checksum),
            (flags & ROUTING != 0, Fault::Gre1Route),
            (flags & STRICT_ROUTE != 0, Fault::Gre1StrictRoute),
            (flags & RECURSION != 0, Fault::Gre1Recursion),
            (flags & RESERVED_1 != 0, Fault::Gre1Flags),
            (kind != ether_type::PPP, Fault::Gre1WrongProtocol),
            (flags & KEY == 0, Fault::Gre1NoKey),
        ];
        if let Some((_, fault)) = checks.iter().find(|(wrong, _)| *wrong) {
            self.fault(*fault);
            return;
        }
        let numbers = (flags & SEQUENCE).count_ones() + (flags & ACKNOWLEDGEMENT).count_ones();
        let header_length = BASE + 4 + 4 * numbers as usize;
        // The key is the payload's length and the call.
        let view = self.view(span);
        let (Some(length), Some(call)) = (be16(view, 4), be16(view, 6)) else {
            self.short(span, Fault::GreTooShort);
            return;
        };
        if header_length > span.wire() {
            self.fault(Fault::Gre1HeaderTooBig);
            return;
        }
        let payload = span.skip(header_length).limit(usize::from(length));
        if flags & SEQUENCE != 0 && payload.wire() > 0 {
            self.enter(Tunnel::Pptp, u32::from(call));
            self.ppp(payload);
        }
    }
}

/// The length of the source route entries: family, offset, length, data; the last is empty.
fn routes_length(bytes: &[u8]) -> Option<usize> {
    let mut length: usize = 0;
    for _ in 0..MAX_ROUTES {
        let entry = usize::from(*bytes.get(length.checked_add(3)?)?);
        length = length.checked_add(4 + entry)?;
        if entry == 0 {
            return Some(length);
        }
    }
    None
}
