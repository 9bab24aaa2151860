//! The source of packets over libpcap: other systems, and devices that are not network interfaces.

use std::ffi::{CString, c_int, c_uchar, c_void};
use std::time::{Duration, Instant};

use super::LiveOptions;
use crate::libpcap::{
    Library, MESSAGE_LENGTH, Open, PacketHeader, Statistics, library, link_of, message_text,
};
use crate::{Counters, Error, Event, MAX_GROUP, Packet, Polled, SNAP_LIMIT, Source};

/// How long libpcap may keep packets before it hands them over.
const TIMEOUT_MS: i32 = 50;

/// A device that failed is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// The most events kept until they are asked for.
const MAX_EVENTS: usize = 64;

const NANOSECONDS: i32 = 1;
const PERMISSION_DENIED: i32 = -8;
const PROMISCUOUS_DENIED: i32 = -11;
const NOT_UP: i32 = -9;

/// Live packets of one or more devices.
pub(super) struct Capture {
    devices: Vec<Device>,
    options: LiveOptions,
    batch: Batch,
    /// The device to be asked first, so that a busy one does not starve the others.
    turn: usize,
    counters: Counters,
    events: Vec<Event>,
}

struct Device {
    name: String,
    /// `None` while the device is gone.
    running: Option<Running>,
    retry: Instant,
    closed_drops: u64,
    closed_interface_drops: u64,
}

/// A device that is captured.
struct Running {
    handle: Open<'static>,
    link: u16,
    nanoseconds: bool,
}

/// What one call of libpcap handed over. Its bytes are valid during the call only, so they are copied.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    packets: Vec<Copied>,
    nanoseconds: bool,
}

struct Copied {
    ts: i64,
    wire_length: u32,
    start: usize,
    length: usize,
}

impl Capture {
    pub(super) fn open(options: &LiveOptions) -> Result<Self, Error> {
        let library = library().ok_or_else(|| Error::Unusable {
            what: "libpcap".to_owned(),
            reason: format!("it was not found; {}", crate::libpcap::INSTALL),
        })?;
        let devices = options
            .interfaces
            .iter()
            .map(|name| Device::open(library, name, options))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            devices,
            options: options.clone(),
            batch: Batch::default(),
            turn: 0,
            counters: Counters::default(),
            events: Vec::new(),
        })
    }

    /// Packets of the next device that has some.
    fn hand_out(&mut self, take: &mut dyn FnMut(&[Packet<'_>])) -> Option<usize> {
        for _ in 0..self.devices.len() {
            let number = self.turn % self.devices.len();
            self.turn = number + 1;
            let Some(device) = self.devices.get_mut(number) else {
                continue;
            };
            if let Some(event) = device.fill(&mut self.batch, &self.options)
                && self.events.len() < MAX_EVENTS
            {
                self.events.push(event);
            }
            let link = device.running.as_ref().map_or(0, |running| running.link);
            let mut group = [Packet::NONE; MAX_GROUP];
            let mut count = 0;
            for (place, packet) in group.iter_mut().zip(&self.batch.packets) {
                self.counters.packets += 1;
                self.counters.bytes += u64::from(packet.wire_length);
                *place = Packet {
                    ts: packet.ts,
                    number: self.counters.packets,
                    interface: number as u32,
                    link,
                    wire_length: packet.wire_length,
                    checksum_pending: false,
                    bytes: self
                        .batch
                        .bytes
                        .get(packet.start..packet.start + packet.length)
                        .unwrap_or_default(),
                };
                count += 1;
            }
            if count > 0 {
                take(group.get(..count).unwrap_or_default());
                return Some(count);
            }
        }
        None
    }

    #[cfg(unix)]
    fn wait(&self, sleep: Duration) {
        let mut waiting: Vec<libc::pollfd> = self
            .devices
            .iter()
            .filter_map(|device| device.running.as_ref()?.descriptor())
            .map(|fd| libc::pollfd {
                fd,
                events: libc::POLLIN,
                revents: 0,
            })
            .collect();
        let milliseconds = i32::try_from(sleep.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the list lives until the call returns and has the stated length.
        unsafe {
            libc::poll(
                waiting.as_mut_ptr(),
                waiting.len() as libc::nfds_t,
                milliseconds.clamp(1, TIMEOUT_MS),
            )
        };
    }

    /// Reading waits by itself there.
    #[cfg(not(unix))]
    fn wait(&self, sleep: Duration) {
        if self.devices.iter().all(|device| device.running.is_none()) {
            std::thread::sleep(sleep.min(RETRY_EVERY));
        }
    }
}

impl Device {
    fn open(library: &'static Library, name: &str, options: &LiveOptions) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            running: Some(Running::open(library, name, options)?),
            retry: Instant::now(),
            closed_drops: 0,
            closed_interface_drops: 0,
        })
    }

    /// Reads what is there; tells when the device goes or comes back.
    fn fill(&mut self, batch: &mut Batch, options: &LiveOptions) -> Option<Event> {
        batch.bytes.clear();
        batch.packets.clear();
        let Some(running) = &mut self.running else {
            return self.try_again(options);
        };
        batch.nanoseconds = running.nanoseconds;
        // SAFETY: the handle is open; the batch outlives the call and nobody else uses it meanwhile.
        let status = unsafe {
            (running.handle.library.functions.dispatch)(
                running.handle.handle,
                c_int::try_from(MAX_GROUP).unwrap_or(1),
                copy,
                std::ptr::from_mut(batch).cast(),
            )
        };
        if status >= 0 {
            return None;
        }
        let message = running.handle.message();
        let statistics = running.statistics();
        self.closed_drops += u64::from(statistics.dropped);
        self.closed_interface_drops += u64::from(statistics.interface_dropped);
        self.running = None;
        self.retry = Instant::now() + RETRY_EVERY;
        Some(Event {
            code: "capture.interface_gone",
            message: format!(
                "Interface {} can no longer be read ({message}); capture goes on when it is back.",
                self.name
            ),
        })
    }

    fn try_again(&mut self, options: &LiveOptions) -> Option<Event> {
        if Instant::now() < self.retry {
            return None;
        }
        self.retry = Instant::now() + RETRY_EVERY;
        self.running = Running::open(library()?, &self.name, options).ok();
        self.running.as_ref().map(|_| Event {
            code: "capture.interface_back",
            message: format!("Interface {} is back.", self.name),
        })
    }
}

