//! Packets from live interfaces.
//!
//! On Linux each interface and worker has a packet socket with a ring of memory
//! shared with the kernel: packets are used where the kernel put them. The workers
//! of an interface form a group among which the kernel divides the flows. Other
//! systems, and devices that are not network interfaces, are captured with libpcap.

#[cfg(target_os = "linux")]
pub(crate) mod device;
#[cfg(target_os = "linux")]
mod header;
mod pcap;
#[cfg(target_os = "linux")]
mod port;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod rings;
#[cfg(target_os = "linux")]
mod socket;

#[cfg(test)]
mod tests;

use crate::{Error, SNAP_LIMIT, Source};

/// The whole ring of one interface and worker unless told otherwise: what 300,000 small
/// packets a second fill in 0.2 s, far longer than a worker is ever kept from running.
/// The kernel cannot swap it out, so it is not larger.
pub const DEFAULT_RING_BYTES: usize = 16 << 20;

/// Size of the blocks of a ring. Measured with 2 million packets at 130,000 to 300,000 a
/// second: 64 KiB cost 0.13 s of processor time, 128 KiB 0.11 s, this and larger ones up to
/// 1 MiB 0.04 to 0.08 s. The smallest of these, so that blocks that are not full waste little.
#[cfg(target_os = "linux")]
const BLOCK_BYTES: usize = 256 << 10;

/// The most interfaces of one source: each costs a ring per worker.
const MAX_INTERFACES: usize = 64;

/// What live packets are read with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backend {
    /// Packet sockets where the system has them and the device is a network interface, else libpcap.
    #[default]
    Auto,
    /// Packet sockets of Linux.
    AfPacket,
    /// libpcap, loaded at run time.
    Libpcap,
}

/// What to capture and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOptions {
    /// Names of interfaces; none: the one of the default route, else the first that is up. `any`: all.
    pub interfaces: Vec<String>,
    /// Capture filter, a tcpdump expression.
    pub filter: Option<String>,
    /// Whether to see packets that are not for this machine.
    pub promiscuous: bool,
    /// Bytes of a packet that are kept.
    pub snap_length: u32,
    /// Ring of each interface and worker, all its blocks together.
    pub ring_bytes: usize,
    /// Number of the group of workers of the first interface, of the second one more, and so on.
    /// No other program on the machine may use it. Unused with one worker.
    pub fanout_group: u16,
    /// What packets are read with.
    pub backend: Backend,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            filter: None,
            promiscuous: true,
            snap_length: SNAP_LIMIT,
            ring_bytes: DEFAULT_RING_BYTES,
            fanout_group: (std::process::id() & 0xffff) as u16,
            backend: Backend::Auto,
        }
    }
}

impl LiveOptions {
    /// Whether several workers can share the packets; libpcap gives them to one only.
    pub fn can_share(&self) -> bool {
        self.chosen_backend() == Backend::AfPacket
    }

    fn chosen_backend(&self) -> Backend {
        match self.backend {
            Backend::Auto
                if cfg!(target_os = "linux") && self.interfaces.iter().all(is_interface) =>
            {
                Backend::AfPacket
            }
            Backend::Auto => Backend::Libpcap,
            chosen => chosen,
        }
    }

    #[cfg(target_os = "linux")]
    fn filter(&self) -> &str {
        self.filter.as_deref().unwrap_or("")
    }
}

/// Opens the share of one worker of the live packets.
///
/// Packets come from this moment on. While the other workers are not open yet, this
/// one gets all flows; [`open_live_workers`] avoids that.
///
/// # Errors
/// [`Error::Permission`] with what to do about it; [`Error::Unusable`] for an interface
/// that is not there, a filter that cannot be compiled, or a missing libpcap.
pub fn open_live(
    options: &LiveOptions,
    worker: u32,
    workers: u32,
) -> Result<Box<dyn Source>, Error> {
    let mut opened = open(options, worker..worker.saturating_add(1), workers)?;
    opened.pop().ok_or_else(no_worker)
}

/// Opens the shares of all workers at once: no flow changes from one to the other.
///
/// # Errors
/// As [`open_live`].
pub fn open_live_workers(
    options: &LiveOptions,
    workers: u32,
) -> Result<Vec<Box<dyn Source>>, Error> {
    open(options, 0..workers, workers)
}

