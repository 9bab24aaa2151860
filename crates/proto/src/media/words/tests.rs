//! Words for what files are.

#![allow(clippy::unwrap_used)]

use super::description;

fn said(head: &[u8]) -> String {
    description(head).unwrap()
}

#[test]
fn documents_have_their_version() {
    assert_eq!(said(b"%PDF-1.5\n%\xe2\xe3"), "PDF document, version 1.5");
    assert_eq!(said(b"{\\rtf1\\ansi"), "Rich Text Format data");
}

#[test]
fn images_have_their_size() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 0, 16, 0, 0, 0, 9, 8, 6, 0, 0, 0]);
    assert_eq!(
        said(&png),
        "PNG image data, 16 x 9, 8-bit/color RGBA, non-interlaced"
    );
    assert_eq!(
        said(b"GIF89a\x01\0\x02\0\0"),
        "GIF image data, version 89a, 1 x 2"
    );
    assert_eq!(
        said(b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
        "JPEG image data, JFIF standard"
    );
}

#[test]
fn programs_say_for_what_they_are() {
    let mut program = vec![0; 256];
    program[..2].copy_from_slice(b"MZ");
    program[60] = 64;
    program[64..68].copy_from_slice(b"PE\0\0");
    program[68..70].copy_from_slice(&0x14c_u16.to_le_bytes());
    program[88..90].copy_from_slice(&0x10b_u16.to_le_bytes());
    program[156] = 2;
    assert_eq!(
        said(&program),
        "PE32 executable (GUI) Intel 80386, for MS Windows"
    );
    assert_eq!(said(b"MZ\0\0"), "MS-DOS executable");
    let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0";
    assert_eq!(said(elf), "ELF 64-bit LSB executable");
    assert_eq!(said(b"#!/bin/sh\nexit"), "sh script text executable");
}

#[test]
fn texts_archives_and_pages_are_told_apart() {
    assert_eq!(said(b"just words"), "ASCII text");
    assert_eq!(said("W\u{f6}rter".as_bytes()), "UTF-8 Unicode text");
    assert_eq!(said(b" <!DOCTYPE HTML><p>"), "HTML document, ASCII text");
    assert_eq!(said(b"\x1f\x8b\x08"), "gzip compressed data");
    assert_eq!(said(b"PK\x03\x04rest"), "Zip archive data");
    assert_eq!(
        said(b"PK\x03\x04[Content_Types].xml word/"),
        "Microsoft Word 2007+"
    );
    assert_eq!(description(b""), None);
}
