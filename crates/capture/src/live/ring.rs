//! A ring of memory shared with the kernel, into which it writes packets.
//!
//! The kernel fills one block after the other and hands each over when it is
//! full or old enough. Packets are used where they lie; a block goes back to the
//! kernel when all its packets have been used.
//! Linux `Documentation/networking/packet_mmap.rst`, `TPACKET_V3`.

use std::io;
use std::mem::offset_of;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where a packet's `sockaddr_ll` is, from its header: behind the header, aligned to 16.
const ADDRESS_OFFSET: usize =
    size_of::<libc::tpacket3_hdr>().next_multiple_of(libc::TPACKET_ALIGNMENT);

/// Bytes before this belong to the kernel's own headers.
const HEADERS: usize = ADDRESS_OFFSET + size_of::<libc::sockaddr_ll>();

/// How long the kernel keeps a block that is not full: quiet links show within this time.
const BLOCK_TIMEOUT_MS: u32 = 50;

/// Needed by the kernel's checks only: version 3 packs packets of any length.
const FRAME_SIZE: usize = 2048;

/// The smallest ring worth having when the kernel has no memory for a larger one.
const MIN_BLOCKS: usize = 2;

/// One packet in the ring.
pub(super) struct Frame {
    /// Where its bytes start.
    pub bytes: *mut u8,
    /// How many bytes there are.
    pub captured: usize,
    /// Bytes before `bytes` that may be written over.
    pub headroom: usize,
    pub wire_length: u32,
    pub ts: i64,
    /// Whether checksums are still to be filled in.
    pub(super) checksum_pending: bool,
    /// VLAN tag the kernel took out: protocol and tag.
    pub tag: Option<(u16, u16)>,
    /// Whence it came: protocol, interface, direction.
    pub address: libc::sockaddr_ll,
}

/// The memory, and how far it has been read.
pub(super) struct Ring {
    memory: *mut u8,
    block_size: usize,
    blocks: usize,
    /// The block that is read or will be read next.
    current: usize,
    /// Offset of the next packet in the memory, and packets left in the block.
    open: Option<(usize, u32)>,
    /// Blocks before `current` that have been read and not given back.
    finished: usize,
}

// SAFETY: the ring owns its mapping; nothing in it is bound to a thread.
unsafe impl Send for Ring {}

