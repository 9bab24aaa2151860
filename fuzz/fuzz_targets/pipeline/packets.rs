//! Packets made from bytes: a capture, or steps of conversations whose headers are right of themselves, so
//! that what changes is what is said, and when.

use std::time::Duration;

use wirewatch_capture::{Counters, Error, Event, MAX_GROUP, Packet, Polled, Source, read_bytes};

/// Packets of one run at most: a byte of the input can make two.
const MAX_PACKETS: usize = 4096;
/// Conversations that a step can name.
const CONVERSATIONS: usize = 8;
/// When the first packet is captured.
const BEGIN_NS: i64 = 1_700_000_000_000_000_000;
const MILLISECOND: i64 = 1_000_000;

/// Ports of services, for protocols that are looked for there only. `fuzz/seeds.py` knows the order.
const PORTS: [u16; 64] = [
    80, 53, 443, 25, 445, 135, 22, 21, 88, 389, 2049, 3389, 67, 161, 5060, 1883, 143, 500, 5432,
    3306, 110, 69, 1433, 5900, 547, 5353, 137, 1080, 6379, 123, 1812, 514, 23, 502, 20000, 44818,
    5683, 1900, 3478, 6667, 5355, 4433, 6881, 8080, 139, 111, 20, 587, 993, 4789, 6081, 3544, 1723,
    2152, 1701, 5061, 8443, 11211, 546, 68, 162, 4500, 179, 49152,
];

const ETHERNET: u16 = 1;
const LINKS: [u16; 8] = [ETHERNET, 101, 113, 276, 0, 105, 127, 9];

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PUSH: u8 = 8;
const ACK: u8 = 16;

/// A packet that belongs to nobody else.
struct Made {
    ts: i64,
    interface: u32,
    link: u16,
    wire_length: u32,
    bytes: Vec<u8>,
}

/// All packets of a run.
#[derive(Default)]
pub struct Packets {
    all: Vec<Made>,
    next: usize,
    wire_bytes: u64,
}

impl Packets {
    /// A capture file if it begins like one, steps otherwise.
    pub fn of(bytes: &[u8]) -> Self {
        let mut packets = Self::default();
        if is_capture(bytes) {
            packets.read(bytes);
        } else {
            Talk::new(&mut packets).steps(bytes);
        }
        packets
    }

    pub fn len(&self) -> u64 {
        self.all.len() as u64
    }

    pub fn wire_bytes(&self) -> u64 {
        self.wire_bytes
    }

    fn read(&mut self, bytes: &[u8]) {
        // A damaged file has packets all the same.
        let _ = read_bytes(bytes, &mut |group| {
            for packet in group {
                self.push(Made {
                    ts: packet.ts,
                    interface: packet.interface,
                    link: packet.link,
                    wire_length: packet.wire_length,
                    bytes: packet.bytes.to_vec(),
                });
            }
        });
    }

    fn push(&mut self, made: Made) {
        if self.all.len() < MAX_PACKETS {
            self.wire_bytes += u64::from(made.wire_length);
            self.all.push(made);
        }
    }
}

