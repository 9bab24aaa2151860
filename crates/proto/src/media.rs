//! What kind of file some bytes begin: as a media type, and in the words that rules know.

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

/// The words that the `file` program has for a media type.
const WORDS: &[(&str, &str)] = &[
    ("application/pdf", "PDF document"),
    ("application/zip", "Zip archive data"),
    ("application/gzip", "gzip compressed data"),
    ("application/x-bzip2", "bzip2 compressed data"),
    ("application/x-xz", "XZ compressed data"),
    ("application/x-7z-compressed", "7-zip archive data"),
    ("application/vnd.rar", "RAR archive data"),
    ("application/x-tar", "POSIX tar archive"),
    (
        "application/vnd.microsoft.portable-executable",
        "PE32 executable for MS Windows",
    ),
    ("application/x-executable", "ELF executable"),
    ("application/x-mach-binary", "Mach-O executable"),
    ("application/java", "compiled Java class data"),
    (
        "application/x-ole-storage",
        "Composite Document File V2 Document",
    ),
    ("application/x-shockwave-flash", "Macromedia Flash data"),
    ("application/json", "JSON data"),
    ("application/xml", "XML document text"),
    ("application/rtf", "Rich Text Format data"),
    ("image/png", "PNG image data"),
    ("image/jpeg", "JPEG image data"),
    ("image/gif", "GIF image data"),
    ("image/bmp", "PC bitmap"),
    ("image/webp", "RIFF data, Web/P image"),
    ("text/html", "HTML document text"),
    ("text/plain", "ASCII text"),
];

/// The kind of a file by its first bytes in the words that rules know; a media type where there are none.
pub fn description(head: &[u8]) -> Option<String> {
    let kind = of(head)?;
    let known = WORDS.iter().find(|(known, _)| *known == kind);
    let words = known.map_or(kind, |(_, words)| words);
    let version = head.strip_prefix(b"%PDF-").and_then(|rest| rest.get(..3));
    let version = version.and_then(|version| std::str::from_utf8(version).ok());
    Some(match version {
        Some(version) => format!("{words}, version {version}"),
        None => words.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{description, of};

    #[test]
    fn types_are_told_in_words() {
        let pdf = b"%PDF-1.5\n%";
        assert_eq!(of(pdf), Some("application/pdf"));
        assert_eq!(
            description(pdf).as_deref(),
            Some("PDF document, version 1.5")
        );
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(description(png).as_deref(), Some("PNG image data"));
        assert_eq!(description(b"hello").as_deref(), Some("ASCII text"));
        assert_eq!(description(b""), None);
    }
}
