//! One captured interface and what becomes of it: up, down, gone, back.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::device::{Device, Framing, Inquiry};
use super::socket::{Socket, Wanted};
use crate::bpf::kernel::{Placed, place};
use crate::{Error, Event};

/// How long the ring of a vanished interface is still read: the kernel hands its
/// last block over within 50 ms.
const LAST_BLOCK: Duration = Duration::from_millis(120);

/// What an interface is captured with; the same for all of a source.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub filter: String,
    pub promiscuous: bool,
    pub snap_length: u32,
    pub ring_bytes: usize,
    pub block_bytes: usize,
    pub fanout: Option<u16>,
    /// Whether this worker answers for drops of the interface itself.
    pub counts_interface: bool,
}

/// What is known of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Up,
    Down,
    /// Since when.
    Gone(Instant),
}

/// One interface, or all of them.
pub(super) struct Port {
    /// `None` for all interfaces.
    pub name: Option<String>,
    pub socket: Option<Socket>,
    pub framing: Framing,
    pub loopback: bool,
    /// Filter that has to run here because the kernel cannot run it.
    pub placed: Placed,
    settings: Settings,
    presence: Presence,
    index: u32,
    /// Drops of sockets that have been closed.
    closed_drops: u64,
    interface_drops: InterfaceDrops,
}

impl Port {
    /// Opens an interface; one that is down is waited for.
    pub(super) fn open(
        name: Option<String>,
        settings: Settings,
        inquiry: &Inquiry,
        events: &mut Vec<Event>,
    ) -> Result<Self, Error> {
        let device = match &name {
            None => None,
            Some(name) => Some(inquiry.device(name).ok_or_else(|| no_such(name))?),
        };
        let framing = framing_of(device.as_ref());
        let mut port = Self {
            placed: place(&settings.filter, framing.link(), settings.snap_length)?,
            framing,
            loopback: device.is_some_and(|device| device.loopback),
            socket: None,
            presence: Presence::Up,
            index: device.map_or(0, |device| device.index),
            closed_drops: 0,
            interface_drops: InterfaceDrops::of(name.as_deref(), settings.counts_interface),
            name,
            settings,
        };
        if device.is_some_and(|device| !device.up) {
            port.presence = Presence::Down;
            events.push(port.told(
                "capture.interface_down",
                "is down; capture starts when it comes up",
            ));
        } else {
            port.socket = Some(port.connect().map_err(|error| port.refused(error))?);
        }
        Ok(port)
    }

    /// Lets packets in.
    pub(super) fn start(&self) -> Result<(), Error> {
        match &self.socket {
            None => Ok(()),
            Some(socket) => socket
                .start(self.program())
                .map_err(|error| self.refused(error)),
        }
    }

    /// What the filter lets through stops at the snap length, so without either there is no program.
    fn program(&self) -> &[crate::bpf::Instruction] {
        let everything = self.settings.filter.trim().is_empty()
            && self.settings.snap_length >= crate::SNAP_LIMIT;
        if everything {
            &[]
        } else {
            &self.placed.program
        }
    }

    fn connect(&self) -> io::Result<Socket> {
        Socket::open(&Wanted {
            index: self.index,
            framing: self.framing,
            promiscuous: self.settings.promiscuous && self.name.is_some() && !self.loopback,
            ignore_outgoing: self.loopback,
            ring_bytes: self.settings.ring_bytes,
            block_bytes: self.settings.block_bytes,
            fanout: self.settings.fanout,
        })
    }

