//! Header compression of HTTP/2 (RFC 7541).

use std::collections::VecDeque;

/// Bytes of a dynamic table, as both sides announce at most; the default is 4,096.
const MAX_TABLE: usize = 64 << 10;

/// Bytes of a name or value that are kept.
const MAX_TEXT: usize = 32 << 10;

/// Bytes that a block may decode to: one byte can name an entry of many.
const MAX_LIST: usize = 256 << 10;

/// What an entry costs beside its bytes (section 4.1).
const ENTRY_COST: usize = 32;

/// The static table (appendix A).
const STATIC: [(&[u8], &[u8]); 61] = [
    (b":authority", b""),
    (b":method", b"GET"),
    (b":method", b"POST"),
    (b":path", b"/"),
    (b":path", b"/index.html"),
    (b":scheme", b"http"),
    (b":scheme", b"https"),
    (b":status", b"200"),
    (b":status", b"204"),
    (b":status", b"206"),
    (b":status", b"304"),
    (b":status", b"400"),
    (b":status", b"404"),
    (b":status", b"500"),
    (b"accept-charset", b""),
    (b"accept-encoding", b"gzip, deflate"),
    (b"accept-language", b""),
    (b"accept-ranges", b""),
    (b"accept", b""),
    (b"access-control-allow-origin", b""),
    (b"age", b""),
    (b"allow", b""),
    (b"authorization", b""),
    (b"cache-control", b""),
    (b"content-disposition", b""),
    (b"content-encoding", b""),
    (b"content-language", b""),
    (b"content-length", b""),
    (b"content-location", b""),
    (b"content-range", b""),
    (b"content-type", b""),
    (b"cookie", b""),
    (b"date", b""),
    (b"etag", b""),
    (b"expect", b""),
    (b"expires", b""),
    (b"from", b""),
    (b"host", b""),
    (b"if-match", b""),
    (b"if-modified-since", b""),
    (b"if-none-match", b""),
    (b"if-range", b""),
    (b"if-unmodified-since", b""),
    (b"last-modified", b""),
    (b"link", b""),
    (b"location", b""),
    (b"max-forwards", b""),
    (b"proxy-authenticate", b""),
    (b"proxy-authorization", b""),
    (b"range", b""),
    (b"referer", b""),
    (b"refresh", b""),
    (b"retry-after", b""),
    (b"server", b""),
    (b"set-cookie", b""),
    (b"strict-transport-security", b""),
    (b"transfer-encoding", b""),
    (b"user-agent", b""),
    (b"vary", b""),
    (b"via", b""),
    (b"www-authenticate", b""),
];

/// How many bits the code of each byte has, and of the end (appendix B). The codes follow from that:
/// they are in the order of their lengths, then of the bytes.
const CODE_BITS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

/// The longest code.
const MAX_BITS: usize = 30;

/// The codes by length.
struct Huffman {
    /// The first code of each length.
    first: [u32; MAX_BITS + 1],
    /// How many codes there are of each length.
    count: [u32; MAX_BITS + 1],
    /// Where the symbols of each length begin.
    start: [u32; MAX_BITS + 1],
    /// The symbols in the order of their codes.
    symbols: [u16; 257],
}

static HUFFMAN: Huffman = huffman();

#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a wrong index is a compile error"
)]
const fn huffman() -> Huffman {
    let mut table = Huffman {
        first: [0; MAX_BITS + 1],
        count: [0; MAX_BITS + 1],
        start: [0; MAX_BITS + 1],
        symbols: [0; 257],
    };
    let (mut code, mut placed, mut bits) = (0, 0, 1);
    while bits <= MAX_BITS {
        code <<= 1;
        table.first[bits] = code;
        table.start[bits] = placed;
        let mut symbol = 0;
        while symbol < 257 {
            if CODE_BITS[symbol] as usize == bits {
                table.symbols[placed as usize] = symbol as u16;
                placed += 1;
                code += 1;
            }
            symbol += 1;
        }
        table.count[bits] = placed - table.start[bits];
        bits += 1;
    }
    table
}

/// Decodes a string of Huffman codes; what cannot be decoded is left out, and nothing follows it.
fn unhuffman(bytes: &[u8], out: &mut Vec<u8>) {
    let (mut code, mut bits) = (0_u32, 0_usize);
    for byte in bytes {
        for shift in (0..8).rev() {
            code = code << 1 | u32::from(byte >> shift & 1);
            bits += 1;
            let Some(found) = HUFFMAN.symbol(code, bits) else {
                if bits >= MAX_BITS {
                    return;
                }
                continue;
            };
            let Ok(found) = u8::try_from(found) else {
                return;
            };
            if out.len() >= MAX_TEXT {
                return;
            }
            out.push(found);
            (code, bits) = (0, 0);
        }
    }
}

