//! A conversation in a protocol that the first byte chooses: whatever both sides say, parsers survive it,
//! hold a bounded amount of memory, and give transactions, rows and files in an order that makes sense.
//!
//! With `WIREWATCH_FUZZ_PARSER=NAME` in the environment every input is made for that protocol's parser, and
//! others are passed over: the corpus is the same one.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde::de::IgnoredAny;
use wirewatch_proto::{
    APPLICATIONS, Application, COMPLETE, Event, Fact, Facts, FilePart, Limits, Next, Side, Sink,
    Transaction, Transport,
};
use wirewatch_records::{Common, Kind, Row, eve};

/// More than any parser should hold for one flow.
const MAX_HELD: usize = 16 << 20;

/// Values of a field that are asked for.
const MAX_VALUES: usize = 8;

/// The place in [`APPLICATIONS`] of the only parser that is asked, if one was named.
static ONLY: LazyLock<Option<u8>> = LazyLock::new(|| {
    let name = std::env::var("WIREWATCH_FUZZ_PARSER").ok()?;
    let place = APPLICATIONS.iter().position(|known| known.is_called(&name));
    let place = place.unwrap_or_else(|| panic!("there is no parser {name:?}"));
    Some(u8::try_from(place).expect("a byte chooses among all parsers"))
});

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
        assert!(line.iter().all(|byte| *byte >= b' '), "a control byte");
        if let Err(error) = serde_json::from_slice::<IgnoredAny>(line) {
            panic!("{error}: {}", String::from_utf8_lossy(line));
        }
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
                assert!(
                    self.open.contains(&file),
                    "bytes of a file that is not open"
                );
            }
        }
    }

    fn learn(&mut self, _: Fact<'_>) {}
}

fuzz_mutator!(
    |data: &mut [u8], size: usize, max_size: usize, _seed: u32| {
        let size = fuzzer_mutate(data, size, max_size);
        if let (Some(only), [choice, ..]) = (*ONLY, data) {
            *choice = only;
        }
        size
    }
);

fuzz_target!(|data: &[u8]| -> Corpus {
    let [choice, flags, rest @ ..] = data else {
        return Corpus::Reject;
    };
    let place = usize::from(*choice) % APPLICATIONS.len();
    if ONLY.is_some_and(|only| usize::from(only) != place) {
        return Corpus::Reject;
    }
    converse(APPLICATIONS[place], *flags, rest);
    Corpus::Keep
});

/// Both sides in turn, in pieces of which each is preceded by who sends it and how long it is.
fn converse(application: &'static Application, flags: u8, mut rest: &[u8]) {
    let name = application.names[usize::from(flags >> 4) % application.names.len()];
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
}
