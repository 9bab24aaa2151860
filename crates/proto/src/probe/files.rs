//! Files over the network: FTP, SMB, DCE/RPC, TFTP, rsync, NFS.

use super::mail::greeting;
use super::read::{byte, fits, matches, starts, starts_any, u16_at, u32_at, weakly};
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// FTP's control channel (RFC 959).
pub(super) const FTP: Protocol = Protocol {
    name: "ftp",
    transport: Transport::Tcp,
    ports: &[21, 2121],
    first: FirstBytes {
        client: &[
            (b'A', b'A'),
            (b'C', b'C'),
            (b'E', b'F'),
            (b'P', b'P'),
            (b'R', b'U'),
            (b'u', b'u'),
            (b'O', b'O'),
        ],
        server: &[(b'2', b'2')],
    },
    probe: |side, bytes| match side {
        Side::Client => weakly(starts_any(
            bytes,
            &[
                b"USER ",
                b"user ",
                b"AUTH TLS",
                b"AUTH SSL",
                b"AUTH GSSAPI",
                b"FEAT\r\n",
                b"SYST\r\n",
                b"OPTS ",
                // A capture may begin in the middle of a session.
                b"PASV\r\n",
                b"EPSV",
                b"PORT ",
                b"EPRT ",
                b"RETR ",
                b"STOR ",
                b"CWD ",
                b"TYPE ",
            ],
        )),
        Side::Server => greeting(bytes, b"FTP", b"SMTP"),
    },
};

