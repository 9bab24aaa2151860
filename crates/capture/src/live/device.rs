//! What the kernel says about a network interface, asked by name.
//!
//! Asked through a socket and not through `/sys`, so that the answer is about the
//! network namespace of the asking thread.

use std::ffi::{CStr, CString, c_char};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::bpf::layout::link;

/// How the packets of an interface are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Ethernet, where the kernel takes VLAN tags out.
    Ethernet,
    /// As the kernel gives it, with this link type.
    Plain(u16),
    /// Without the header of the link, which is made here: Linux cooked, version 2.
    Cooked,
}

impl Framing {
    /// Framing of a hardware type of Linux (`ARPHRD_`).
    ///
    /// PPP and tunnels are cooked because some of their drivers give a header and some do not.
    pub(crate) fn of(hardware_type: u16) -> Self {
        match hardware_type {
            libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Self::Ethernet,
            libc::ARPHRD_IEEE80211 => Self::Plain(105),
            libc::ARPHRD_IEEE80211_PRISM => Self::Plain(119),
            libc::ARPHRD_IEEE80211_RADIOTAP => Self::Plain(127),
            ARPHRD_RAWIP | libc::ARPHRD_NONE => Self::Plain(link::RAW),
            _ => Self::Cooked,
        }
    }

    /// Link type of the packets, a LINKTYPE_ number.
    pub(crate) fn link(self) -> u16 {
        match self {
            Self::Ethernet => link::ETHERNET,
            Self::Plain(link) => link,
            Self::Cooked => link::LINUX_SLL2,
        }
    }
}

/// Linux `if_arp.h`; tunnels of modems.
const ARPHRD_RAWIP: u16 = 519;

/// An interface as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device {
    pub index: u32,
    pub up: bool,
    pub running: bool,
    pub loopback: bool,
    pub hardware_type: u16,
}

/// Asks the kernel about interfaces.
#[derive(Debug)]
pub(crate) struct Inquiry(OwnedFd);

impl Inquiry {
    pub(crate) fn open() -> io::Result<Self> {
        // SAFETY: the call takes numbers only.
        let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just opened and belongs to nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The interface of this name, or `None` if there is none.
    pub(crate) fn device(&self, name: &str) -> Option<Device> {
        let index = index_of(name)?;
        let flags = self.ask(name, libc::SIOCGIFFLAGS)?;
        let hardware = self.ask(name, libc::SIOCGIFHWADDR)?;
        // SAFETY: the kernel filled the flags; every bit pattern is valid.
        let flags = i32::from(unsafe { flags.ifr_ifru.ifru_flags });
        // SAFETY: the kernel filled the address; every bit pattern is valid.
        let hardware_type = unsafe { hardware.ifr_ifru.ifru_hwaddr }.sa_family;
        Some(Device {
            index,
            up: flags & libc::IFF_UP != 0,
            running: flags & libc::IFF_RUNNING != 0,
            loopback: flags & libc::IFF_LOOPBACK != 0,
            hardware_type,
        })
    }

    /// Most bytes of a packet behind its link header.
    pub(crate) fn mtu(&self, name: &str) -> Option<u32> {
        let answer = self.ask(name, libc::SIOCGIFMTU)?;
        // SAFETY: the kernel filled the number.
        u32::try_from(unsafe { answer.ifr_ifru.ifru_mtu }).ok()
    }

    /// One of ethtool's settings that is a yes or no (`ETHTOOL_GRO` and the like).
    pub(crate) fn ethtool_setting(&self, name: &str, command: u32) -> Option<bool> {
        let mut value: [u32; 2] = [command, 0];
        let mut request = request_for(name)?;
        request.ifr_ifru.ifru_data = (&raw mut value).cast::<c_char>();
        // SAFETY: the kernel writes at most the two words of `struct ethtool_value`, which live until the call returns.
        let status = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SIOCETHTOOL as libc::Ioctl,
                &raw mut request,
            )
        };
        let [_, setting] = value;
        (status == 0).then_some(setting != 0)
    }

    /// ethtool's flags (`ETHTOOL_GFLAGS`).
    pub(crate) fn ethtool_flags(&self, name: &str) -> Option<u32> {
        const ETHTOOL_GFLAGS: u32 = 0x25;
        let mut value: [u32; 2] = [ETHTOOL_GFLAGS, 0];
        let mut request = request_for(name)?;
        request.ifr_ifru.ifru_data = (&raw mut value).cast::<c_char>();
        // SAFETY: the kernel writes at most the two words of `struct ethtool_value`, which live until the call returns.
        let status = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SIOCETHTOOL as libc::Ioctl,
                &raw mut request,
            )
        };
        let [_, flags] = value;
        (status == 0).then_some(flags)
    }

    fn ask(&self, name: &str, what: impl TryInto<libc::Ioctl>) -> Option<libc::ifreq> {
        let mut request = request_for(name)?;
        let what = what.try_into().ok()?;
        // SAFETY: the kernel fills the request, which lives until the call returns.
        let status = unsafe { libc::ioctl(self.0.as_raw_fd(), what, &raw mut request) };
        (status == 0).then_some(request)
    }
}

fn request_for(name: &str) -> Option<libc::ifreq> {
    // SAFETY: all fields are numbers, arrays of numbers or a pointer, for which zero is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    let last = request.ifr_name.len() - 1;
    if name.len() > last {
        return None;
    }
    for (place, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *place = c_char::from_ne_bytes([byte]);
    }
    Some(request)
}

/// Index of the interface of this name.
pub(crate) fn index_of(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: the string ends in a zero byte.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index != 0).then_some(index)
}

/// Name of the interface of this index.
pub(crate) fn name_of(index: u32) -> Option<String> {
    let mut name = [0; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size the function asks for.
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: the function wrote a string that ends in a zero byte.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) };
    Some(name.to_string_lossy().into_owned())
}
