//! DCE/RPC packets over connections (C706 chapter 12, [MS-RPCE] 2.2.2): headers and what binds say.

use crate::waiting::Cut;

/// Bytes of the header that all packets have.
pub(crate) const HEADER: usize = 16;

pub(crate) const REQUEST: u8 = 0;
pub(crate) const RESPONSE: u8 = 2;
pub(crate) const BIND: u8 = 11;
pub(crate) const BIND_ACK: u8 = 12;
pub(crate) const ALTER_CONTEXT: u8 = 14;
pub(crate) const ALTER_CONTEXT_RESPONSE: u8 = 15;
pub(crate) const AUTH3: u8 = 16;

/// The packet ends a call's side.
pub(crate) const LAST: u8 = 2;
/// An object's number stands before the arguments.
const OBJECT: u8 = 0x80;

/// What all packets begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) minor: u8,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) little: bool,
    /// The whole packet's.
    pub(crate) length: usize,
    pub(crate) auth_length: usize,
    pub(crate) call_id: u32,
}

impl Header {
    /// Reads it; none when it is cut off or another protocol's.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [
            5,
            minor @ (0 | 1),
            kind @ 0..=19,
            flags,
            data,
            _,
            _,
            _,
            l0,
            l1,
            a0,
            a1,
            c @ ..,
        ] = *bytes.first_chunk::<HEADER>()?
        else {
            return None;
        };
        let little = data & 0x10 != 0;
        let short = |pair| {
            if little {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            }
        };
        let length = usize::from(short([l0, l1]));
        (length >= HEADER).then(|| Self {
            minor,
            kind,
            flags,
            little,
            length,
            auth_length: usize::from(short([a0, a1])),
            call_id: if little {
                u32::from_le_bytes(c)
            } else {
                u32::from_be_bytes(c)
            },
        })
    }

    /// Whether a client sends such packets.
    pub(crate) fn is_request(self) -> bool {
        matches!(self.kind, REQUEST | BIND | ALTER_CONTEXT | AUTH3 | 18 | 19)
    }

    /// The packet's name in records.
    pub(crate) fn name(kind: u8) -> &'static str {
        const NAMES: [&str; 20] = [
            "REQUEST",
            "PING",
            "RESPONSE",
            "FAULT",
            "WORKING",
            "NOCALL",
            "REJECT",
            "ACK",
            "CL_CANCEL",
            "FACK",
            "CANCEL_ACK",
            "BIND",
            "BINDACK",
            "BINDNAK",
            "ALTER_CONTEXT",
            "ALTER_CONTEXT_RESP",
            "AUTH3",
            "SHUTDOWN",
            "CO_CANCEL",
            "ORPHANED",
        ];
        NAMES.get(usize::from(kind)).copied().unwrap_or("UNKNOWN")
    }

    /// Whether it carries arguments or results.
    pub(crate) fn carries_stub(self) -> bool {
        matches!(self.kind, REQUEST | RESPONSE)
    }

    /// The credentials at the end of a packet.
    pub(crate) fn credentials(self, packet: &[u8]) -> &[u8] {
        let start = packet.len().checked_sub(self.auth_length);
        start
            .and_then(|start| packet.get(start..))
            .unwrap_or_default()
    }
}

/// Numbers in the byte order of the packet's sender.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ordered<'a> {
    pub(crate) cut: Cut<'a>,
    pub(crate) little: bool,
}

impl<'a> Ordered<'a> {
    pub(crate) fn new(bytes: &'a [u8], little: bool) -> Self {
        Self {
            cut: Cut(bytes),
            little,
        }
    }

    pub(crate) fn short(&mut self) -> Option<u16> {
        if self.little {
            self.cut.le16()
        } else {
            self.cut.be16()
        }
    }

    pub(crate) fn long(&mut self) -> Option<u32> {
        if self.little {
            self.cut.le32()
        } else {
            self.cut.be32()
        }
    }

