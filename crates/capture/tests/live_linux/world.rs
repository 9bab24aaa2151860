//! Two network namespaces joined by pairs of virtual interfaces.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use wirewatch_capture::{Polled, Source};

/// Far longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// A packet as it was captured.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) ts: i64,
    pub(crate) number: u64,
    pub(crate) interface: u32,
    pub(crate) link: u16,
    pub(crate) wire_length: u32,
    pub(crate) bytes: Vec<u8>,
    /// Which worker saw it.
    pub(crate) worker: usize,
}

/// Namespaces `near`, where packets are captured, and `far`, whence they come.
pub(crate) struct World {
    pub(crate) near: String,
    pub(crate) far: String,
}

impl World {
    /// With one pair of interfaces, `near0` and `far0`; `None`, and a word why, where that cannot be.
    pub(crate) fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // SAFETY: takes nothing and cannot fail.
        if unsafe { libc::geteuid() } != 0 {
            eprintln!("skipped: network namespaces need root");
            return None;
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = |side: &str| format!("wwtest-{}-{number}-{side}", std::process::id());
        let world = Self {
            near: name("near"),
            far: name("far"),
        };
        for namespace in [&world.near, &world.far] {
            if !try_ip(&["netns", "add", namespace]) {
                eprintln!("skipped: `ip netns add` does not work here");
                return None;
            }
            run_inside(namespace, || {
                // Without IPv6 an interface that comes up sends nothing by itself.
                let _ = std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
            });
            ip(&["-n", namespace, "link", "set", "lo", "up"]);
        }
        world.add_pair("near0", "far0");
        Some(world)
    }

    /// Adds a pair of interfaces and switches them on.
    pub(crate) fn add_pair(&self, near: &str, far: &str) {
        let peer = ["peer", "name", far, "netns", &self.far];
        let link = ["link", "add", near, "netns", &self.near, "type", "veth"];
        ip(&[link.as_slice(), &peer].concat());
        ip(&["-n", &self.near, "link", "set", near, "up"]);
        ip(&["-n", &self.far, "link", "set", far, "up"]);
    }

    /// Something that sends frames out of an interface of the far side.
    pub(crate) fn sender(&self, interface: &str) -> Sender {
        run_inside(&self.far, || Sender::open(interface))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        try_ip(&["netns", "del", &self.near]);
        try_ip(&["netns", "del", &self.far]);
    }
}

/// Runs something in a namespace, on a thread of its own.
pub(crate) fn run_inside<T: Send>(namespace: &str, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            enter(namespace);
            work()
        });
        match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Moves this thread into a namespace.
pub(crate) fn enter(namespace: &str) {
    let file = File::open(format!("/run/netns/{namespace}")).expect("namespace");
    // SAFETY: takes numbers only.
    let status = unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) };
    assert_eq!(status, 0, "setns: {}", std::io::Error::last_os_error());
}

pub(crate) fn ip(arguments: &[&str]) {
    assert!(try_ip(arguments), "ip {}", arguments.join(" "));
}

fn try_ip(arguments: &[&str]) -> bool {
    let mut command = Command::new("ip");
    command.args(arguments).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Sends frames as they are.
pub(crate) struct Sender(OwnedFd, libc::sockaddr_ll);

impl Sender {
    fn open(interface: &str) -> Self {
        let name = CString::new(interface).expect("name");
        // SAFETY: the calls take numbers and a string that ends in a zero byte; the descriptor is ours.
        unsafe {
            let socket = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0);
            assert!(socket >= 0);
            let mut address: libc::sockaddr_ll = std::mem::zeroed();
            address.sll_family = libc::AF_PACKET as u16;
            address.sll_ifindex = libc::if_nametoindex(name.as_ptr()).cast_signed();
            assert!(address.sll_ifindex > 0, "{interface}");
            Self(OwnedFd::from_raw_fd(socket), address)
        }
    }

    pub(crate) fn send(&self, frame: &[u8]) {
        // SAFETY: the frame and the address live until the call returns and have the stated sizes.
        let sent = unsafe {
            libc::sendto(
                self.0.as_raw_fd(),
                frame.as_ptr().cast(),
                frame.len(),
                0,
                (&raw const self.1).cast(),
                size_of::<libc::sockaddr_ll>() as libc::socklen_t,
            )
        };
        assert_eq!(
            sent,
            frame.len().cast_signed(),
            "{}",
            std::io::Error::last_os_error()
        );
    }
}