    pub(super) fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("any")
    }

    /// Whether the interface is there and up.
    pub(super) fn is_up(&self) -> bool {
        self.presence == Presence::Up
    }

    /// Compares what is known with what is, and follows it.
    pub(super) fn look(&mut self, inquiry: &Inquiry, events: &mut Vec<Event>) {
        if let Some(socket) = &self.socket {
            socket.clear_error();
        }
        let Some(name) = &self.name else { return };
        let device = inquiry.device(name);
        match (self.presence, device) {
            (Presence::Gone(since), device) => self.gone(since, device, events),
            (_, Some(device)) if device.index == self.index || self.socket.is_none() => {
                self.changed(device, events);
            }
            _ => {
                self.presence = Presence::Gone(Instant::now());
                events.push(self.told(
                    "capture.interface_gone",
                    "is gone; capture goes on when it is back",
                ));
            }
        }
    }

    fn changed(&mut self, device: Device, events: &mut Vec<Event>) {
        match (self.presence, device.up) {
            (Presence::Up, false) => {
                self.presence = Presence::Down;
                events.push(self.told(
                    "capture.interface_down",
                    "is down; capture goes on when it comes up",
                ));
            }
            (Presence::Down, true) if self.socket.is_some() || self.reconnect(device) => {
                self.presence = Presence::Up;
                events.push(self.told("capture.interface_up", "is up"));
            }
            _ => {}
        }
    }

    fn gone(&mut self, since: Instant, device: Option<Device>, events: &mut Vec<Event>) {
        if since.elapsed() < LAST_BLOCK {
            return;
        }
        if let Some(socket) = &mut self.socket {
            if socket.ring.pending().is_some() {
                return;
            }
            self.closed_drops += socket.drops();
            self.socket = None;
        }
        let Some(device) = device.filter(|device| device.up) else {
            return;
        };
        if self.reconnect(device) {
            self.presence = Presence::Up;
            events.push(self.told("capture.interface_back", "is back"));
        }
    }

    /// Opens a new socket for an interface that came back, perhaps as another kind of device.
    ///
    /// Fails while another worker still holds the group on the old interface; the next look tries again.
    fn reconnect(&mut self, device: Device) -> bool {
        let framing = framing_of(Some(&device));
        if framing != self.framing {
            match place(
                &self.settings.filter,
                framing.link(),
                self.settings.snap_length,
            ) {
                Ok(placed) => self.placed = placed,
                Err(_) => return false,
            }
        }
        self.framing = framing;
        self.loopback = device.loopback;
        self.index = device.index;
        self.interface_drops.restart();
        self.socket = self.connect().ok();
        if self.start().is_err() {
            self.socket = None;
        }
        self.socket.is_some()
    }

    pub(super) fn kernel_drops(&self) -> u64 {
        self.closed_drops + self.socket.as_ref().map_or(0, Socket::drops)
    }

    pub(super) fn interface_drops(&self) -> u64 {
        self.interface_drops.now()
    }

    fn told(&self, code: &'static str, what: &str) -> Event {
        Event {
            code,
            message: format!("Interface {} {what}.", self.label()),
        }
    }

    fn refused(&self, error: io::Error) -> Error {
        let what = format!("capture on {}", self.label());
        match (error.raw_os_error(), self.settings.fanout) {
            (Some(libc::EPERM | libc::EACCES), _) => Error::Permission {
                what,
                advice: crate::privileges::capture_advice(),
            },
            (Some(libc::EINVAL | libc::EALREADY), Some(group)) => Error::Unusable {
                what,
                reason: format!(
                    "fanout group {group} is used by another program in another way; choose another group"
                ),
            },
            _ => Error::Io { what, error },
        }
    }
}

fn framing_of(device: Option<&Device>) -> Framing {
    device.map_or(Framing::Cooked, |device| Framing::of(device.hardware_type))
}

fn no_such(name: &str) -> Error {
    let names: Vec<String> = crate::interfaces::list()
        .into_iter()
        .map(|interface| interface.name)
        .collect();
    Error::Unusable {
        what: format!("interface {name}"),
        reason: format!(
            "there is no such interface; there are: any, {}",
            names.join(", ")
        ),
    }
}

/// Packets an interface lost before the kernel saw them.
///
/// `rx_missed_errors` and `rx_fifo_errors`, as libpcap has it: `rx_dropped` also counts
/// packets that were captured and that nothing else on the machine wanted.
struct InterfaceDrops {
    folder: Option<std::path::PathBuf>,
    /// Counted when capture began; of the interface as it is now.
    start: u64,
    /// Of interfaces of this name that are gone.
    before: u64,
    last: Cell<u64>,
}

impl InterfaceDrops {
    fn of(name: Option<&str>, counts: bool) -> Self {
        let folder = name
            .filter(|_| counts)
            .map(|name| Path::new("/sys/class/net").join(name).join("statistics"));
        let mut drops = Self {
            folder,
            start: 0,
            before: 0,
            last: Cell::new(0),
        };
        drops.start = drops.total().unwrap_or(0);
        drops
    }

    fn total(&self) -> Option<u64> {
        let folder = self.folder.as_ref()?;
        let read = |name: &str| -> Option<u64> {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            text.trim().parse().ok()
        };
        Some(read("rx_missed_errors")? + read("rx_fifo_errors")?)
    }

    fn now(&self) -> u64 {
        if let Some(total) = self.total() {
            self.last.set(total.saturating_sub(self.start));
        }
        self.before + self.last.get()
    }

    fn restart(&mut self) {
        self.before += self.last.replace(0);
        self.start = self.total().unwrap_or(0);
    }
}
