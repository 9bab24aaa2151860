//! What kind of file some bytes begin: as a media type, and in the words that rules know.

mod words;

pub use words::description;

/// Bytes of a file's beginning that tell its type.
pub(crate) const HEAD: usize = 1_024;

/// The media type of a file by its first bytes.
pub fn of(head: &[u8]) -> Option<&'static str> {
    if head.is_empty() {
        return None;
    }
    if let Some(found) = infer::get(head) {
        return Some(found.mime_type());
    }
    let text = std::str::from_utf8(head).map_or_else(|error| error.valid_up_to(), |_| head.len());
    // The last character may be cut.
    if text + 3 < head.len() || head.contains(&0) {
        return None;
    }
    let start = head.trim_ascii_start();
    Some(match start.first() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') if start.starts_with(b"<?xml") => "application/xml",
        _ => "text/plain",
    })
}
