//! Fragments, and the datagrams that they make.

use wirewatch_decode::{Datagram, Fault, decode_ip};
use wirewatch_flow::{Packet as FlowPacket, Scope};

use super::{Frame, Pipeline, datagram_common};
use crate::judge::Judge;

impl Pipeline {
    /// A fragment; the datagram it completes takes the road from the decoder on.
    #[cold]
    pub(super) fn fragment(&mut self, frame: &Frame<'_>, datagram: &Datagram, scope: &Scope) {
        let outcome = self
            .defragmenter
            .push(datagram, frame.bytes, scope, &frame.weight);
        let fault = outcome.fault;
        let complete = outcome.complete.map(|whole| {
            self.rebuilt_bytes.clear();
            self.rebuilt_bytes.extend_from_slice(whole.bytes);
            FlowPacket {
                packets: whole.packets,
                wire_bytes: whole.wire_bytes,
                ..frame.weight
            }
        });
        self.judge_fragment(frame, datagram, fault);
        if let Some(fault) = fault {
            self.anomaly(frame, &datagram_common(datagram), "decode", fault.code());
        }
        let Some(weight) = complete else {
            return;
        };
        let bytes = std::mem::take(&mut self.rebuilt_bytes);
        let mut decoded = std::mem::take(&mut self.rebuilt);
        decode_ip(&bytes, &self.ways.decode, &mut decoded);
        let nested = decoded
            .datagrams()
            .iter()
            .any(|inner| inner.fragment.is_some());
        let whole = Frame {
            decoded: &decoded,
            bytes: &bytes,
            weight,
            vlans: scope.vlans,
            ..*frame
        };
        if decoded.fault_count > 0 {
            self.faults(&whole);
        }
        // Fragments inside a datagram that was itself in fragments are followed no further.
        if !nested {
            self.datagrams(&whole, None, scope.tunnel);
        }
        self.rebuilt = decoded;
        self.rebuilt_bytes = bytes;
    }

    /// Rules see fragments, too: without ports or payload, and with what was found wrong in putting them together.
    fn judge_fragment(&mut self, frame: &Frame<'_>, datagram: &Datagram, fault: Option<Fault>) {
        if !self.judge.as_ref().is_some_and(Judge::has_rules) {
            return;
        }
        let faulty = fault.map(|fault| {
            let mut decoded = frame.decoded.clone();
            decoded.add_fault(fault);
            decoded
        });
        let bare = Datagram {
            has_transport: false,
            source_port: 0,
            destination_port: 0,
            ..*datagram
        };
        self.judge_bare(frame, faulty.as_ref().unwrap_or(frame.decoded), &bare);
    }
}
