//! TCP (RFC 9293) and its options (RFC 7323, 2018).

use crate::bytes::{Span, be16, be32};
use crate::checksum::Pseudo;
use crate::decoder::Decoder;
use crate::transport::protocol;
use crate::{Fault, Tcp};

const HEADER: usize = 20;

const END: u8 = 0;
const NO_OPERATION: u8 = 1;
const MSS: u8 = 2;
const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const TIMESTAMPS: u8 = 8;

/// Two no-operations, then timestamps: what nearly every segment of a connection has.
const USUAL_OPTIONS: [u8; 4] = [NO_OPERATION, NO_OPERATION, TIMESTAMPS, 10];

impl Decoder<'_> {
    /// A TCP segment.
    #[inline]
    pub(crate) fn tcp(&mut self, span: Span, index: usize) {
        let Some(header) = self.head::<HEADER>(span) else {
            self.short(span, Fault::TcpTooShort);
            return;
        };
        let header_length = usize::from(header[12] >> 4) * 4;
        if header_length < HEADER {
            self.fault(Fault::TcpHeaderTooSmall);
            return;
        }
        if header_length > span.wire() {
            self.fault(Fault::TcpHeaderTooLarge);
            return;
        }
        let ports = (
            u16::from_be_bytes([header[0], header[1]]),
            u16::from_be_bytes([header[2], header[3]]),
        );
        let options = span.limit(header_length).skip(HEADER);
        let list = if options.is_cut() {
            &[]
        } else {
            self.view(options)
        };
        let timestamps = usual_timestamps(list);
        let bytes = self.bytes;
        let verify = self.can_verify(span);
        let Some(datagram) = self.datagram(index) else {
            return;
        };
        datagram.set_payload(header_length, span, ports);
        datagram.tcp = Tcp {
            sequence: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            acknowledgement: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            window: u16::from_be_bytes([header[14], header[15]]),
            urgent: u16::from_be_bytes([header[18], header[19]]),
            flags: header[13],
            window_scale: 0,
            mss: 0,
            sack_permitted: false,
            timestamps,
        };
        let wrong =
            verify && !Pseudo::of(datagram, protocol::TCP, span.wire()).is_right(span.of(bytes));
        if wrong {
            self.bad_checksum(index, Fault::TcpChecksum);
        }
        if timestamps.is_none() && !list.is_empty() {
            self.tcp_options(list, index);
        }
    }

    #[inline(never)]
    fn tcp_options(&mut self, mut rest: &[u8], index: usize) {
        let mut seen: u16 = 0;
        while let [kind, tail @ ..] = rest {
            if *kind == END {
                return;
            }
            if *kind == NO_OPERATION {
                rest = tail;
                continue;
            }
            let length = tail.first().copied().map_or(0, usize::from);
            let (Some(option), Some(next)) = (rest.get(..length), rest.get(length..)) else {
                self.fault(Fault::TcpOptionLength);
                return;
            };
            if length < 2 {
                self.fault(Fault::TcpOptionLength);
                return;
            }
            let tcp = self.datagram(index).map(|datagram| &mut datagram.tcp);
            if tcp.is_some_and(|tcp| !tcp.read_option(*kind, option)) {
                self.fault(Fault::TcpOptionLength);
            }
            if kind & 0xf0 == 0 {
                if seen >> kind & 1 != 0 {
                    self.fault(Fault::TcpOptionDuplicate);
                }
                seen |= 1 << kind;
            }
            rest = next;
        }
    }
}

/// The timestamps, when the options are the usual ones.
#[inline]
fn usual_timestamps(options: &[u8]) -> Option<(u32, u32)> {
    if options.len() == 12 && options.starts_with(&USUAL_OPTIONS) {
        be32(options, 4).zip(be32(options, 8))
    } else {
        None
    }
}

impl Tcp {
    /// Reads one option; false when its length is impossible.
    fn read_option(&mut self, kind: u8, option: &[u8]) -> bool {
        match (kind, option.len()) {
            (MSS, 4) => self.mss = be16(option, 2).unwrap_or(0),
            (WINDOW_SCALE, 3) => {
                let shift = option.get(2).copied().unwrap_or(0);
                self.window_scale = shift.saturating_add(1);
            }
            (SACK_PERMITTED, 2) => self.sack_permitted = true,
            // Blocks of two sequence numbers; some stacks send none.
            (SACK, length) => return length % 8 == 2,
            (TIMESTAMPS, 10) => self.timestamps = be32(option, 2).zip(be32(option, 6)),
            (MSS | WINDOW_SCALE | SACK_PERMITTED | TIMESTAMPS, _) => return false,
            _ => {}
        }
        true
    }
}
