//! CRC32c by tables, eight bytes a step.

/// The Castagnoli polynomial, bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;
/// Where an SCTP header has its checksum.
const FIELD: std::ops::Range<usize> = 8..12;

type Table = [u32; 256];

static TABLES: [Table; 8] = tables();

/// Whether an SCTP packet's checksum is right; the field counts as zero.
pub(crate) fn sctp_is_right(packet: &[u8]) -> bool {
    let (Some(before), Some(field), Some(after)) = (
        packet.get(..FIELD.start),
        packet.get(FIELD),
        packet.get(FIELD.end..),
    ) else {
        return false;
    };
    let crc = update(update(update(u32::MAX, before), &[0; 4]), after);
    field == (!crc).to_le_bytes()
}

fn update(crc: u32, bytes: &[u8]) -> u32 {
    let (steps, rest) = bytes.as_chunks::<8>();
    let crc = steps.iter().fold(crc, |crc, step| {
        let word = u64::from_le_bytes(*step) ^ u64::from(crc);
        TABLES
            .iter()
            .rev()
            .zip(word.to_le_bytes())
            .fold(0, |sum, (table, byte)| sum ^ entry(table, byte))
    });
    rest.iter().fold(crc, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        TABLES.first().map_or(0, |table| entry(table, low ^ byte)) ^ crc >> 8
    })
}

#[inline]
fn entry(table: &Table, byte: u8) -> u32 {
    table.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The remainder of each byte, and of each byte followed by one to seven zeros.
#[allow(clippy::indexing_slicing)] // Runs at compile time, on constant lengths.
const fn tables() -> [Table; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut level = 0;
        while level < 8 {
            let mut bit = 0;
            while bit < 8 {
                crc = (crc >> 1) ^ (POLYNOMIAL * (crc & 1));
                bit += 1;
            }
            tables[level][byte] = crc;
            level += 1;
        }
        byte += 1;
    }
    tables
}
