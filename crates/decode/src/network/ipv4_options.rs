//! Checks of IPv4 options (RFC 791, section 3.1).

use crate::Fault;
use crate::bytes::Span;
use crate::decoder::Decoder;

const END: u8 = 0;
const NO_OPERATION: u8 = 1;

impl Decoder<'_> {
    /// Walks the options and tells what is wrong with them. Flows do not depend on options,
    /// so nothing else is kept.
    #[cold]
    pub(crate) fn ipv4_options(&mut self, span: Span) {
        let mut rest = self.view(span);
        let mut seen: u64 = 0;
        while let [kind, tail @ ..] = rest {
            if *kind == END {
                return;
            }
            if *kind == NO_OPERATION {
                rest = tail;
                continue;
            }
            let Some(&length) = tail.first() else {
                self.fault(Fault::Ipv4OptionEnd);
                return;
            };
            let Some(next) = rest.get(usize::from(length).max(2)..) else {
                self.fault(Fault::Ipv4OptionLength);
                self.fault(Fault::Ipv4OptionPadding);
                return;
            };
            if length < 2 {
                self.fault(Fault::Ipv4OptionMalformed);
                return;
            }
            self.ipv4_option(*kind, rest.get(..usize::from(length)).unwrap_or_default());
            // Copy flag, class and number: the number and class tell options apart.
            let bit = 1_u64 << (kind & 0x3f);
            if seen & bit != 0 {
                self.fault(Fault::Ipv4OptionDuplicate);
            }
            seen |= bit;
            rest = next;
        }
    }

    fn ipv4_option(&mut self, kind: u8, option: &[u8]) {
        let length = option.len();
        // Routes and timestamps start with a pointer to the next free place.
        let pointer = option.get(2).copied().unwrap_or(0);
        let fault = match kind {
            // Record route, loose and strict source route.
            7 | 131 | 137 if length < 3 || length % 4 != 3 => Some(Fault::Ipv4OptionLength),
            7 | 131 | 137 if pointer < 4 || pointer % 4 != 0 => Some(Fault::Ipv4OptionInvalid),
            // Timestamp.
            68 if length < 4 => Some(Fault::Ipv4OptionLength),
            68 if pointer < 5 => Some(Fault::Ipv4OptionInvalid),
            // Security, stream identifier, router alert.
            130 if length != 11 => Some(Fault::Ipv4OptionLength),
            136 | 148 if length != 4 => Some(Fault::Ipv4OptionLength),
            // Other assigned numbers (IANA, IP option numbers).
            7
            | 10
            | 11
            | 12
            | 15
            | 25
            | 30
            | 68
            | 82
            | 94
            | 130
            | 131
            | 133
            | 134
            | 136
            | 137
            | 142
            | 144
            | 145
            | 147..=152
            | 158
            | 205
            | 222 => None,
            _ => Some(Fault::Ipv4OptionUnknown),
        };
        if let Some(fault) = fault {
            self.fault(fault);
        }
    }
}
