//! Helps parsers' tests: a sink that writes down all it is told, and feeding in every split.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "only tests use it"
)]

use wirewatch_records::{Common, Kind, Row, eve};

use crate::application::{Event, Facts, Next, Parser, Transaction};
use crate::protocol::{Side, Transport};
use crate::sink::{Fact, FilePart, Frame, Sink};

/// A sink that writes down all it is told, a line each, without how the bytes were cut.
#[derive(Debug, Default)]
pub struct Collected {
    /// `record client {...}`, `anomaly client http.code`, `progress client 0 4`, `fact ...`.
    pub lines: Vec<String>,
    /// Files by number: name, bytes, and `None` while open or whether the end was seen.
    pub files: Vec<(u32, String, Vec<u8>, Option<bool>)>,
    /// Spans by their kind's number, side and place: `1 Client 0+20`, and `end 1 Client 20` of open ones.
    pub frames: Vec<String>,
    /// What `feed` has given each side; who calls a parser otherwise does not look at spans.
    given: [usize; 2],
}

impl Collected {
    /// The records, as EVE members of their kind.
    pub fn records(&self) -> Vec<serde_json::Value> {
        let records = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix("record "));
        records
            .map(|line| serde_json::from_str(line.split_once(' ').unwrap().1).unwrap())
            .collect()
    }

    /// The codes of all anomalies.
    pub fn anomalies(&self) -> Vec<&str> {
        let anomalies = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix("anomaly "));
        anomalies
            .map(|line| line.split_once(' ').unwrap().1)
            .collect()
    }
}

impl Sink for Collected {
    fn time(&self) -> i64 {
        1_700_000_000_000_000_000
    }

    fn wants(&self, _: Kind) -> bool {
        true
    }

    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        // Each field that counts as final must stay as it is; tests see what rules would see.
        let (id, progress) = (transaction.id(), transaction.progress(side));
        // Whether something has begun and said nothing yet depends on the cut.
        if progress > 0 {
            self.lines
                .push(format!("progress {side:?} {id} {progress}"));
        }
        transaction.row(&mut |_| {});
    }

    fn record(&mut self, _: Option<u64>, side: Side, row: &Row<'_>) {
        let mut line = Vec::new();
        eve::write(&Common::default(), row, &mut line);
        let line = String::from_utf8(line).unwrap();
        self.lines
            .push(format!("record {side:?} {}", line.trim_end()));
    }

    fn anomaly(&mut self, _: Option<u64>, side: Side, event: &'static Event) {
        self.lines.push(format!("anomaly {side:?} {}", event.code));
    }

    fn file(&mut self, _: &dyn Transaction, _: Side, file: u32, part: FilePart<'_>) {
        if let FilePart::Open { name, .. } = part {
            let name = String::from_utf8_lossy(name).into_owned();
            self.files.push((file, name, Vec::new(), None));
            return;
        }
        let open = self
            .files
            .iter_mut()
            .find(|known| known.0 == file && known.3.is_none());
        let open = open.unwrap_or_else(|| panic!("file {file} is not open"));
        match part {
            FilePart::Data(bytes) => open.2.extend_from_slice(bytes),
            FilePart::Gap(length) => open.2.extend(std::iter::repeat_n(b'?', length as usize)),
            FilePart::Close { complete } => open.3 = Some(complete),
            FilePart::Range {
                start, end, whole, ..
            } => {
                let whole = String::from_utf8_lossy(whole);
                self.lines.push(format!("range {start} {end} {whole}"));
            }
            FilePart::Open { .. } => {}
        }
    }

    fn frame(&mut self, frame: Frame<'_>) {
        let start = self.given[frame.side as usize].saturating_sub(frame.rest);
        let length = frame
            .length
            .map_or_else(String::new, |length| length.to_string());
        let (kind, side) = (frame.kind, frame.side);
        self.frames
            .push(format!("{kind} {side:?} {start}+{length}"));
    }

    fn frame_end(&mut self, kind: u8, side: Side, rest: usize, _: Option<&dyn Transaction>) {
        let end = self.given[side as usize].saturating_sub(rest);
        self.frames.push(format!("end {kind} {side:?} {end}"));
    }

    fn learn(&mut self, fact: Fact<'_>) {
        self.lines.push(format!("fact {fact:?}"));
    }
}

/// What a flow between documentation addresses is.
pub fn facts(name: &'static str, transport: Transport, server_port: u16) -> Facts {
    Facts {
        transport,
        client: [192, 0, 2, 1].into(),
        server: [198, 51, 100, 2].into(),
        client_port: 49_152,
        server_port,
        name,
        midstream: false,
        limits: crate::Limits::default(),
    }
}

/// Feeds the pieces, ends both sides and gives what was told.
pub fn feed(mut parser: Box<dyn Parser>, pieces: &[(Side, &[u8])]) -> Collected {
    let mut collected = Collected::default();
    let mut done = [false; 2];
    for (side, bytes) in pieces {
        if done[*side as usize] {
            continue;
        }
        collected.given[*side as usize] += bytes.len();
        match parser.data(*side, bytes, &mut collected) {
            Next::More => {}
            Next::DoneWithSide => done[*side as usize] = true,
            Next::Done => done = [true; 2],
            Next::Switch { rest, to } => {
                // How much of a piece is left depends on the cut.
                collected.lines.push(format!("switch {to:?}"));
                assert!(rest <= bytes.len());
                done = [true; 2];
            }
        }
    }
    parser.end(Side::Client, &mut collected);
    parser.end(Side::Server, &mut collected);
    collected
}

/// Feeds a conversation whole, then with each piece cut in two at every place, then byte by byte;
/// all must tell the same. Gives what they told.
pub fn feed_in_every_split(
    make: &dyn Fn() -> Box<dyn Parser>,
    pieces: &[(Side, &[u8])],
) -> Collected {
    let whole = feed(make(), pieces);
    for (index, (side, bytes)) in pieces.iter().enumerate() {
        for cut in 1..bytes.len() {
            let mut cut_up = pieces.to_vec();
            let (first, second) = bytes.split_at(cut);
            cut_up.splice(index..=index, [(*side, first), (*side, second)]);
            let split = feed(make(), &cut_up);
            assert_eq!(split.lines, whole.lines, "piece {index} cut at {cut}");
            assert_eq!(split.files, whole.files, "piece {index} cut at {cut}");
            assert_eq!(split.frames, whole.frames, "piece {index} cut at {cut}");
        }
    }
    let bytewise: Vec<(Side, &[u8])> = pieces
        .iter()
        .flat_map(|(side, bytes)| bytes.chunks(1).map(|byte| (*side, byte)))
        .collect();
    let split = feed(make(), &bytewise);
    assert_eq!(split.lines, whole.lines, "byte by byte");
    assert_eq!(split.files, whole.files, "byte by byte");
    assert_eq!(split.frames, whole.frames, "byte by byte");
    whole
}