impl Huffman {
    fn symbol(&self, code: u32, bits: usize) -> Option<u16> {
        let index = code.checked_sub(*self.first.get(bits)?)?;
        if index >= *self.count.get(bits)? {
            return None;
        }
        let start = *self.start.get(bits)?;
        self.symbols
            .get(start.checked_add(index)? as usize)
            .copied()
    }
}

/// A name and a value.
type Entry = (Box<[u8]>, Box<[u8]>);

/// One side's headers as they come.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The newest entry first.
    entries: VecDeque<Entry>,
    size: usize,
    limit: usize,
}

/// What is wrong with a block of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It ends too early, or names an entry that is not there.
    Invalid,
    /// A number in it is too large.
    Overflow,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            size: 0,
            limit: 4_096,
        }
    }
}

impl Decoder {
    /// Reads a block and gives each header's name and value.
    pub(super) fn read(
        &mut self,
        block: &[u8],
        give: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), Wrong> {
        let mut rest = block;
        let (mut name, mut value) = (Vec::new(), Vec::new());
        let mut given = 0_usize;
        while let Some(first) = rest.first().copied() {
            name.clear();
            value.clear();
            if first & 0x80 != 0 {
                let index = integer(&mut rest, 7)?;
                self.look(index, &mut name, Some(&mut value))?;
            } else if first & 0xe0 == 0x20 {
                let limit = integer(&mut rest, 5)?;
                self.limit = usize::try_from(limit).unwrap_or(MAX_TABLE).min(MAX_TABLE);
                self.shrink(0);
                continue;
            } else {
                let is_kept = first & 0x40 != 0;
                match integer(&mut rest, if is_kept { 6 } else { 4 })? {
                    0 => text(&mut rest, &mut name)?,
                    index => self.look(index, &mut name, None)?,
                }
                text(&mut rest, &mut value)?;
                if is_kept {
                    self.keep(&name, &value);
                }
            }
            given = given.saturating_add(name.len()).saturating_add(value.len());
            if given > MAX_LIST {
                return Err(Wrong::Overflow);
            }
            give(&name, &value);
        }
        Ok(())
    }

    /// Roughly how many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.size
    }

    fn look(
        &self,
        index: u64,
        name: &mut Vec<u8>,
        value: Option<&mut Vec<u8>>,
    ) -> Result<(), Wrong> {
        let index = usize::try_from(index).map_err(|_| Wrong::Overflow)?;
        let index = index.checked_sub(1).ok_or(Wrong::Invalid)?;
        let known = STATIC.get(index).copied().or_else(|| {
            let (name, value) = self.entries.get(index.checked_sub(STATIC.len())?)?;
            Some((name, value))
        });
        let (known_name, known_value) = known.ok_or(Wrong::Invalid)?;
        name.extend_from_slice(known_name);
        if let Some(value) = value {
            value.extend_from_slice(known_value);
        }
        Ok(())
    }

    fn keep(&mut self, name: &[u8], value: &[u8]) {
        let cost = ENTRY_COST
            .saturating_add(name.len())
            .saturating_add(value.len());
        self.shrink(cost);
        if cost <= self.limit {
            self.size = self.size.saturating_add(cost);
            self.entries.push_front((name.into(), value.into()));
        }
    }

    /// Makes room.
    fn shrink(&mut self, needed: usize) {
        while self.size.saturating_add(needed) > self.limit {
            let Some((name, value)) = self.entries.pop_back() else {
                return;
            };
            let cost = ENTRY_COST
                .saturating_add(name.len())
                .saturating_add(value.len());
            self.size = self.size.saturating_sub(cost);
        }
    }
}

/// A number whose first byte has so many bits for it (section 5.1).
fn integer(rest: &mut &[u8], bits: u32) -> Result<u64, Wrong> {
    let (first, mut tail) = rest.split_first().ok_or(Wrong::Invalid)?;
    let limit = (1_u64 << bits).wrapping_sub(1);
    let mut value = u64::from(*first) & limit;
    if value == limit {
        let mut shift = 0;
        loop {
            let (byte, after) = tail.split_first().ok_or(Wrong::Invalid)?;
            tail = after;
            if shift > 28 {
                return Err(Wrong::Overflow);
            }
            value = value.saturating_add(u64::from(byte & 0x7f) << shift);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    *rest = tail;
    Ok(value)
}

/// A string (section 5.2).
fn text(rest: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Wrong> {
    let is_packed = rest.first().ok_or(Wrong::Invalid)? & 0x80 != 0;
    let length = usize::try_from(integer(rest, 7)?).map_err(|_| Wrong::Overflow)?;
    let (bytes, tail) = rest.split_at_checked(length).ok_or(Wrong::Invalid)?;
    *rest = tail;
    if is_packed {
        unhuffman(bytes, out);
    } else {
        out.extend_from_slice(bytes.get(..MAX_TEXT).unwrap_or(bytes));
    }
    Ok(())
}