    /// A UUID in the order in which it is written.
    pub(crate) fn uuid(&mut self) -> Option<Uuid> {
        let mut bytes: [u8; 16] = self.cut.array()?;
        if self.little {
            for part in [0..4, 4..6, 6..8] {
                bytes.get_mut(part)?.reverse();
            }
        }
        Some(Uuid(bytes))
    }
}

/// A number of an interface, an object or an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Uuid(pub(crate) [u8; 16]);

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// An interface that a client wants to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interface {
    /// By which requests refer to it.
    pub(crate) context: u16,
    pub(crate) uuid: Uuid,
    pub(crate) major: u16,
    pub(crate) minor: u16,
    /// The server's answer: result and reason.
    pub(crate) answer: Option<(u16, u16)>,
}

/// Interfaces of one bind that are read; servers allow fewer.
pub(crate) const MAX_INTERFACES: usize = 32;

/// What a bind or an alteration asks for.
pub(crate) fn interfaces(body: &[u8], little: bool) -> Vec<Interface> {
    let mut fields = Ordered::new(body, little);
    let mut found = Vec::new();
    let _ = (fields.short(), fields.short(), fields.long());
    let count = fields.cut.byte().unwrap_or(0);
    fields.cut.take(3);
    for _ in 0..usize::from(count).min(MAX_INTERFACES) {
        let Some(interface) = interface(&mut fields) else {
            break;
        };
        found.push(interface);
    }
    found
}

fn interface(fields: &mut Ordered<'_>) -> Option<Interface> {
    let context = fields.short()?;
    let syntaxes = fields.cut.byte()?;
    fields.cut.byte()?;
    let interface = Interface {
        context,
        uuid: fields.uuid()?,
        major: fields.short()?,
        minor: fields.short()?,
        answer: None,
    };
    fields.cut.take(usize::from(syntaxes).saturating_mul(20))?;
    Some(interface)
}

/// What a server answers to a bind: its second address, and a result and a reason per interface.
pub(crate) fn answers(body: &[u8], little: bool) -> (&[u8], Vec<(u16, u16)>) {
    let mut fields = Ordered::new(body, little);
    let _ = (fields.short(), fields.short(), fields.long());
    let length = usize::from(fields.short().unwrap_or(0));
    let address = fields.cut.take(length).unwrap_or_default();
    // Padding to four bytes, counted from the header.
    let padding = 4_usize.wrapping_sub(length.wrapping_add(2)) % 4;
    fields.cut.take(padding);
    let count = fields.cut.byte().unwrap_or(0);
    fields.cut.take(3);
    let mut found = Vec::new();
    for _ in 0..usize::from(count).min(MAX_INTERFACES) {
        let (Some(result), Some(reason)) = (fields.short(), fields.short()) else {
            break;
        };
        found.push((result, reason));
        fields.cut.take(20);
    }
    (address.strip_suffix(b"\0").unwrap_or(address), found)
}

/// What a request or an answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Body<'a> {
    pub(crate) context: u16,
    /// The procedure's number, in requests.
    pub(crate) operation: u16,
    /// Arguments or results, with what authenticates them.
    pub(crate) stub: &'a [u8],
}

/// Reads what stands behind the header of a request or an answer. `whole` counts the object's number and
/// what precedes results to the stub, as Suricata does outside SMB: rules' offsets are written for that.
pub(crate) fn body<'a>(header: &Header, packet: &'a [u8], whole: bool) -> Option<Body<'a>> {
    let mut fields = Ordered::new(packet.get(HEADER..)?, header.little);
    fields.long()?;
    let context = fields.short()?;
    let operation = fields.short()?;
    if !whole && header.kind == REQUEST && header.flags & OBJECT != 0 {
        fields.cut.take(16)?;
    }
    if whole && header.kind == RESPONSE {
        fields.cut = Cut(packet.get(HEADER..)?);
    }
    Some(Body {
        context,
        operation,
        stub: fields.cut.0,
    })
}
