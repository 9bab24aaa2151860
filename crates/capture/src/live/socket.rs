//! One packet socket with its ring.

use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::device::Framing;
use super::header::{COOKED_ROOM, TAG_LENGTH};
use super::ring::Ring;
use crate::bpf::Instruction;
use crate::bpf::kernel::HOLD;

/// Free bytes before each packet of a cooked socket, above the 16 that the kernel leaves for a
/// hardware header it then does not write.
const COOKED_RESERVE: usize = COOKED_ROOM - 8;

/// How a socket is to be opened.
pub(super) struct Wanted {
    /// Index of the interface, 0 for all.
    pub index: u32,
    pub framing: Framing,
    pub promiscuous: bool,
    pub ignore_outgoing: bool,
    pub ring_bytes: usize,
    pub block_bytes: usize,
    /// Group among whose sockets the kernel divides the flows.
    pub fanout: Option<u16>,
}

/// A packet socket, bound to one interface or to all.
pub(super) struct Socket {
    // Before the descriptor, so that the memory is unmapped first.
    pub ring: Ring,
    descriptor: OwnedFd,
    /// Packets the kernel dropped; reading its counter resets that.
    drops: Cell<u64>,
}

impl Socket {
    /// Opens a socket that lets nothing in until [`Self::start`].
    ///
    /// Nothing is queued before the socket is bound, and while it joins its group
    /// a filter holds everything back: no packet gets in unfiltered or twice.
    pub(super) fn open(wanted: &Wanted) -> io::Result<Self> {
        let kind = match wanted.framing {
            Framing::Cooked => libc::SOCK_DGRAM,
            Framing::Ethernet | Framing::Plain(_) => libc::SOCK_RAW,
        };
        // SAFETY: the call takes numbers only.
        let descriptor = unsafe { libc::socket(libc::AF_PACKET, kind | libc::SOCK_CLOEXEC, 0) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just opened and belongs to nobody else.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        let socket = descriptor.as_fd();
        let version = libc::tpacket_versions::TPACKET_V3 as libc::c_int;
        set_packet_option(socket, libc::PACKET_VERSION, &version)?;
        let reserve = match wanted.framing {
            Framing::Cooked => COOKED_RESERVE,
            Framing::Ethernet | Framing::Plain(_) => TAG_LENGTH,
        };
        set_packet_option(
            socket,
            libc::PACKET_RESERVE,
            &u32::try_from(reserve).unwrap_or(0),
        )?;
        let ring = Ring::new(socket, wanted.ring_bytes, wanted.block_bytes)?;
        if wanted.ignore_outgoing {
            // Since Linux 4.20; older kernels leave it to the reader.
            let _ = set_packet_option(socket, libc::PACKET_IGNORE_OUTGOING, &1);
        }
        attach(socket, &HOLD)?;
        bind(socket, wanted.index)?;
        if wanted.promiscuous {
            promiscuous(socket, wanted.index)?;
        }
        if let Some(group) = wanted.fanout {
            let mode = libc::PACKET_FANOUT_HASH | libc::PACKET_FANOUT_FLAG_DEFRAG;
            let argument = u32::from(group) | (mode << 16);
            set_packet_option(socket, libc::PACKET_FANOUT, &argument)?;
        }
        Ok(Self {
            ring,
            descriptor,
            drops: Cell::new(0),
        })
    }

    /// Lets packets in, those that pass the program.
    pub(super) fn start(&self, program: &[Instruction]) -> io::Result<()> {
        if program.is_empty() {
            set_option(
                self.descriptor.as_fd(),
                libc::SOL_SOCKET,
                libc::SO_DETACH_FILTER,
                &0,
            )
        } else {
            attach(self.descriptor.as_fd(), program)
        }
    }

    pub(super) fn descriptor(&self) -> libc::c_int {
        self.descriptor.as_raw_fd()
    }

    /// Packets dropped because the ring was full, since the socket was opened.
    pub(super) fn drops(&self) -> u64 {
        // SAFETY: all fields are numbers.
        let mut statistics: libc::tpacket_stats_v3 = unsafe { std::mem::zeroed() };
        let (level, option) = (libc::SOL_PACKET, libc::PACKET_STATISTICS);
        if get_option(self.descriptor.as_fd(), level, option, &mut statistics).is_ok() {
            let drops = self.drops.get() + u64::from(statistics.tp_drops);
            self.drops.set(drops);
        }
        self.drops.get()
    }

    /// Takes the error the kernel has left on the socket, so that waiting works again.
    pub(super) fn clear_error(&self) {
        let mut error: libc::c_int = 0;
        let _ = get_option(
            self.descriptor.as_fd(),
            libc::SOL_SOCKET,
            libc::SO_ERROR,
            &mut error,
        );
    }
}

fn bind(socket: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    // SAFETY: all fields are numbers or arrays of numbers.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index.cast_signed();
    // SAFETY: the address lives until the call returns and has the stated size.
    let status = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_ll>() as libc::socklen_t,
        )
    };
    result(status)
}

fn promiscuous(socket: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    let membership = libc::packet_mreq {
        mr_ifindex: index.cast_signed(),
        mr_type: libc::PACKET_MR_PROMISC as libc::c_ushort,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set_packet_option(socket, libc::PACKET_ADD_MEMBERSHIP, &membership)
}

fn attach(socket: BorrowedFd<'_>, program: &[Instruction]) -> io::Result<()> {
    let attached = libc::sock_fprog {
        len: program.len() as libc::c_ushort,
        filter: program.as_ptr().cast_mut().cast(),
    };
    set_option(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &attached)
}

fn set_packet_option<T>(socket: BorrowedFd<'_>, option: libc::c_int, value: &T) -> io::Result<()> {
    set_option(socket, libc::SOL_PACKET, option, value)
}

pub(super) fn set_option<T>(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    option: libc::c_int,
    value: &T,
) -> io::Result<()> {
    // SAFETY: the value lives until the call returns and has the stated size; what it points to, does too.
    let status = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            ptr_of(value),
            size_of::<T>() as libc::socklen_t,
        )
    };
    result(status)
}

fn get_option<T>(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    option: libc::c_int,
    value: &mut T,
) -> io::Result<()> {
    let mut length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes; callers pass plain numbers only.
    let status = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            option,
            std::ptr::from_mut(value).cast(),
            &raw mut length,
        )
    };
    result(status)
}

fn ptr_of<T>(value: &T) -> *const libc::c_void {
    std::ptr::from_ref(value).cast()
}

fn result(status: libc::c_int) -> io::Result<()> {
    if status == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
