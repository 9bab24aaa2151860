//! What a file is in words, as libmagic says it: rules look for them.

use super::of;

/// What a file is in the words that rules know from libmagic, for common kinds of files; the media
/// type of others.
pub fn description(head: &[u8]) -> Option<String> {
    KNOWN
        .iter()
        .find_map(|words| words(head))
        .or_else(|| of(head).map(|kind| plain(head, kind)))
}

/// Describes the files of one family.
type Words = fn(&[u8]) -> Option<String>;

const KNOWN: [Words; 6] = [document, image, program, archive, media, marked_up];

fn u16_at(head: &[u8], at: usize, big: bool) -> Option<u16> {
    let bytes = *head.get(at..)?.first_chunk::<2>()?;
    Some(if big {
        u16::from_be_bytes(bytes)
    } else {
        u16::from_le_bytes(bytes)
    })
}

fn u32_at(head: &[u8], at: usize, big: bool) -> Option<u32> {
    let bytes = *head.get(at..)?.first_chunk::<4>()?;
    Some(if big {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    })
}

/// The digits and dots at the front.
fn number(bytes: &[u8]) -> String {
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    digits.take(8).map(|byte| char::from(*byte)).collect()
}

fn document(head: &[u8]) -> Option<String> {
    if let Some(rest) = head.strip_prefix(b"%PDF-") {
        return Some(format!("PDF document, version {}", number(rest)));
    }
    if let Some(rest) = head.strip_prefix(b"%!PS-Adobe-") {
        return Some(format!(
            "PostScript document text conforming DSC level {}",
            number(rest)
        ));
    }
    if head.starts_with(b"{\\rtf") {
        return Some("Rich Text Format data".to_owned());
    }
    head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
        .then(|| "Composite Document File V2 Document".to_owned())
}

fn image(head: &[u8]) -> Option<String> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        let (width, height) = (u32_at(head, 16, true)?, u32_at(head, 20, true)?);
        let depth = head.get(24)?;
        let colour = match head.get(25)? {
            0 => " grayscale",
            2 => "/color RGB",
            3 => " colormap",
            4 => " gray+alpha",
            6 => "/color RGBA",
            _ => "",
        };
        let laced = if head.get(28) == Some(&1) {
            "interlaced"
        } else {
            "non-interlaced"
        };
        return Some(format!(
            "PNG image data, {width} x {height}, {depth}-bit{colour}, {laced}"
        ));
    }
    if let Some(rest) = head.strip_prefix(b"GIF8") {
        let version = format!("8{}", char::from(*rest.first()?));
        let (width, height) = (u16_at(head, 6, false)?, u16_at(head, 8, false)?);
        return Some(format!(
            "GIF image data, version {version}a, {width} x {height}"
        ));
    }
    if head.starts_with(b"\xff\xd8\xff") {
        let jfif = head.get(6..10) == Some(b"JFIF");
        return Some(if jfif {
            "JPEG image data, JFIF standard".to_owned()
        } else {
            "JPEG image data".to_owned()
        });
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("RIFF (little-endian) data, Web/P image".to_owned());
    }
    let windows = head.starts_with(b"BM") && u32_at(head, 6, false) == Some(0);
    windows.then(|| "PC bitmap".to_owned())
}

fn program(head: &[u8]) -> Option<String> {
    if head.starts_with(b"MZ") {
        return Some(windows_program(head).unwrap_or_else(|| "MS-DOS executable".to_owned()));
    }
    if head.starts_with(b"\x7fELF") {
        let bits = if head.get(4) == Some(&2) { 64 } else { 32 };
        let big = head.get(5) == Some(&2);
        let order = if big { "MSB" } else { "LSB" };
        let kind = match u16_at(head, 16, big)? {
            1 => "relocatable",
            2 => "executable",
            3 => "shared object",
            4 => "core file",
            _ => "unknown type",
        };
        return Some(format!("ELF {bits}-bit {order} {kind}"));
    }
    if head.starts_with(b"\xca\xfe\xba\xbe") {
        return Some("compiled Java class data".to_owned());
    }
    if let Some(rest) = head.strip_prefix(b"#!") {
        let line = rest.split(|byte| *byte == b'\n').next()?;
        let name = line.rsplit(|byte| matches!(byte, b'/' | b' ')).next()?;
        let name = String::from_utf8_lossy(name.get(..32).unwrap_or(name));
        return Some(format!("{} script text executable", name.trim_end()));
    }
    None
}