/// A tunnel device, there as long as this is.
pub(crate) struct Tunnel {
    _file: File,
}

impl Tunnel {
    /// `None`, and a word why, where there is no `/dev/net/tun`.
    pub(crate) fn open(name: &str) -> Option<Self> {
        const TUNSETIFF: libc::Ioctl = 0x4004_54ca;
        const IFF_TUN_WITHOUT_HEADER: i16 = 0x1001;
        let opened = File::options().read(true).write(true).open("/dev/net/tun");
        let Ok(file) = opened else {
            eprintln!("skipped: there is no /dev/net/tun");
            return None;
        };
        // SAFETY: all fields are numbers, arrays of numbers or a pointer, for which zero is valid.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        for (place, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
            *place = libc::c_char::from_ne_bytes([byte]);
        }
        request.ifr_ifru.ifru_flags = IFF_TUN_WITHOUT_HEADER;
        // SAFETY: the request lives until the call returns.
        let status = unsafe { libc::ioctl(file.as_raw_fd(), TUNSETIFF, &raw mut request) };
        assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
        Some(Self { _file: file })
    }
}

/// Packets of a source until there are enough.
pub(crate) fn collect(source: &mut dyn Source, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
    let mut seen = Vec::new();
    let start = Instant::now();
    while !enough(&seen) {
        assert!(start.elapsed() < DEADLINE, "only {} packets", seen.len());
        take(source, 0, &mut seen);
    }
    seen
}

/// Packets of several workers until there are enough.
pub(crate) fn collect_from(
    workers: &mut [Box<dyn Source>],
    enough: impl Fn(&[Seen]) -> bool,
) -> Vec<Seen> {
    let mut seen = Vec::new();
    let start = Instant::now();
    while !enough(&seen) {
        assert!(start.elapsed() < DEADLINE, "only {} packets", seen.len());
        for (worker, source) in workers.iter_mut().enumerate() {
            take(source.as_mut(), worker, &mut seen);
        }
    }
    seen
}

fn take(source: &mut dyn Source, worker: usize, seen: &mut Vec<Seen>) -> Polled {
    source
        .poll(Duration::from_millis(10), &mut |group| {
            seen.extend(group.iter().map(|packet| Seen {
                ts: packet.ts,
                number: packet.number,
                interface: packet.interface,
                link: packet.link,
                wire_length: packet.wire_length,
                bytes: packet.bytes.to_vec(),
                worker,
            }));
        })
        .expect("polls")
}

/// Polls until a source tells this.
pub(crate) fn wait_for_event(source: &mut dyn Source, code: &str) {
    let start = Instant::now();
    while !source.events().iter().any(|event| event.code == code) {
        assert!(start.elapsed() < DEADLINE, "no {code}");
        let mut nothing = Vec::new();
        take(source, 0, &mut nothing);
    }
}

/// Polls all workers until each of them has told this.
pub(crate) fn wait_for_event_of_all(workers: &mut [Box<dyn Source>], code: &str) {
    let start = Instant::now();
    let mut told = vec![false; workers.len()];
    while told.contains(&false) {
        assert!(start.elapsed() < DEADLINE, "no {code}");
        for (source, told) in workers.iter_mut().zip(&mut told) {
            let mut nothing = Vec::new();
            take(source.as_mut(), 0, &mut nothing);
            *told |= source.events().iter().any(|event| event.code == code);
        }
    }
}
