//! The source of packets over the rings of one or more interfaces.

use std::time::{Duration, Instant};

use super::device::{Framing, Inquiry, index_of, name_of};
use super::header::{cook, restore_tag};
use super::port::{Port, Settings};
use super::ring::Frame;
use crate::{Counters, Error, Event, MAX_GROUP, Packet, Polled, Source};

/// Interfaces are looked at this often while all is well; a socket's error brings it forward.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// And this often while one is down or gone, so that little is missed when it comes back.
const LOOK_EVERY_WHILE_WAITING: Duration = Duration::from_millis(50);

/// The most events kept until they are asked for; the oldest go first.
const MAX_EVENTS: usize = 64;

/// The most interfaces that are told apart when all are captured. Container hosts
/// make new ones all day; packets of further ones are those of `any`.
const MAX_SEEN: usize = 4096;

/// Live packets of one worker.
pub(super) struct Rings {
    ports: Vec<Port>,
    inquiry: Inquiry,
    names: Vec<String>,
    seen: Seen,
    loopback: u32,
    snap_length: u32,
    next_look: Instant,
    events: Vec<Event>,
    counters: Counters,
}

impl Rings {
    /// Opens the interfaces, `None` being all of them; nothing gets in until [`Self::start`].
    pub(super) fn open(interfaces: &[Option<String>], settings: &Settings) -> Result<Self, Error> {
        let inquiry = Inquiry::open().map_err(|error| Error::Io {
            what: "network interfaces".to_owned(),
            error,
        })?;
        let mut events = Vec::new();
        let mut ports = Vec::with_capacity(interfaces.len());
        for (number, name) in interfaces.iter().enumerate() {
            let mut settings = settings.clone();
            // One group per interface: a group's sockets must all be on the same one.
            settings.fanout = settings
                .fanout
                .map(|group| group.wrapping_add(number as u16));
            ports.push(Port::open(name.clone(), settings, &inquiry, &mut events)?);
        }
        Ok(Self {
            names: ports.iter().map(|port| port.label().to_owned()).collect(),
            ports,
            inquiry,
            seen: Seen::default(),
            loopback: index_of("lo").unwrap_or(0),
            snap_length: settings.snap_length,
            next_look: Instant::now() + LOOK_EVERY,
            events,
            counters: Counters::default(),
        })
    }

    /// Lets packets in on all interfaces.
    pub(super) fn start(&self) -> Result<(), Error> {
        self.ports.iter().try_for_each(Port::start)
    }