impl Ring {
    /// Sets up a ring of about `size` bytes on a socket and maps it.
    ///
    /// Takes half as much, again and again, when the kernel has no memory for it.
    pub(super) fn new(socket: BorrowedFd<'_>, size: usize, block_size: usize) -> io::Result<Self> {
        let mut blocks = (size / block_size).max(MIN_BLOCKS);
        loop {
            match request(socket, blocks, block_size) {
                Err(error)
                    if error.raw_os_error() == Some(libc::ENOMEM) && blocks / 2 >= MIN_BLOCKS =>
                {
                    blocks /= 2;
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        // SAFETY: a new mapping of the ring just made, of its exact size.
        let memory = unsafe {
            libc::mmap(
                ptr::null_mut(),
                blocks * block_size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                socket.as_raw_fd(),
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            memory: memory.cast(),
            block_size,
            blocks,
            current: 0,
            open: None,
            finished: 0,
        })
    }

    /// When the next packet was captured; `None` if there is none yet.
    pub(super) fn pending(&mut self) -> Option<i64> {
        self.open().map(|offset| time_of(&self.header(offset)))
    }

    /// The next packet. Its bytes stay until [`Self::release`].
    pub(super) fn take(&mut self) -> Option<Frame> {
        let offset = self.open()?;
        let header = self.header(offset);
        let start = offset + usize::from(header.tp_mac);
        let room = (self.current + 1) * self.block_size;
        let frame = (start >= offset + HEADERS && start + header.tp_snaplen as usize <= room)
            .then(|| self.frame(offset, &header));
        self.advance(offset + header.tp_next_offset as usize, frame.is_some());
        frame
    }

    /// Gives the blocks that have been read back to the kernel.
    pub(super) fn release(&mut self) {
        while self.finished > 0 {
            let block = (self.current + self.blocks - self.finished) % self.blocks;
            self.status(block)
                .store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.finished -= 1;
        }
    }

    /// Offset of the next packet, opening the next block where the last one is read.
    fn open(&mut self) -> Option<usize> {
        loop {
            match self.open {
                Some((offset, 1..)) => return Some(offset),
                Some((_, 0)) => self.next_block(),
                None => self.open = Some(self.open_block()?),
            }
        }
    }

    fn open_block(&self) -> Option<(usize, u32)> {
        let ready = self.status(self.current).load(Ordering::Acquire) & libc::TP_STATUS_USER != 0;
        if !ready || self.finished == self.blocks {
            return None;
        }
        let start = self.current * self.block_size;
        let description = start + offset_of!(libc::tpacket_block_desc, hdr);
        // SAFETY: the block is ours since its status says so, and starts with this description.
        let head = unsafe {
            self.memory
                .add(description)
                .cast::<libc::tpacket_hdr_v1>()
                .read_unaligned()
        };
        Some(self.inside(start + head.offset_to_first_pkt as usize, head.num_pkts))
    }

    /// A position, or the end of the block if it is not inside it.
    fn inside(&self, offset: usize, left: u32) -> (usize, u32) {
        let end = (self.current + 1) * self.block_size;
        if offset + HEADERS <= end {
            (offset, left)
        } else {
            (offset, 0)
        }
    }

    fn advance(&mut self, next: usize, intact: bool) {
        if let Some((_, left)) = self.open {
            let left = if intact { left.saturating_sub(1) } else { 0 };
            self.open = Some(self.inside(next, left));
        }
    }

    fn next_block(&mut self) {
        self.open = None;
        self.finished += 1;
        self.current = (self.current + 1) % self.blocks;
    }

    fn status(&self, block: usize) -> &AtomicU32 {
        let offset = block * self.block_size
            + offset_of!(libc::tpacket_block_desc, hdr)
            + offset_of!(libc::tpacket_hdr_v1, block_status);
        // SAFETY: `block` is below the number of blocks; the word is aligned, and both sides use it as an atomic flag.
        unsafe { AtomicU32::from_ptr(self.memory.add(offset).cast()) }
    }

    /// The header at an offset that [`Self::inside`] approved.
    fn header(&self, offset: usize) -> libc::tpacket3_hdr {
        // SAFETY: the offset leaves room for a header inside a block that is ours.
        unsafe {
            self.memory
                .add(offset)
                .cast::<libc::tpacket3_hdr>()
                .read_unaligned()
        }
    }

    fn frame(&self, offset: usize, header: &libc::tpacket3_hdr) -> Frame {
        let tagged =
            header.tp_status & libc::TP_STATUS_VLAN_VALID != 0 || header.hv1.tp_vlan_tci != 0;
        let protocol = if header.tp_status & libc::TP_STATUS_VLAN_TPID_VALID != 0 {
            header.hv1.tp_vlan_tpid
        } else {
            0x8100
        };
        let mac = usize::from(header.tp_mac);
        Frame {
            // SAFETY: `take` has checked that the bytes lie inside the block.
            bytes: unsafe { self.memory.add(offset + mac) },
            captured: header.tp_snaplen as usize,
            headroom: mac - HEADERS,
            wire_length: header.tp_len,
            ts: time_of(header),
            checksum_pending: header.tp_status & libc::TP_STATUS_CSUMNOTREADY != 0,
            tag: tagged.then_some((protocol, header.hv1.tp_vlan_tci as u16)),
            // SAFETY: `HEADERS` bytes from the offset on are inside the block, and the address is part of these.
            address: unsafe {
                self.memory
                    .add(offset + ADDRESS_OFFSET)
                    .cast::<libc::sockaddr_ll>()
                    .read_unaligned()
            },
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, of this size, and no packet of it is in use after its owner.
        unsafe { libc::munmap(self.memory.cast(), self.blocks * self.block_size) };
    }
}

fn time_of(header: &libc::tpacket3_hdr) -> i64 {
    i64::from(header.tp_sec) * 1_000_000_000 + i64::from(header.tp_nsec)
}

fn request(socket: BorrowedFd<'_>, blocks: usize, block_size: usize) -> io::Result<()> {
    let number =
        |value: usize| u32::try_from(value).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL));
    let wanted = libc::tpacket_req3 {
        tp_block_size: number(block_size)?,
        tp_block_nr: number(blocks)?,
        tp_frame_size: number(FRAME_SIZE)?,
        tp_frame_nr: number(blocks * (block_size / FRAME_SIZE))?,
        tp_retire_blk_tov: BLOCK_TIMEOUT_MS,
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    };
    super::socket::set_option(socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &wanted)
}
