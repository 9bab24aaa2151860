//! Hellos of Google's QUIC before it used TLS: tags and values (its crypto specification).

use crate::tls::read::Reader;

/// Where a hello may begin behind the header: hash, frame type, identifiers and offset come first.
const MAX_BEFORE: usize = 64;
/// Tags of a hello that are read; real ones have about 25.
const MAX_TAGS: usize = 128;

/// A client's hello.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) sni: Vec<u8>,
    pub(super) user_agent: Vec<u8>,
    /// `46,PAD-SNI-VER`: the version's digits and the tags.
    pub(super) tags: String,
}

impl Hello {
    /// Finds and reads a client's hello in a packet's frames.
    pub(super) fn find(frames: &[u8], version: u32) -> Option<Self> {
        let start = frames.get(..MAX_BEFORE + 4).unwrap_or(frames);
        let position = start.windows(4).position(|four| four == b"CHLO")?;
        let mut reader = Reader(frames.get(position + 4..)?);
        let count = usize::from(little16(&mut reader)?);
        reader.take(2)?;
        if count > MAX_TAGS {
            return None;
        }
        let table = reader.take(count * 8)?;
        let values = reader.0;
        let mut hello = Self {
            tags: digits(version),
            ..Self::default()
        };
        let mut begin = 0;
        for (index, entry) in table.as_chunks::<8>().0.iter().enumerate() {
            let [a, b, c, d, end @ ..] = *entry;
            let tag = [a, b, c, d];
            let end = u32::from_le_bytes(end) as usize;
            let value = values.get(begin..end.max(begin)).unwrap_or_default();
            begin = end.max(begin);
            hello.tags.push(if index == 0 { ',' } else { '-' });
            for byte in tag.iter().filter(|byte| byte.is_ascii_graphic()) {
                hello.tags.push(char::from(*byte));
            }
            match &tag {
                b"SNI\0" => hello.sni = value.to_vec(),
                b"UAID" => hello.user_agent = value.to_vec(),
                _ => {}
            }
        }
        Some(hello)
    }
}

fn little16(reader: &mut Reader<'_>) -> Option<u16> {
    reader.u16().map(u16::swap_bytes)
}

/// The two digits at the end of a version such as `Q046`.
fn digits(version: u32) -> String {
    let [_, _, tens, ones] = version.to_be_bytes();
    let number = [tens, ones].map(char::from);
    String::from_iter(number)
}
