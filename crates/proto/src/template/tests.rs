use super::*;
use crate::probe::PROTOCOLS;
use crate::protocol::{Transport, Verdict};
use crate::sink::{Fact, FilePart};
use crate::testing::facts;

fn parser() -> Box<dyn Parser> {
    (TEMPLATE.new)(&facts("template", Transport::Tcp, 7000))
}

/// Keeps what rules read.
#[derive(Default)]
struct Read(Vec<String>);

impl Sink for Read {
    fn time(&self) -> i64 {
        0
    }
    fn wants(&self, _: wirewatch_records::Kind) -> bool {
        true
    }
    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        let text = transaction.buffer(0, side, 0).unwrap_or_default();
        self.0.push(String::from_utf8_lossy(&text).into_owned());
    }
    fn record(&mut self, _: Option<u64>, _: Side, _: &Row<'_>) {}
    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static crate::Event) {}
    fn file(&mut self, _: &dyn Transaction, _: Side, _: u32, _: FilePart<'_>) {}
    fn learn(&mut self, _: Fact<'_>) {}
}

#[test]
fn rules_read_questions_and_answers_however_they_are_cut() {
    for size in 1..10 {
        let mut parser = parser();
        let mut read = Read::default();
        for (side, bytes) in [(Side::Client, "5:Hello0:"), (Side::Server, "3:Bye2:ok")] {
            for piece in bytes.as_bytes().chunks(size) {
                parser.data(side, piece, &mut read);
            }
        }
        assert_eq!(read.0, ["Hello", "", "Bye", "ok"]);
    }
}

#[test]
fn a_question_without_an_answer_ends_with_the_flow() {
    let mut parser = parser();
    let mut read = Read::default();
    parser.data(Side::Client, b"5:Hello", &mut read);
    assert!(parser.transaction(0).is_some());
    parser.end(Side::Server, &mut read);
    assert!(parser.transaction(0).is_none());
}

#[test]
fn a_message_without_a_length_is_not_read() {
    assert_eq!(message(b"Hello"), Message::None);
    assert_eq!(message(b":Hello"), Message::None);
    assert_eq!(message(b"12345:Hello"), Message::None);
    assert_eq!(message(b"12"), Message::Part);
    assert_eq!(message(b"5:Hell"), Message::Part);
}

#[test]
fn it_is_recognised_by_lengths_that_are_right() {
    let protocol = PROTOCOLS.iter().find(|one| one.name == "template");
    let probe = |bytes| protocol.map(|one| (one.probe)(Side::Client, bytes));
    assert_eq!(probe(b"5:Hello"), Some(Verdict::Weak));
    assert_eq!(probe(b"5:Hello,"), Some(Verdict::NoMatch));
    assert_eq!(probe(b"5:Hell"), Some(Verdict::Unsure));
}