fn open(
    options: &LiveOptions,
    which: std::ops::Range<u32>,
    workers: u32,
) -> Result<Vec<Box<dyn Source>>, Error> {
    let mut options = options.clone();
    if options.interfaces.is_empty() {
        options.interfaces.push(default_interface()?);
    }
    if options.interfaces.len() > MAX_INTERFACES {
        return Err(Error::Unusable {
            what: "interfaces".to_owned(),
            reason: format!("at most {MAX_INTERFACES} can be captured at once; use `any`"),
        });
    }
    match options.chosen_backend() {
        Backend::Libpcap if workers > 1 => Err(Error::Unusable {
            what: options.interfaces.join(", "),
            reason: "libpcap gives packets to one worker only; use one worker".to_owned(),
        }),
        Backend::Libpcap => Ok(vec![Box::new(pcap::Capture::open(&options)?)]),
        _ => open_rings(&options, which, workers),
    }
}

#[cfg(target_os = "linux")]
fn open_rings(
    options: &LiveOptions,
    which: std::ops::Range<u32>,
    workers: u32,
) -> Result<Vec<Box<dyn Source>>, Error> {
    let interfaces: Vec<Option<String>> = options
        .interfaces
        .iter()
        .map(|name| (name != "any").then(|| name.clone()))
        .collect();
    let opened = which
        .map(|worker| {
            let settings = port::Settings {
                filter: options.filter().to_owned(),
                promiscuous: options.promiscuous,
                snap_length: options.snap_length.clamp(1, SNAP_LIMIT),
                ring_bytes: options.ring_bytes,
                block_bytes: block_bytes(options.ring_bytes),
                fanout: (workers > 1).then_some(options.fanout_group),
                counts_interface: worker == 0,
            };
            rings::Rings::open(&interfaces, &settings)
        })
        .collect::<Result<Vec<_>, Error>>()?;
    opened.iter().try_for_each(rings::Rings::start)?;
    Ok(opened
        .into_iter()
        .map(|rings| Box::new(rings) as Box<dyn Source>)
        .collect())
}

#[cfg(not(target_os = "linux"))]
fn open_rings(
    options: &LiveOptions,
    _: std::ops::Range<u32>,
    _: u32,
) -> Result<Vec<Box<dyn Source>>, Error> {
    Err(Error::Unusable {
        what: options.interfaces.join(", "),
        reason: "packet sockets are Linux's; choose libpcap".to_owned(),
    })
}

/// Small rings have small blocks, so that there are always some.
#[cfg(target_os = "linux")]
fn block_bytes(ring_bytes: usize) -> usize {
    const SMALLEST: usize = 128 << 10;
    let mut block = BLOCK_BYTES;
    while block > SMALLEST && ring_bytes / block < 8 {
        block /= 2;
    }
    block
}

fn default_interface() -> Result<String, Error> {
    let interfaces = crate::interfaces::list();
    let default = interfaces
        .iter()
        .find(|interface| interface.is_default_route)
        .or_else(|| interfaces.iter().find(|one| one.up && !one.loopback))
        .or_else(|| interfaces.iter().find(|one| one.up));
    match default {
        Some(interface) => Ok(interface.name.clone()),
        None => Err(Error::Unusable {
            what: "live capture".to_owned(),
            reason: "no network interface is up".to_owned(),
        }),
    }
}

/// Whether the name is that of a network interface, as opposed to a device of libpcap only.
#[allow(clippy::ptr_arg, reason = "used as a function on the items of a list")]
fn is_interface(name: &String) -> bool {
    if name == "any" {
        return true;
    }
    #[cfg(target_os = "linux")]
    {
        // A name that nothing knows is refused with the list of interfaces, which is clearer than libpcap's message.
        device::index_of(name).is_some()
            || crate::libpcap::library()
                .and_then(|library| library.devices().ok())
                .is_none_or(|devices| devices.iter().all(|device| device.name != *name))
    }
    #[cfg(not(target_os = "linux"))]
    false
}

fn no_worker() -> Error {
    Error::Unusable {
        what: "live capture".to_owned(),
        reason: "there must be at least one worker".to_owned(),
    }
}
