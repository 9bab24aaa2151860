//! What a side says in another protocol than its flow counts as: a web browser's request is answered by an SSH server.
//!
//! The flow's own parser reads both sides all the same. A second one reads the first bytes of that one side, and
//! tells records only: a flow has the transactions, rules and files of one protocol.

use wirewatch_flow::{Flow, Side};
use wirewatch_proto::{Event, Fact, Facts, FilePart, Next, Parser, Sink, Transaction};
use wirewatch_records::{HttpRow, Kind, Row, SmtpRow};

use super::{Desk, proto_side, teller};

/// Bytes of that side that are read: greetings, hellos and refusals are shorter.
const MAX_READ: usize = 16 << 10;

/// The parser of one side.
pub(crate) struct Guest {
    parser: Box<dyn Parser>,
    side: Side,
    left: usize,
}

impl Guest {
    /// The parser of what this side speaks; none when there is none.
    pub(crate) fn new(facts: &Facts, side: Side) -> Option<Self> {
        let application = wirewatch_proto::application(facts.name)?;
        Some(Self {
            parser: (application.new)(facts),
            side,
            left: MAX_READ,
        })
    }

    /// The side that it reads.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// Reads what its side says; false when nothing more is to be read.
    pub(crate) fn read(&mut self, bytes: &[u8], flow: &Flow, desk: &mut Desk<'_>) -> bool {
        let bytes = bytes.get(..self.left).unwrap_or(bytes);
        self.left -= bytes.len();
        let mut aside = Aside { flow, desk };
        let next = self.parser.data(proto_side(self.side), bytes, &mut aside);
        next == Next::More && self.left > 0
    }

    /// Tells what is left: nothing more is read. The other side said nothing to it.
    pub(crate) fn finish(mut self, flow: &Flow, desk: &mut Desk<'_>) {
        let mut aside = Aside { flow, desk };
        for side in [self.side.other(), self.side] {
            self.parser.end(proto_side(side), &mut aside);
        }
    }

    /// Bytes that its parser holds.
    pub(crate) fn held(&self) -> usize {
        self.parser.held()
    }
}

/// Takes records, and nothing else.
struct Aside<'a, 'b> {
    flow: &'a Flow,
    desk: &'a mut Desk<'b>,
}

impl Sink for Aside<'_, '_> {
    fn time(&self) -> i64 {
        self.desk.at.ts
    }

    fn wants(&self, kind: Kind) -> bool {
        self.desk.emitter.wants(kind)
    }

    fn progress(&mut self, _: &dyn Transaction, _: wirewatch_proto::Side) {}

    fn record(&mut self, _: Option<u64>, side: wirewatch_proto::Side, row: &Row<'_>) {
        match row {
            // It is about a file.
            Row::Ocsp(_) => {}
            _ => teller::put(self.flow, self.desk, side, &without_files(row)),
        }
    }

    fn anomaly(&mut self, _: Option<u64>, _: wirewatch_proto::Side, _: &'static Event) {}

    fn file(&mut self, _: &dyn Transaction, _: wirewatch_proto::Side, _: u32, _: FilePart<'_>) {}

    fn learn(&mut self, _: Fact<'_>) {}
}

/// The record without numbers of files: a guest's files are not told, and the flow's own may have these numbers.
fn without_files<'a>(row: &Row<'a>) -> Row<'a> {
    match *row {
        Row::Http(http) => Row::Http(HttpRow {
            request_files: &[],
            response_files: &[],
            ..http
        }),
        Row::Smtp(smtp) => Row::Smtp(SmtpRow { files: &[], ..smtp }),
        other => other,
    }
}
