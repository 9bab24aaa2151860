//! Rules and what they are asked of, both hostile: the rules' text up to the first NUL byte, then a
//! byte that chooses a protocol, then bytes that are a datagram, a stream, a file, and a conversation
//! of that protocol whose transactions the rules are asked of.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use wirewatch_decode::{Datagram, Decoded, Options, decode_ip};
use wirewatch_detect::rules::{
    AppProtocol, Direction, FileFacts, FileState, FlowRules, LoadOptions, Matcher, Origin,
    PacketView, RuleSet, RuleState,
};
use wirewatch_proto::{
    APPLICATIONS, Application, Event, Fact, Facts, FilePart, Limits, Next, Side, Sink, Transaction,
    Transport,
};
use wirewatch_records::{Kind, Row};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let (choice, bytes) = match parts.next().unwrap_or_default() {
        [choice, bytes @ ..] => (*choice, bytes),
        [] => (0, &[][..]),
    };
    let (set, _) = RuleSet::from_text("fuzz.rules", &text, &LoadOptions::default());
    let mut decoded = Decoded::default();
    decode_ip(bytes, &Options::default(), &mut decoded);
    let empty = Datagram::default();
    let datagram = decoded.datagrams().first().unwrap_or(&empty);
    let start = datagram.payload_offset as usize;
    let end = start.saturating_add(datagram.payload_length as usize);
    // Rules see the raw bytes where there is no datagram, so that text alone finds a way in.
    let payload = bytes.get(start..end).filter(|part| !part.is_empty());
    let application = APPLICATIONS[usize::from(choice) % APPLICATIONS.len()];
    // Small tables: large ones would cost more than the rest.
    let state = Arc::new(RuleState::new(64));
    let mut asking = Asking {
        matcher: Matcher::with_state(Arc::new(set), state),
        flow: FlowRules::default(),
        view: PacketView {
            datagram,
            bytes,
            payload: payload.unwrap_or(bytes),
            origin: Origin::PacketAndStream,
            direction: None,
            established: false,
            app_protocol: None,
            vlans: decoded.frame.vlans,
            faults: decoded
                .faults
                .get(..usize::from(decoded.fault_count))
                .unwrap_or_default(),
        },
    };
    for direction in [None, Some(Direction::ToServer), Some(Direction::ToClient)] {
        asking.view.direction = direction;
        asking.view.established = direction.is_some();
        let Asking { matcher, flow, view } = &mut asking;
        matcher.inspect(view, flow, 0, &mut |_, _| {});
    }
    asking.view.app_protocol = AppProtocol::named(application.names[0]);
    asking.stream_and_file(bytes);
    asking.converse(application, bytes);
});

struct Asking<'a> {
    matcher: Matcher,
    flow: FlowRules,
    view: PacketView<'a>,
}

impl Asking<'_> {
    fn stream_and_file(&mut self, bytes: &[u8]) {
        let Self { matcher, flow, view } = self;
        for (side, fresh) in [(Side::Client, bytes.len()), (Side::Server, bytes.len() / 2)] {
            matcher.stream(side, bytes, fresh, view, flow, 0, &mut |_, _| {});
        }
        let file = FileFacts {
            number: 1,
            name: bytes.get(..16).unwrap_or(bytes),
            size: bytes.len() as u64,
            magic: None,
            md5: Some([0; 16]),
            sha1: None,
            sha256: None,
            data: bytes,
            gaps: false,
            state: FileState::Complete,
        };
        matcher.file(None, &file, Side::Server, view, flow, 0, &mut |_, _| {});
    }

    /// Both sides in turn, in pieces whose first byte says how long they are.
    fn converse(&mut self, application: &'static Application, mut rest: &[u8]) {
        let mut parser = (application.new)(&Facts {
            transport: Transport::Tcp,
            client: [192, 0, 2, 1].into(),
            server: [198, 51, 100, 2].into(),
            client_port: 49_152,
            server_port: 80,
            name: application.names[0],
            midstream: false,
            limits: Limits::default(),
        });
        while let [step, after @ ..] = rest {
            let side = if step & 1 == 0 { Side::Client } else { Side::Server };
            let (bytes, after) = after.split_at(usize::from(step >> 1).min(after.len()));
            rest = after;
            if !matches!(parser.data(side, bytes, self), Next::More) {
                return;
            }
        }
        parser.end(Side::Client, self);
        parser.end(Side::Server, self);
    }
}

impl Sink for Asking<'_> {
    fn time(&self) -> i64 {
        0
    }

    fn wants(&self, _: Kind) -> bool {
        false
    }

    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        let Self { matcher, flow, view } = self;
        matcher.transaction(transaction, side, view, flow, 0, &mut |_, _| {});
    }

    fn record(&mut self, _: Option<u64>, _: Side, _: &Row<'_>) {}

    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static Event) {}

    fn file(&mut self, _: &dyn Transaction, _: Side, _: u32, _: FilePart<'_>) {}

    fn learn(&mut self, _: Fact<'_>) {}
}