/// SMB 1 to 3 over NetBIOS sessions or straight over TCP ([MS-SMB2] 2.1).
pub(super) const SMB: Protocol = Protocol {
    name: "smb",
    transport: Transport::Tcp,
    ports: &[445, 139],
    first: FirstBytes {
        client: &[(0x00, 0x00), (0x81, 0x81)],
        server: &[(0x00, 0x00), (0x82, 0x83)],
    },
    probe: |_, bytes| match (byte(bytes, 0), u32_at(bytes, 0), bytes.get(4..8)) {
        (_, _, Some([0xfc..=0xff, b'S', b'M', b'B'])) if byte(bytes, 0) == Some(0) => {
            Verdict::Match
        }
        (_, Some(0x8100_0044), _) => match byte(bytes, 4) {
            Some(0x20) => Verdict::Match,
            Some(_) => Verdict::NoMatch,
            None => Verdict::Unsure,
        },
        // A session's positive or negative answer.
        (_, Some(0x8200_0000 | 0x8300_0001), _) => Verdict::Weak,
        (Some(0 | 0x81..=0x83), None, _) | (Some(0), Some(_), None) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
};

/// DCE/RPC over TCP (C706, chapter 12): version 5.0, little-endian ASCII IEEE.
pub(super) const DCERPC: Protocol = Protocol {
    name: "dcerpc",
    transport: Transport::Tcp,
    ports: &[135, 593],
    first: FirstBytes {
        client: &[(0x05, 0x05)],
        server: &[(0x05, 0x05)],
    },
    probe: |_, bytes| {
        let Some([5, 0, kind, _, 0x00 | 0x10, 0, 0, 0]) = bytes.first_chunk::<8>() else {
            let partly = bytes.len() < 8 && byte(bytes, 1).is_none_or(|minor| minor == 0);
            return if partly {
                Verdict::Unsure
            } else {
                Verdict::NoMatch
            };
        };
        matches(matches!(kind, 0 | 2 | 3 | 11..=19))
    },
};

/// DCE/RPC by datagrams (C706, section 12.5): version 4, and the length is that of the datagram.
pub(super) const DCERPC_UDP: Protocol = Protocol {
    name: "dcerpc",
    transport: Transport::Udp,
    ports: &[135],
    first: FirstBytes {
        client: &[(0x04, 0x04)],
        server: &[(0x04, 0x04)],
    },
    probe: |_, bytes| {
        let (Some([4, 0..=10, _, _, data, 0, 0, _]), Some([l0, l1])) = (
            bytes.first_chunk::<8>(),
            bytes.get(74..).and_then(<[u8]>::first_chunk::<2>),
        ) else {
            return Verdict::NoMatch;
        };
        let length = match data {
            0x10 => u16::from_le_bytes([*l0, *l1]),
            0 => u16::from_be_bytes([*l0, *l1]),
            _ => return Verdict::NoMatch,
        };
        let window = usize::from(length).saturating_add(80).min(crate::WINDOW);
        matches(window == bytes.len())
    },
};

/// TFTP's read and write requests (RFC 1350); the transfer itself moves to other ports.
pub(super) const TFTP: Protocol = Protocol {
    name: "tftp",
    transport: Transport::Udp,
    ports: &[69],
    first: FirstBytes {
        client: &[(0x00, 0x00)],
        server: &[(0x00, 0x00)],
    },
    probe: |side, bytes| match (side, u16_at(bytes, 0), bytes.get(2..)) {
        (Side::Client, Some(1 | 2), Some(rest)) => tftp_mode(rest),
        // Options, which the server confirms from a port of its own (RFC 2347).
        (_, Some(6), Some(rest)) => {
            match starts_any(
                rest,
                &[b"blksize\0", b"tsize\0", b"timeout\0", b"windowsize\0"],
            ) {
                Verdict::Unsure => Verdict::NoMatch,
                verdict => verdict,
            }
        }
        _ => Verdict::NoMatch,
    },
};

fn tftp_mode(rest: &[u8]) -> Verdict {
    let mut parts = rest.split(|byte| *byte == 0);
    let name = parts.next().unwrap_or_default();
    let mode = parts.next().unwrap_or_default();
    let known = [&b"octet"[..], b"netascii", b"mail"]
        .iter()
        .any(|known| mode.eq_ignore_ascii_case(known));
    matches(known && name.iter().all(u8::is_ascii_graphic))
}

/// rsync's own daemon protocol.
pub(super) const RSYNC: Protocol = Protocol {
    name: "rsync",
    transport: Transport::Tcp,
    ports: &[873],
    first: FirstBytes {
        client: &[(b'@', b'@')],
        server: &[(b'@', b'@')],
    },
    probe: |_, bytes| starts(bytes, b"@RSYNCD:"),
};

/// ONC RPC (RFC 5531), which carries NFS, mount and the port mapper.
pub(super) const NFS_TCP: Protocol = Protocol {
    name: "nfs",
    transport: Transport::Tcp,
    ports: &[2049, 111],
    first: FirstBytes {
        client: &[(0x80, 0x80)],
        server: &[],
    },
    probe: |side, bytes| match (side, bytes.get(4..)) {
        (Side::Client, Some(call)) => rpc_call(call),
        (Side::Client, None) => Verdict::Unsure,
        (Side::Server, _) => Verdict::NoMatch,
    },
};

/// The same over UDP.
pub(super) const NFS_UDP: Protocol = Protocol {
    name: "nfs",
    transport: Transport::Udp,
    ports: &[2049, 111],
    first: FirstBytes {
        client: &[(0x00, 0xff)],
        server: &[(0x00, 0xff)],
    },
    // A client with a port below that of its server is taken for it when the capture began late.
    probe: |_, bytes| match bytes.len() {
        40.. => match rpc_call(bytes) {
            Verdict::Match => Verdict::Match,
            _ => rpc_reply(bytes),
        },
        _ => rpc_reply(bytes),
    },
};

/// An accepted or denied reply (RFC 5531, section 9) without a verifier.
fn rpc_reply(bytes: &[u8]) -> Verdict {
    fits(
        u32_at(bytes, 4) == Some(1) && matches!(u32_at(bytes, 8), Some(0 | 1)) && bytes.len() >= 20,
    )
}

fn rpc_call(bytes: &[u8]) -> Verdict {
    match (u32_at(bytes, 4), u32_at(bytes, 8), u32_at(bytes, 12)) {
        (Some(0), Some(2), Some(program)) => matches((100_000..=100_400).contains(&program)),
        (Some(0) | None, Some(2) | None, None) => Verdict::Unsure,
        _ => fits(false),
    }
}

/// Apple's files over its data stream interface: a direction, a command, a reserved end.
pub(super) const AFP: Protocol = Protocol::tcp(
    "afp",
    &[548],
    FirstBytes::sides(&[(0, 0)], &[(1, 1)]),
    |_, bytes| match bytes {
        [0 | 1, 1..=8, ..] if bytes.len() >= 16 => fits(u32_at(bytes, 12) == Some(0)),
        _ if bytes.len() < 16 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);