impl Running {
    fn open(library: &'static Library, name: &str, options: &LiveOptions) -> Result<Self, Error> {
        let what = format!("capture on {name}");
        let unusable = |reason: String| Error::Unusable {
            what: what.clone(),
            reason,
        };
        let functions = &library.functions;
        let c_name =
            CString::new(name).map_err(|_| unusable("a name has no zero bytes".to_owned()))?;
        let mut message = [0; MESSAGE_LENGTH];
        // SAFETY: the name ends in a zero byte and the message has the size libpcap expects.
        let handle = unsafe { (functions.create)(c_name.as_ptr(), message.as_mut_ptr()) };
        let handle = Open::new(library, handle).ok_or_else(|| unusable(message_text(&message)))?;
        let snap = options.snap_length.clamp(1, SNAP_LIMIT).cast_signed();
        let ring = i32::try_from(options.ring_bytes).unwrap_or(i32::MAX);
        // SAFETY: the handle is open and not yet active, when these settings are allowed.
        let status = unsafe {
            (functions.set_snap_length)(handle.handle, snap);
            (functions.set_promiscuous)(handle.handle, i32::from(options.promiscuous));
            (functions.set_timeout)(handle.handle, TIMEOUT_MS);
            (functions.set_buffer_size)(handle.handle, ring);
            if let Some(set_precision) = functions.set_precision {
                set_precision(handle.handle, NANOSECONDS);
            }
            (functions.activate)(handle.handle)
        };
        match status {
            PERMISSION_DENIED | PROMISCUOUS_DENIED => {
                return Err(Error::Permission {
                    what,
                    advice: crate::privileges::capture_advice(),
                });
            }
            NOT_UP => return Err(unusable("it is not up".to_owned())),
            i32::MIN..0 => return Err(unusable(handle.message())),
            _ => {}
        }
        if let Some(filter) = &options.filter {
            handle
                .set_filter(filter)
                .map_err(|reason| Error::Unusable {
                    what: format!("filter `{filter}`"),
                    reason,
                })?;
        }
        // SAFETY: the handle is active.
        let (link, precision) = unsafe {
            if cfg!(unix) {
                (functions.set_nonblock)(handle.handle, 1, message.as_mut_ptr());
            }
            (
                link_of((functions.data_link)(handle.handle)),
                functions
                    .precision
                    .map(|precision| precision(handle.handle)),
            )
        };
        Ok(Self {
            handle,
            link,
            nanoseconds: precision == Some(NANOSECONDS),
        })
    }

    fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        // SAFETY: the handle is open and the numbers are ours, with room for those of newer versions.
        unsafe {
            (self.handle.library.functions.statistics)(self.handle.handle, &raw mut statistics);
        }
        statistics
    }

    #[cfg(unix)]
    fn descriptor(&self) -> Option<libc::c_int> {
        let descriptor = self.handle.library.functions.descriptor?;
        // SAFETY: the handle is open.
        let fd = unsafe { descriptor(self.handle.handle) };
        (fd >= 0).then_some(fd)
    }
}

/// Copies one packet into the batch.
///
/// # Safety
/// Called by libpcap with the batch that was given to it, a header and as many bytes as that says.
unsafe extern "C" fn copy(user: *mut c_uchar, header: *const PacketHeader, bytes: *const c_uchar) {
    // SAFETY: as above.
    let (batch, header) = unsafe { (&mut *user.cast::<c_void>().cast::<Batch>(), &*header) };
    // SAFETY: as above.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, header.captured as usize) };
    let scale = if batch.nanoseconds { 1 } else { 1000 };
    #[allow(
        clippy::useless_conversion,
        reason = "these are 32 bits wide on Windows"
    )]
    let (seconds, fraction) = (i64::from(header.seconds), i64::from(header.fraction));
    batch.packets.push(Copied {
        ts: seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(fraction.saturating_mul(scale))
            .max(0),
        wire_length: header.length,
        start: batch.bytes.len(),
        length: bytes.len(),
    });
    batch.bytes.extend_from_slice(bytes);
}

impl Source for Capture {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        let until = Instant::now() + wait;
        loop {
            if let Some(count) = self.hand_out(take) {
                return Ok(Polled::Packets(count));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Polled::Idle);
            }
            self.wait(left);
        }
    }

    fn interfaces(&self) -> Vec<String> {
        self.devices
            .iter()
            .map(|device| device.name.clone())
            .collect()
    }

    fn counters(&self) -> Counters {
        let mut counters = self.counters;
        for device in &self.devices {
            let statistics = device
                .running
                .as_ref()
                .map(Running::statistics)
                .unwrap_or_default();
            counters.kernel_drops += device.closed_drops + u64::from(statistics.dropped);
            counters.interface_drops +=
                device.closed_interface_drops + u64::from(statistics.interface_dropped);
        }
        counters
    }

    fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn progress(&self) -> Option<f64> {
        None
    }
}