/// The header that a program for Windows has behind the one for DOS.
fn windows_program(head: &[u8]) -> Option<String> {
    let at = usize::try_from(u32_at(head, 60, false)?).ok()?;
    if head.get(at..)?.get(..4)? != b"PE\0\0" {
        return None;
    }
    let wide = u16_at(head, at.checked_add(24)?, false)? == 0x20b;
    let kind = if wide { "PE32+" } else { "PE32" };
    let library = u16_at(head, at.checked_add(22)?, false)? & 0x2000 != 0;
    let library = if library { " (DLL)" } else { "" };
    let window = match u16_at(head, at.checked_add(92)?, false)? {
        1 => " (native)",
        2 => " (GUI)",
        3 => " (console)",
        _ => "",
    };
    let machine = match u16_at(head, at.checked_add(4)?, false)? {
        0x14c => "Intel 80386",
        0x8664 => "x86-64",
        0xaa64 => "Aarch64",
        0x1c0 | 0x1c4 => "ARM",
        _ => "unknown processor",
    };
    Some(format!(
        "{kind} executable{library}{window} {machine}, for MS Windows"
    ))
}

fn archive(head: &[u8]) -> Option<String> {
    let name = match head {
        [b'P', b'K', 3, 4, ..] => return Some(zip(head)),
        [0x1f, 0x8b, ..] => "gzip compressed data",
        [b'B', b'Z', b'h', ..] => "bzip2 compressed data",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "XZ compressed data",
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => "7-zip archive data",
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => "RAR archive data",
        [b'M', b'S', b'C', b'F', 0, ..] => "Microsoft Cabinet archive data",
        _ if head.get(257..262) == Some(b"ustar") => "POSIX tar archive",
        _ => return None,
    };
    Some(name.to_owned())
}

/// Office files are archives whose first member says so.
fn zip(head: &[u8]) -> String {
    let has = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    let name = if !has(b"[Content_Types].xml") && !has(b"_rels/.rels") {
        "Zip archive data"
    } else if has(b"word/") {
        "Microsoft Word 2007+"
    } else if has(b"xl/") {
        "Microsoft Excel 2007+"
    } else if has(b"ppt/") {
        "Microsoft PowerPoint 2007+"
    } else {
        "Microsoft OOXML"
    };
    name.to_owned()
}

fn media(head: &[u8]) -> Option<String> {
    let name = match head {
        [b'I', b'D', b'3', ..] => "Audio file with ID3",
        [b'O', b'g', b'g', b'S', ..] => "Ogg data",
        [b'F', b'L', b'V', 1, ..] => "Macromedia Flash Video",
        [b'F', b'W', b'S', ..] => "Macromedia Flash data",
        [b'C' | b'Z', b'W', b'S', ..] => "Macromedia Flash data (compressed)",
        _ if head.get(4..8) == Some(b"ftyp") => "ISO Media",
        _ if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") => {
            "RIFF (little-endian) data, WAVE audio"
        }
        _ => return None,
    };
    Some(name.to_owned())
}

fn marked_up(head: &[u8]) -> Option<String> {
    let start = head.trim_ascii_start();
    let begins = |tag: &[u8]| {
        let first = start.get(..tag.len());
        first.is_some_and(|first| first.eq_ignore_ascii_case(tag))
    };
    let page = begins(b"<!doctype html") || begins(b"<html") || begins(b"<head");
    if page {
        return Some("HTML document, ASCII text".to_owned());
    }
    begins(b"<?xml").then(|| "XML 1.0 document, ASCII text".to_owned())
}

/// Texts are told by their letters, everything else by its media type.
fn plain(head: &[u8], kind: &str) -> String {
    match kind {
        "text/plain" if head.is_ascii() => "ASCII text",
        "text/plain" => "UTF-8 Unicode text",
        "application/json" => "JSON data",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests;
