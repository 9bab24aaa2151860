//! Counts live packets: `listen [-f FILTER] [-w WORKERS] [-r RING_MIB] [--libpcap] [INTERFACE ...]`.
//!
//! Ends three seconds after the last packet, once there was one, and tells what was
//! received and lost and what processor time it took.

#![allow(unsafe_code, clippy::cast_precision_loss)]

use std::time::{Duration, Instant};

use wirewatch_capture::{Backend, Counters, Error, LiveOptions, Polled, Source, open_live_workers};

const QUIET: Duration = Duration::from_secs(3);

fn main() -> Result<(), Error> {
    let (options, workers) = options();
    let sources = open_live_workers(&options, workers)?;
    eprintln!("listening");
    let threads: Vec<_> = sources
        .into_iter()
        .map(|source| std::thread::spawn(move || count(source)))
        .collect();
    for (worker, thread) in threads.into_iter().enumerate() {
        if let Ok(Ok((counters, calls, span))) = thread.join() {
            let rate = counters.packets as f64 / span.as_secs_f64().max(1e-9);
            println!("worker {worker}: {counters:?}, {calls} groups, {rate:.0} packets/s");
        }
    }
    let (user, system) = processor_time();
    println!("user {user:.2} s, system {system:.2} s");
    Ok(())
}

fn options() -> (LiveOptions, u32) {
    let mut options = LiveOptions::default();
    let mut workers = 1;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-f" => options.filter = arguments.next(),
            "-w" => workers = number(arguments.next()).unwrap_or(1),
            "-r" => {
                options.ring_bytes = number(arguments.next()).unwrap_or(16) as usize * (1 << 20);
            }
            "--libpcap" => options.backend = Backend::Libpcap,
            _ => options.interfaces.push(argument),
        }
    }
    (options, workers)
}

fn number(text: Option<String>) -> Option<u32> {
    text?.parse().ok()
}

fn count(mut source: Box<dyn Source>) -> Result<(Counters, u64, Duration), Error> {
    let (mut first, mut last, mut calls) = (None, Instant::now(), 0);
    loop {
        let polled = source.poll(Duration::from_millis(250), &mut |group| {
            std::hint::black_box(group.iter().map(|packet| packet.bytes.len()).sum::<usize>());
        })?;
        for event in source.events() {
            eprintln!("{}: {}", event.code, event.message);
        }
        match polled {
            Polled::Packets(_) => {
                calls += 1;
                last = Instant::now();
                first.get_or_insert(last);
            }
            Polled::Idle if first.is_some() && last.elapsed() > QUIET => break,
            Polled::Idle => {}
            Polled::End => break,
        }
    }
    let span = first.map_or(Duration::ZERO, |first| last - first);
    Ok((source.counters(), calls, span))
}

fn processor_time() -> (f64, f64) {
    // SAFETY: all fields are numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the structure lives until the call returns.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    (seconds(usage.ru_utime), seconds(usage.ru_stime))
}
