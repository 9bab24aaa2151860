//! Lines of packets.

use super::line::{Colour, DETAILS_COLUMN, Line};
use crate::{ArpRow, Common, PacketRow, format};

/// Columns of the frame's length: 65,535 and more only with segmentation offload.
const LENGTH_WIDTH: usize = 5;

pub(super) fn write(line: &mut Line<'_>, common: &Common<'_>, packet: &PacketRow<'_>) {
    line.begin(common.ts, name(common), colour(common, packet));
    if common.src_ip.is_some() {
        line.endpoints(common);
    } else {
        link(line, common);
    }
    line.right(LENGTH_WIDTH, |out| {
        format::number(out, u64::from(packet.length));
    });
    if let Some(bits) = packet.tcp_flags {
        tcp(line, packet, bits);
    } else if packet.summary.is_none() {
        icmp(line, common);
    }
    if let Some(proto) = common.app_proto {
        line.text(" ");
        line.paint(Some(Colour::Good), |out| format::text(out, proto));
    }
    line.word(packet.summary.unwrap_or_default());
    if packet.captured_length < packet.length {
        line.named("captured", u64::from(packet.captured_length));
    }
}

pub(super) fn arp(line: &mut Line<'_>, common: &Common<'_>, arp: &ArpRow<'_>) {
    line.begin(common.ts, "ARP", None);
    let (sender, target) = (arp.sender_ip, arp.target_ip);
    line.endpoints(&Common {
        src_ip: sender,
        dst_ip: target,
        ..Common::default()
    });
    line.text(arp.opcode);
    if let Some(mac) = arp.sender_mac {
        line.text(" from ");
        line.paint(None, |out| format::mac(out, mac));
    }
    if let Some(mac) = arp.target_mac.filter(|mac| *mac != [0; 6]) {
        line.text(" to ");
        line.paint(None, |out| format::mac(out, mac));
    }
}

fn colour(common: &Common<'_>, packet: &PacketRow<'_>) -> Option<Colour> {
    const RST: u8 = 0x04;
    match common.proto {
        Some(_) if packet.tcp_flags.is_some_and(|bits| bits & RST != 0) => Some(Colour::Alarm),
        Some("ICMP" | "IPv6-ICMP") => Some(Colour::Warning),
        _ => None,
    }
}

/// The protocol, short enough for its column.
fn name<'a>(common: &Common<'a>) -> &'a str {
    match common.proto {
        Some("IPv6-ICMP") => "ICMP6",
        other => other.unwrap_or("frame"),
    }
}

fn icmp(line: &mut Line<'_>, common: &Common<'_>) {
    if let (Some(kind), Some(code)) = (common.icmp_type, common.icmp_code) {
        line.named("type", u64::from(kind));
        line.named("code", u64::from(code));
    }
}

fn link(line: &mut Line<'_>, common: &Common<'_>) {
    if let (Some(source), Some(destination)) = (common.src_mac, common.dst_mac) {
        line.paint(None, |out| {
            format::mac(out, source);
            out.extend_from_slice(b" > ");
            format::mac(out, destination);
        });
    }
    line.pad(DETAILS_COLUMN);
}

fn tcp(line: &mut Line<'_>, packet: &PacketRow<'_>, bits: u8) {
    line.text(" ");
    line.paint(None, |out| flags(out, bits));
    if let Some(seq) = packet.seq {
        line.named("seq", u64::from(seq));
    }
    if let Some(ack) = packet.ack_seq {
        line.named("ack", u64::from(ack));
    }
    if let Some(window) = packet.window {
        line.named("win", u64::from(window));
    }
    if let Some(length) = packet.payload_length {
        line.named("len", u64::from(length));
    }
}

/// Flags as tcpdump writes them: `[S.]` for SYN and ACK.
fn flags(out: &mut Vec<u8>, bits: u8) {
    const LETTERS: [(u8, u8); 8] = [
        (0x02, b'S'),
        (0x01, b'F'),
        (0x04, b'R'),
        (0x08, b'P'),
        (0x20, b'U'),
        (0x40, b'E'),
        (0x80, b'W'),
        (0x10, b'.'),
    ];
    out.push(b'[');
    let before = out.len();
    out.extend(
        LETTERS
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, letter)| letter),
    );
    if out.len() == before {
        out.extend_from_slice(b"none");
    }
    out.push(b']');
}
