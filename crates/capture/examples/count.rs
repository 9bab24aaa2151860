//! Reads captures and tells how many packets and bytes they hold and how long it took.
//!
//! `cargo run --release -p wirewatch-capture --example count -- FILE ...`
//! With `--touch LENGTH` the first bytes of each packet are looked at (64 unless told).

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wirewatch_capture::{FileOptions, Packet, Polled, Source, open_files};

fn main() -> ExitCode {
    let mut touch = 64;
    let mut inputs = Vec::new();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--touch" {
            let length = arguments.next().and_then(|text| text.into_string().ok());
            touch = length.and_then(|text| text.parse().ok()).unwrap_or(touch);
        } else {
            inputs.push(PathBuf::from(argument));
        }
    }
    match open_files(&inputs, &FileOptions::default()) {
        Ok(source) => count(source, touch),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn count(mut source: Box<dyn Source>, touch: usize) -> ExitCode {
    let started = Instant::now();
    let mut sum = 0_u64;
    let mut groups = 0_u64;
    let mut cut = 0_u64;
    let mut take = |packets: &[Packet<'_>]| {
        groups += 1;
        for packet in packets {
            cut += u64::from(packet.bytes.len() < packet.wire_length as usize);
            sum = sum.wrapping_add(touched(packet.bytes.get(..touch).unwrap_or(packet.bytes)));
        }
    };
    let result = loop {
        match source.poll(Duration::from_millis(100), &mut take) {
            Ok(Polled::Packets(_) | Polled::Idle) => {}
            other => break other,
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let counters = source.counters();
    #[allow(clippy::cast_precision_loss)] // a rate for the eye
    let rate = counters.packets as f64 / seconds / 1e6;
    println!(
        "{} packets, {} bytes on the wire, {cut} cut, {} interfaces, {} blocks skipped, {seconds:.3} s, \
         {rate:.1} million packets/s, {groups} groups, sum {sum:x}",
        counters.packets,
        counters.bytes,
        source.interfaces().len(),
        counters.skipped_blocks,
    );
    for event in source.events() {
        eprintln!("{}: {}", event.code, event.message);
    }
    match result {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn touched(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(8).map(|word| {
        let word = word.first_chunk().copied().unwrap_or_default();
        u64::from_le_bytes(word)
    });
    words.fold(0, u64::wrapping_add)
}