    /// Fills a group with the oldest packets that are there.
    ///
    /// # Safety
    /// The packets must not be used after the next [`Self::release`].
    unsafe fn gather(&mut self, group: &mut [Packet<'_>; MAX_GROUP]) -> usize {
        let mut count = 0;
        while count < MAX_GROUP
            && let Some((chosen, until)) = self.oldest()
        {
            // Packets of one interface are taken in one go while they are older than those of the others.
            while count < MAX_GROUP && self.is_due(chosen, until) {
                // SAFETY: as our caller promises.
                let Some(packet) = (unsafe { self.take_from(chosen) }) else {
                    continue;
                };
                if let Some(place) = group.get_mut(count) {
                    *place = packet;
                    count += 1;
                }
            }
        }
        count
    }

    /// The port whose next packet is the oldest, and the time of the next packet of the others.
    fn oldest(&mut self) -> Option<(usize, i64)> {
        let mut oldest: Option<(usize, i64)> = None;
        let mut until = i64::MAX;
        for (number, port) in self.ports.iter_mut().enumerate() {
            let Some(socket) = &mut port.socket else {
                continue;
            };
            let Some(time) = socket.ring.pending() else {
                continue;
            };
            match oldest {
                Some((_, best)) if best <= time => until = until.min(time),
                _ => {
                    until = until.min(oldest.map_or(i64::MAX, |(_, best)| best));
                    oldest = Some((number, time));
                }
            }
        }
        oldest.map(|(number, _)| (number, until))
    }

    fn is_due(&mut self, chosen: usize, until: i64) -> bool {
        let port = self.ports.get_mut(chosen);
        let socket = port.and_then(|port| port.socket.as_mut());
        let pending = socket.and_then(|socket| socket.ring.pending());
        pending.is_some_and(|time| time <= until)
    }

    /// The next packet of a port, or `None` if that one is not wanted.
    ///
    /// # Safety
    /// The packet must not be used after the next [`Self::release`].
    unsafe fn take_from<'r>(&mut self, chosen: usize) -> Option<Packet<'r>> {
        let port = self.ports.get_mut(chosen)?;
        let mut frame = port.socket.as_mut()?.ring.take()?;
        if is_seen_twice(&frame, port, self.loopback) {
            return None;
        }
        match port.framing {
            Framing::Ethernet => restore_tag(&mut frame),
            Framing::Cooked => cook(&mut frame),
            Framing::Plain(_) => {}
        }
        let length = frame.captured.min(self.snap_length as usize);
        // SAFETY: the ring vouches for `captured` bytes until it is released, and our caller for the rest.
        let bytes: &'r [u8] = unsafe { std::slice::from_raw_parts(frame.bytes, length) };
        if let Some(filter) = &port.placed.here
            && !filter.matches(bytes, frame.wire_length)
        {
            self.counters.filtered += 1;
            return None;
        }
        let interface = match port.name {
            Some(_) => chosen as u32,
            None => self.seen.number(&frame, chosen, &mut self.names),
        };
        self.counters.packets += 1;
        self.counters.bytes += u64::from(frame.wire_length);
        Some(Packet {
            ts: frame.ts,
            number: self.counters.packets,
            interface,
            link: port.framing.link(),
            wire_length: frame.wire_length,
            checksum_pending: frame.checksum_pending,
            bytes,
        })
    }

    fn release(&mut self) {
        for port in &mut self.ports {
            if let Some(socket) = &mut port.socket {
                socket.ring.release();
            }
        }
    }

    /// Sleeps until a block is ready, an interface changes or the time is over.
    fn wait(&mut self, until: Instant) {
        let now = Instant::now();
        let sleep = until.min(self.next_look).saturating_duration_since(now);
        let mut waiting: Vec<libc::pollfd> = self
            .ports
            .iter()
            .filter_map(|port| port.socket.as_ref())
            .map(|socket| libc::pollfd {
                fd: socket.descriptor(),
                events: libc::POLLIN,
                revents: 0,
            })
            .collect();
        // Rounded up: with 0 the rest of a millisecond would be spent spinning.
        let milliseconds = sleep.as_nanos().div_ceil(1_000_000);
        // SAFETY: the list lives until the call returns and has the stated length.
        unsafe {
            libc::poll(
                waiting.as_mut_ptr(),
                waiting.len() as libc::nfds_t,
                i32::try_from(milliseconds).unwrap_or(i32::MAX),
            )
        };
        let trouble = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;
        if waiting.iter().any(|port| port.revents & trouble != 0) {
            self.next_look = Instant::now();
        }
    }

    fn look_if_due(&mut self) {
        let now = Instant::now();
        if now < self.next_look {
            return;
        }
        for port in &mut self.ports {
            port.look(&self.inquiry, &mut self.events);
        }
        let surplus = self.events.len().saturating_sub(MAX_EVENTS);
        self.events.drain(..surplus);
        let all_up = self.ports.iter().all(Port::is_up);
        self.next_look = now
            + if all_up {
                LOOK_EVERY
            } else {
                LOOK_EVERY_WHILE_WAITING
            };
    }
}

impl Source for Rings {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        let until = Instant::now() + wait;
        loop {
            self.look_if_due();
            let mut group = [Packet::NONE; MAX_GROUP];
            // SAFETY: the group is not used after the release below.
            let count = unsafe { self.gather(&mut group) };
            if count > 0 {
                take(group.get(..count).unwrap_or_default());
            }
            self.release();
            if count > 0 {
                return Ok(Polled::Packets(count));
            }
            if Instant::now() >= until {
                return Ok(Polled::Idle);
            }
            self.wait(until);
        }
    }

    fn interfaces(&self) -> Vec<String> {
        self.names.clone()
    }

    fn counters(&self) -> Counters {
        Counters {
            kernel_drops: self.ports.iter().map(Port::kernel_drops).sum(),
            interface_drops: self.ports.iter().map(Port::interface_drops).sum(),
            ..self.counters
        }
    }

    fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn progress(&self) -> Option<f64> {
        None
    }
}

/// The loopback interface shows each packet as sent and as received; the sent one is passed over, as libpcap does.
fn is_seen_twice(frame: &Frame, port: &Port, loopback: u32) -> bool {
    frame.address.sll_pkttype == libc::PACKET_OUTGOING
        && (port.loopback
            || (port.name.is_none() && frame.address.sll_ifindex.cast_unsigned() == loopback))
}

/// Interfaces that were seen while all of them are captured.
#[derive(Default)]
struct Seen {
    /// Index in the kernel and number here, sorted.
    known: Vec<(u32, u32)>,
    last: Option<(u32, u32)>,
}

impl Seen {
    fn number(&mut self, frame: &Frame, otherwise: usize, names: &mut Vec<String>) -> u32 {
        let index = frame.address.sll_ifindex.cast_unsigned();
        if let Some((known, number)) = self.last
            && known == index
        {
            return number;
        }
        let number = match self.known.binary_search_by_key(&index, |(known, _)| *known) {
            Ok(place) => self.known.get(place).map_or(0, |(_, number)| *number),
            Err(_) if self.known.len() >= MAX_SEEN => otherwise as u32,
            Err(place) => {
                let number = names.len() as u32;
                names.push(name_of(index).unwrap_or_else(|| format!("interface {index}")));
                self.known.insert(place, (index, number));
                number
            }
        };
        self.last = Some((index, number));
        number
    }
}
