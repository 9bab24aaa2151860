//! A conversation in a protocol that the first byte chooses: whatever both sides say, parsers survive it,
//! hold a bounded amount of memory, and give transactions, rows and files in an order that makes sense.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use wirewatch_proto::{
    APPLICATIONS, COMPLETE, Event, Fact, Facts, FilePart, Limits, Next, Side, Sink, Transaction, Transport,
};
use wirewatch_records::{Common, Kind, Row, eve};

/// More than any parser should hold for one flow.
const MAX_HELD: usize = 16 << 20;

/// Values of a field that are asked for.
const MAX_VALUES: usize = 8;

/// Asks for everything that a rule or a record could ask for.
#[derive(Default)]
struct Reader {
    open: HashSet<u32>,
    line: Vec<u8>,
}

impl Reader {
    fn write(&mut self, row: &Row<'_>) {
        self.line.clear();
        eve::write(&Common::default(), row, &mut self.line);
        let line = self.line.trim_ascii_end();
        assert!(line.starts_with(b"{") && line.ends_with(b"}"));
        assert!(!line.contains(&b'\n'), "a line break in a line");
    }
}

impl Sink for Reader {
    fn time(&self) -> i64 {
        1_700_000_000_000_000_000
    }

    fn wants(&self, _: Kind) -> bool {
        true
    }

    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        let application = transaction.application();
        for index in 0..MAX_VALUES {
            for number in 0..application.buffers.len() {
                let _ = transaction.buffer(number, side, index);
            }
            for number in 0..application.numbers.len() {
                let _ = transaction.number(number, side, index);
            }
        }
        assert!(transaction.progress(side) <= COMPLETE);
        transaction.row(&mut |row| self.write(row));
    }

    fn record(&mut self, _: Option<u64>, _: Side, row: &Row<'_>) {
        self.write(row);
    }

    fn anomaly(&mut self, _: Option<u64>, _: Side, event: &'static Event) {
        assert!(!event.code.is_empty());
    }

    fn file(&mut self, _: &dyn Transaction, _: Side, file: u32, part: FilePart<'_>) {
        match part {
            FilePart::Open { .. } => assert!(self.open.insert(file), "a file opened twice"),
            FilePart::Close { .. } => assert!(self.open.remove(&file), "closed and not open"),
            FilePart::Data(_) | FilePart::Gap(_) | FilePart::Range { .. } => {
                assert!(self.open.contains(&file), "bytes of a file that is not open");
            }
        }
    }

    fn learn(&mut self, _: Fact<'_>) {}
}

fuzz_target!(|data: &[u8]| {
    let [choice, flags, rest @ ..] = data else {
        return;
    };
    let mut rest = rest;
    let Some(application) = APPLICATIONS.get(usize::from(*choice) % APPLICATIONS.len()) else {
        return;
    };
    let name = application.names[usize::from(*flags >> 4) % application.names.len()];
    let facts = Facts {
        transport: if flags & 1 == 0 {
            Transport::Tcp
        } else {
            Transport::Udp
        },
        client: [192, 0, 2, 1].into(),
        server: [198, 51, 100, 2].into(),
        client_port: 49_152,
        server_port: 80,
        name,
        midstream: flags & 2 != 0,
        limits: Limits::default(),
    };
    let mut parser = (application.new)(&facts);
    let mut reader = Reader::default();
    let mut done = [false; 2];
    while let [step, after @ ..] = rest {
        let (side, at) = if step & 1 == 0 {
            (Side::Client, 0)
        } else {
            (Side::Server, 1)
        };
        // Six bits of length; the greatest means that a byte follows, which counts sixteens.
        let (length, after) = match (*step >> 2, after) {
            (63, [sixteens, after @ ..]) => (usize::from(*sixteens) * 16, after),
            (length, after) => (usize::from(length), after),
        };
        let (bytes, after) = after.split_at(length.min(after.len()));
        rest = after;
        if done[at] {
            continue;
        }
        let next = if step & 2 != 0 && length < 8 && facts.transport == Transport::Tcp {
            parser.gap(side, length as u64 + 1, &mut reader)
        } else {
            parser.data(side, bytes, &mut reader)
        };
        match next {
            Next::More => {}
            Next::DoneWithSide => done[at] = true,
            Next::Done => done = [true; 2],
            Next::Switch { rest, .. } => {
                assert!(rest <= bytes.len(), "gives back more than it got");
                return;
            }
        }
        assert!(parser.held() < MAX_HELD, "holds {}", parser.held());
    }
    parser.end(Side::Client, &mut reader);
    parser.end(Side::Server, &mut reader);
});
