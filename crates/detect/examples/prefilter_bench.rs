//! How fast the prefilter alone is: bytes per second over HTTP bodies, streams and datagrams.
//!
//! `prefilter_bench RULES [FILE...]`. Bodies are made up of words, markup, scripts and numbers by a
//! seeded generator; files named are scanned as well, in pieces of a segment's size.

// A bench, never fed by the wire unattended.
#![allow(clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::error::Error;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Instant;

use wirewatch_detect::rules::{AppProtocol, Direction, Haystack, LoadOptions, RuleSet};
use wirewatch_proto::Side;

/// Bytes of each made-up text: some dozens of the steps in which Linux counts a thread's time.
const BYTES: usize = 64 << 20;
/// Rounds whose median counts.
const ROUNDS: usize = 5;
/// The ports of what is no packet, and of packets from and to a web server.
const NO_PORTS: (u16, u16) = (0, 0);
const WEB_ANSWERS: (u16, u16) = (80, 49_152);
const WEB_REQUESTS: (u16, u16) = (49_152, 80);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rules = arguments.next().ok_or("name a rule file or folder")?;
    let (set, _) = RuleSet::load(&[PathBuf::from(rules)], &LoadOptions::default());
    let mut texts = vec![
        ("page".to_owned(), page()),
        ("random".to_owned(), random(BYTES)),
        ("zeros".to_owned(), vec![0; BYTES]),
    ];
    for name in arguments {
        let bytes = std::fs::read(&name)?;
        texts.push((name, bytes));
    }
    let http = AppProtocol::named("http").ok_or("http is a protocol")?;
    let dns = AppProtocol::named("dns");
    let haystacks = [
        (
            "response body",
            Haystack::Buffer("http", "http.response_body", Side::Server),
            64 << 10,
            NO_PORTS,
        ),
        (
            "file",
            Haystack::File("http", Side::Server),
            64 << 10,
            NO_PORTS,
        ),
        (
            "HTTP stream to client",
            Haystack::Stream(http, Direction::ToClient),
            1_460,
            WEB_ANSWERS,
        ),
        (
            "HTTP stream to server",
            Haystack::Stream(http, Direction::ToServer),
            1_460,
            WEB_REQUESTS,
        ),
        (
            "HTTP segment to client",
            Haystack::Segment(http, Direction::ToClient),
            1_460,
            WEB_ANSWERS,
        ),
        (
            "UDP",
            Haystack::Datagram(None, Direction::ToServer),
            512,
            (49_152, 40_000),
        ),
        (
            "DNS",
            Haystack::Datagram(dns, Direction::ToServer),
            64,
            (49_152, 53),
        ),
    ];
    for (what, haystack, piece, ports) in haystacks {
        let mut prefilter = set.prefilter(haystack).between(ports);
        if prefilter.literals() == 0 {
            continue;
        }
        for (name, text) in &texts {
            let mut found = 0;
            let mut seconds: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let started = cpu_seconds();
                    found = text.chunks(piece).map(|bytes| prefilter.scan(bytes)).sum();
                    cpu_seconds() - started
                })
                .collect();
            seconds.sort_unstable_by(f64::total_cmp);
            println!(
                "{what:24} {name:20} {:6} literals {:6.2} GB/s {:9.1} found per MB",
                prefilter.literals(),
                text.len() as f64 / seconds[ROUNDS / 2] / 1e9,
                found as f64 / text.len() as f64 * 1e6,
            );
        }
    }
    Ok(())
}

/// What this thread has had of a processor, as Linux counts it; elsewhere the time since the start.
fn cpu_seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let counted = counted.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    counted.map_or_else(
        || START.elapsed().as_secs_f64(),
        |nanoseconds| nanoseconds / 1e9,
    )
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % most
    }
}

fn random(length: usize) -> Vec<u8> {
    let mut random = Random(7);
    (0..length).map(|_| random.below(256) as u8).collect()
}

/// Text like that of pages: markup, words, scripts and numbers.
fn page() -> Vec<u8> {
    const PIECES: [&str; 24] = [
        "<div class=\"item\">",
        "</div>\n",
        "<a href=\"https://www.example.com/index.html\">",
        "</a>",
        "the ",
        "of ",
        "and ",
        "connection ",
        "content ",
        "document.getElementById(",
        "function ",
        "return ",
        "var value = ",
        "window.location",
        "<script type=\"text/javascript\">",
        "</script>",
        "<p>",
        "</p>\n",
        "information ",
        "service ",
        "style=\"color: #ffffff\" ",
        "null",
        "undefined",
        "; ",
    ];
    let mut random = Random(1);
    let mut text = Vec::with_capacity(BYTES + 64);
    while text.len() < BYTES {
        if random.below(4) == 0 {
            for _ in 0..random.below(12) {
                text.push(b'a' + random.below(26) as u8);
            }
            text.push(b' ');
        } else {
            text.extend_from_slice(PIECES[random.below(PIECES.len())].as_bytes());
        }
    }
    text
}