/// Whether these are the first bytes of pcap or pcapng.
fn is_capture(bytes: &[u8]) -> bool {
    const MAGIC: [[u8; 4]; 5] = [
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0x0a, 0x0d, 0x0d, 0x0a],
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

impl Source for Packets {
    fn poll(&mut self, _: Duration, take: &mut dyn FnMut(&[Packet<'_>])) -> Result<Polled, Error> {
        let group: Vec<Packet<'_>> = (self.next..self.all.len())
            .take(MAX_GROUP)
            .map(|at| {
                let made = &self.all[at];
                Packet {
                    ts: made.ts,
                    number: at as u64 + 1,
                    interface: made.interface,
                    link: made.link,
                    wire_length: made.wire_length,
                    checksum_pending: false,
                    bytes: &made.bytes,
                }
            })
            .collect();
        if group.is_empty() {
            return Ok(Polled::End);
        }
        self.next += group.len();
        take(&group);
        Ok(Polled::Packets(group.len()))
    }

    fn interfaces(&self) -> Vec<String> {
        vec!["fuzz".to_owned()]
    }

    fn counters(&self) -> Counters {
        Counters {
            packets: self.next as u64,
            ..Counters::default()
        }
    }

    fn events(&mut self) -> Vec<Event> {
        Vec::new()
    }

    fn progress(&self) -> Option<f64> {
        None
    }
}

/// One of the conversations.
#[derive(Clone, Copy, Default)]
struct Conversation {
    is_begun: bool,
    is_udp: bool,
    is_v6: bool,
    vlan: bool,
    ports: [u16; 2],
    /// What each side sends next.
    sequence: [u32; 2],
}

/// Makes packets from steps.
struct Talk<'a> {
    out: &'a mut Packets,
    now: i64,
    begun: u16,
    all: [Conversation; CONVERSATIONS],
}

/// Takes bytes from the front, zeros when there are none.
fn byte(rest: &mut &[u8]) -> u8 {
    let Some((first, after)) = rest.split_first() else {
        return 0;
    };
    *rest = after;
    *first
}

fn word(rest: &mut &[u8]) -> u16 {
    u16::from_le_bytes([byte(rest), byte(rest)])
}

fn some<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (bytes, after) = rest.split_at(length.min(rest.len()));
    *rest = after;
    bytes
}

impl<'a> Talk<'a> {
    fn new(out: &'a mut Packets) -> Self {
        Self {
            out,
            now: BEGIN_NS,
            begun: 0,
            all: Default::default(),
        }
    }

    fn steps(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() && self.out.all.len() < MAX_PACKETS {
            let step = byte(&mut rest);
            match step & 3 {
                0 | 1 => self.say(step, &mut rest),
                2 => self.frame(step, &mut rest),
                _ => self.happen(step, &mut rest),
            }
        }
    }

    /// A side says something. Bits: 2 to 4 the conversation, 5 the side, 6 a length of two bytes, 7 oddly.
    fn say(&mut self, step: u8, rest: &mut &[u8]) {
        let number = usize::from(step >> 2 & 7);
        let side = usize::from(step >> 5 & 1);
        if !self.all[number].is_begun {
            let (how, port) = (byte(rest), byte(rest));
            self.begin(number, how, port);
        }
        let odd = if step & 0x80 == 0 { 0 } else { byte(rest) };
        let length = if step & 0x40 == 0 {
            usize::from(byte(rest))
        } else {
            usize::from(word(rest))
        };
        let payload = some(rest, length);
        if self.all[number].is_udp {
            self.datagram(number, side, payload);
            return;
        }
        // Five bits move it against what came before, three say what else is odd.
        let shift = i32::from(odd & 31) - if odd & 16 == 0 { 0 } else { 32 };
        let flags = PUSH | ACK | odd >> 7 & 1;
        let at = self.all[number].sequence[side].wrapping_add_signed(shift);
        self.segment(number, side, at, flags, payload);
        if odd & 0x20 == 0 {
            let conversation = &mut self.all[number];
            conversation.sequence[side] = at
                .wrapping_add(payload.len() as u32)
                .wrapping_add(u32::from(flags & FIN));
        }
        if odd & 0x40 == 0 {
            self.segment(
                number,
                1 - side,
                self.all[number].sequence[1 - side],
                ACK,
                &[],
            );
        }
    }

    fn begin(&mut self, number: usize, how: u8, port: u8) {
        self.begun += 1;
        let server = if usize::from(port) < PORTS.len() {
            PORTS[usize::from(port)]
        } else {
            1024 + u16::from(port)
        };
        self.all[number] = Conversation {
            is_begun: true,
            is_udp: how & 1 != 0,
            is_v6: how & 2 != 0,
            vlan: how & 8 != 0,
            ports: [40_000 + self.begun, server],
            sequence: [1000, 9000],
        };
        if how & 5 == 0 {
            self.segment(number, 0, 999, SYN, &[]);
            self.segment(number, 1, 8999, SYN | ACK, &[]);
            self.segment(number, 0, 1000, ACK, &[]);
        }
    }

    /// A frame as it is. Bits 2 to 4 choose the link; two bytes of length.
    fn frame(&mut self, step: u8, rest: &mut &[u8]) {
        let length = usize::from(word(rest));
        let bytes = some(rest, length).to_vec();
        self.now += MILLISECOND;
        let cut = if step & 0x20 == 0 { 0 } else { 64 };
        self.out.push(Made {
            ts: self.now,
            interface: 0,
            link: LINKS[usize::from(step >> 2 & 7)],
            wire_length: bytes.len() as u32 + cut,
            bytes,
        });
    }

    /// Time passes, or a conversation ends. Bits 2 and 3 choose, 5 to 7 are the conversation.
    fn happen(&mut self, step: u8, rest: &mut &[u8]) {
        let number = usize::from(step >> 5);
        let Conversation {
            is_begun,
            is_udp,
            sequence,
            ..
        } = self.all[number];
        match step >> 2 & 3 {
            0 => self.now += MILLISECOND << (byte(rest) % 24),
            1 if is_begun && !is_udp => {
                for side in [0, 1] {
                    self.segment(number, side, sequence[side], FIN | ACK, &[]);
                    self.all[number].sequence[side] = sequence[side].wrapping_add(1);
                }
            }
            2 if is_begun && !is_udp => self.segment(number, 0, sequence[0], RST, &[]),
            // The next word of it begins another one.
            _ => self.all[number].is_begun = false,
        }
    }

    fn datagram(&mut self, number: usize, side: usize, payload: &[u8]) {
        let mut bytes = self.addressed(number, side, 17, 8 + payload.len());
        let ports = self.all[number].ports;
        bytes.extend(ports[side].to_be_bytes());
        bytes.extend(ports[1 - side].to_be_bytes());
        bytes.extend(((8 + payload.len()) as u16).to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(payload);
        self.send(bytes);
    }

    fn segment(&mut self, number: usize, side: usize, at: u32, flags: u8, payload: &[u8]) {
        let mut bytes = self.addressed(number, side, 6, 20 + payload.len());
        let Conversation {
            ports, sequence, ..
        } = self.all[number];
        bytes.extend(ports[side].to_be_bytes());
        bytes.extend(ports[1 - side].to_be_bytes());
        bytes.extend(at.to_be_bytes());
        let acknowledged = if flags & ACK == 0 {
            0
        } else {
            sequence[1 - side]
        };
        bytes.extend(acknowledged.to_be_bytes());
        bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(payload);
        self.send(bytes);
    }

    /// Headers down to the network's; checksums are left to the card, as on the sending machine.
    fn addressed(&self, number: usize, side: usize, protocol: u8, length: usize) -> Vec<u8> {
        let conversation = &self.all[number];
        let (from, to) = if side == 0 { (1, 2) } else { (2, 1) };
        let mut bytes = Vec::with_capacity(64 + length);
        bytes.extend([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from]);
        if conversation.vlan {
            bytes.extend([0x81, 0, 0, 7]);
        }
        if conversation.is_v6 {
            bytes.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            bytes.extend((length as u16).to_be_bytes());
            bytes.extend([protocol, 64]);
            for end in [from, to] {
                bytes.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
            }
        } else {
            bytes.extend([0x08, 0, 0x45, 0]);
            bytes.extend(((20 + length) as u16).to_be_bytes());
            bytes.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
            for end in [from, to] {
                bytes.extend([192, 0, 2, end]);
            }
        }
        bytes
    }

    fn send(&mut self, bytes: Vec<u8>) {
        self.now += MILLISECOND;
        self.out.push(Made {
            ts: self.now,
            interface: 0,
            link: ETHERNET,
            wire_length: bytes.len() as u32,
            bytes,
        });
    }
}
