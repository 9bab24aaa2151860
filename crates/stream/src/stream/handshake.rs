//! SYN and SYN/ACK: where both directions begin, and whether data of a SYN count (RFC 7413).

use wirewatch_decode::flags;

use super::{Segment, Stream, on_arrival};
use crate::Event;
use crate::delivery::Context;

impl Stream {
    /// A segment with SYN.
    #[cold]
    pub(super) fn synchronise(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        let is_answer = segment.has(flags::ACK);
        if is_answer && !self.answers_syn(context, segment) || !self.begin(context, segment) {
            context.counters.out_of_window += 1;
            context.counters.out_of_window_bytes += segment.payload.len() as u64;
            return;
        }
        self.is_opened = true;
        let sender = self.half_mut(segment.side);
        sender.see();
        if is_answer {
            self.settle_syn(context, segment);
        }
        self.syn_data(context, segment, is_answer);
    }

    /// Whether a SYN/ACK is about the SYN that was seen, if one was.
    fn answers_syn(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) -> bool {
        let (_, receiver) = self.pair(segment.side);
        if !receiver.is_started() {
            return true;
        }
        let offset = receiver.offset_of(segment.tcp.acknowledgement);
        let is_right = (0..=receiver.highest().cast_signed()).contains(&offset);
        if !is_right {
            context.events.add(Event::WrongSynAck);
        }
        is_right
    }

    /// Starts the sender's direction; false when it began with another number.
    fn begin(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) -> bool {
        let (sender, receiver) = self.pair(segment.side);
        let first = segment.tcp.sequence.wrapping_add(1);
        if !sender.is_started() {
            sender.start(first);
        } else if sender.offset_of(first) != 0 {
            if segment.has(flags::ACK) {
                context.events.add(Event::SynAckResent);
                self.second_answer = Some((first, segment.tcp.window_scale));
                return false;
            }
            if !sender.has_syn() || receiver.is_seen() || !sender.is_untold() {
                return false;
            }
            context.events.add(Event::SynResent);
            sender.restart(context, first);
        }
        sender.note_syn(segment.tcp.window_scale);
        true
    }

    /// Of two SYN/ACKs with different numbers, the one counts that the client acknowledges first.
    #[cold]
    pub(super) fn choose_answer(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        let Some((first, window_scale)) = self.second_answer else {
            return;
        };
        let (_, receiver) = self.pair(segment.side);
        if !receiver.is_untold() || receiver.acked() > 0 {
            self.second_answer = None;
        } else if segment.tcp.acknowledgement == first {
            receiver.restart(context, first);
            receiver.see();
            receiver.note_syn(window_scale);
            self.second_answer = None;
        }
    }

    /// What a SYN/ACK says about the SYN.
    fn settle_syn(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>) {
        let (sender, receiver) = self.pair(segment.side);
        if !receiver.is_started() {
            receiver.start(segment.tcp.acknowledgement);
            return;
        }
        let offset = receiver.offset_of(segment.tcp.acknowledgement);
        let offset = offset.max(0).cast_unsigned();
        if receiver.is_held() {
            receiver.take_back(context, offset);
            receiver.let_go();
        }
        receiver.acknowledge(offset);
        receiver.widen(offset + u64::from(segment.tcp.window));
        let on_arrival = on_arrival(context.config, receiver, sender);
        receiver.settle(context, on_arrival);
    }

    /// Data of a SYN wait for the answer in every mode; those of a SYN/ACK are like others.
    fn syn_data(&mut self, context: &mut Context<'_, '_>, segment: &Segment<'_>, is_answer: bool) {
        if segment.payload.is_empty() {
            return;
        }
        let (sender, receiver) = self.pair(segment.side);
        if sender.is_over() {
            sender.count_unwanted(context.counters, segment.payload.len());
            return;
        }
        if !is_answer && !receiver.is_seen() {
            sender.hold();
        }
        let on_arrival = on_arrival(context.config, sender, receiver);
        if !sender.accept(context, 0, segment.payload, on_arrival) {
            context.counters.out_of_window_bytes += segment.payload.len() as u64;
        }
        sender.settle(context, on_arrival);
    }
}
