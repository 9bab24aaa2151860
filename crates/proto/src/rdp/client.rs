//! Settings of both sides ([MS-RDPBCGR] 2.2.1.3 and 2.2.1.4), inside a conference of T.124 and T.125.

use wirewatch_records::json;

use super::name;
use crate::der::Elements;
use crate::ntlmssp::utf16;
use crate::waiting::Cut;

/// Channels that are told; the protocol allows 31.
const MAX_CHANNELS: usize = 31;
/// Blocks of settings that are looked at; nine kinds exist.
const MAX_BLOCKS: usize = 16;

/// What a client says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Client {
    version: u32,
    pub(super) width: u16,
    pub(super) height: u16,
    colours: u16,
    layout: u32,
    build: u32,
    pub(super) name: Box<[u8]>,
    keyboard_type: u32,
    keyboard_subtype: u32,
    function_keys: u32,
    product_id: Option<u16>,
    serial: Option<u32>,
    high_colours: Option<u16>,
    capabilities: Option<u16>,
    /// The number of the product.
    pub(super) product: Box<[u8]>,
    pub(super) channels: Vec<String>,
}

/// How a server protects a connection itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Security {
    pub(super) method: u32,
    pub(super) level: u32,
    pub(super) certificates: u32,
    pub(super) permanent: Option<bool>,
    chain: bool,
}

impl Security {
    pub(super) fn certificate_type(&self) -> Option<&'static str> {
        (self.certificates > 0).then_some(if self.chain { "X.509" } else { "RSA" })
    }
}

/// The settings behind a key of four letters in the last text of a connection's elements.
fn settings(connect: &[u8], key: [u8; 4]) -> Option<&[u8]> {
    // The content begins with its length: the tag, 7f 65 or 7f 66, has two bytes.
    let start = match connect.first()? {
        length @ 0x81..=0x84 => usize::from(length & 0x7f).checked_add(1)?,
        _ => 1,
    };
    let mut elements = Elements(connect.get(start..)?);
    let mut user = &[][..];
    while let Some(element) = elements.next() {
        if element.tag == 0x04 {
            user = element.content;
        }
    }
    let place = user.windows(4).position(|window| *window == key)?;
    let rest = user.get(place.checked_add(4)?..)?;
    // A length of one byte, or of two with the first bit set.
    match rest.first()? {
        0x80.. => rest.get(2..),
        _ => rest.get(1..),
    }
}

/// The blocks of settings: kind and content.
fn blocks(settings: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut fields = Cut(settings);
    let next = move || {
        let kind = fields.le16()?;
        let length = usize::from(fields.le16()?).checked_sub(4)?;
        let content = fields.0.get(..length).unwrap_or(fields.0);
        fields.take(content.len())?;
        Some((kind, content))
    };
    std::iter::from_fn(next).take(MAX_BLOCKS)
}

/// Reads what a client says of itself.
pub(super) fn read(connect: &[u8]) -> Option<Client> {
    let mut client = Client::default();
    for (kind, content) in blocks(settings(connect, *b"Duca")?) {
        match kind {
            0xc001 => client.core(content)?,
            0xc003 => client.channels = channels(content),
            _ => {}
        }
    }
    Some(client)
}

/// Reads how a server protects the connection itself.
pub(super) fn security(connect: &[u8]) -> Option<Security> {
    let (_, content) = blocks(settings(connect, *b"McDn")?).find(|(kind, _)| *kind == 0x0c02)?;
    let mut fields = Cut(content);
    let mut security = Security {
        method: fields.le32()?,
        level: fields.le32()?,
        ..Security::default()
    };
    let (Some(random), Some(_)) = (fields.le32(), fields.le32()) else {
        return Some(security);
    };
    if fields.take(random as usize).is_none() {
        return Some(security);
    }
    if let Some(version) = fields.le32() {
        const TEMPORARY: u32 = 0x8000_0000;
        security.permanent = Some(version & TEMPORARY == 0);
        security.chain = version & !TEMPORARY == 2;
        security.certificates = if security.chain {
            fields.le32().unwrap_or(0)
        } else {
            1
        };
    }
    Some(security)
}

fn channels(content: &[u8]) -> Vec<String> {
    let mut fields = Cut(content);
    let count = fields.le32().unwrap_or(0) as usize;
    let mut names = Vec::new();
    while let Some(name) = fields
        .take(8)
        .filter(|_| names.len() < count.min(MAX_CHANNELS))
    {
        let end = name
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(name.len());
        names.push(String::from_utf8_lossy(name.get(..end).unwrap_or_default()).into_owned());
        fields.take(4);
    }
    names
}

fn ended(text: &[u8]) -> Box<[u8]> {
    let units = text.chunks_exact(2).position(|unit| unit == [0, 0]);
    let length = units.map_or(text.len(), |units| units.saturating_mul(2));
    utf16(text.get(..length).unwrap_or(text), 128)
}

impl Client {
    fn core(&mut self, content: &[u8]) -> Option<()> {
        let mut fields = Cut(content);
        self.version = fields.le32()?;
        self.width = fields.le16()?;
        self.height = fields.le16()?;
        self.colours = fields.le16()?;
        fields.le16()?;
        self.layout = fields.le32()?;
        self.build = fields.le32()?;
        self.name = ended(fields.take(32)?);
        self.keyboard_type = fields.le32()?;
        self.keyboard_subtype = fields.le32()?;
        self.function_keys = fields.le32()?;
        fields.take(64)?;
        // What follows came with later versions.
        let mut later = || {
            fields.le16()?;
            self.product_id = Some(fields.le16()?);
            self.serial = Some(fields.le32()?);
            self.high_colours = Some(fields.le16()?);
            fields.le16()?;
            self.capabilities = Some(fields.le16()?);
            self.product = ended(fields.take(64)?);
            Some(())
        };
        later();
        Some(())
    }

    /// The keyboard as Zeek names it.
    pub(super) fn keyboard(&self) -> String {
        match name::keyboard(self.layout) {
            Some((_, name)) => name.to_owned(),
            None => match name::keyboard(self.layout & 0xffff) {
                Some((_, name)) => format!("{name} (Best Guess for {})", self.layout),
                None => format!("keyboard-{}", self.layout),
            },
        }
    }

    pub(super) fn zeek_build(&self) -> String {
        name::build(self.build).map_or_else(
            || format!("client_build-{}", self.build),
            |(_, version)| version.to_owned(),
        )
    }

    pub(super) fn colours(&self) -> &'static str {
        const WANTS_32: u16 = 2;
        match self.high_colours.unwrap_or(0) {
            _ if self.capabilities.is_some_and(|set| set & WANTS_32 != 0) => "32bit",
            0x04 => "4bit",
            0x08 => "8bit",
            0x0f => "15bit",
            0x10 => "16bit",
            0x18 => "24bit",
            _ => "unknown",
        }
    }

    fn colour_bits(&self) -> u16 {
        match self.high_colours {
            Some(bits @ 1..) => bits,
            _ if self.colours == 0xca00 => 4,
            _ => 8,
        }
    }

    /// EVE's `client` object.
    pub(super) fn object(&self) -> String {
        let mut out = Vec::new();
        let mark = json::open(&mut out, b"{");
        json::text(&mut out, b"\"version\":", &name::version(self.version));
        json::number(&mut out, b"\"desktop_width\":", self.width);
        json::number(&mut out, b"\"desktop_height\":", self.height);
        json::number(&mut out, b"\"color_depth\":", self.colour_bits());
        match name::keyboard(self.layout) {
            Some((short, _)) => json::text(&mut out, b"\"keyboard_layout\":", short),
            None => json::text(
                &mut out,
                b"\"keyboard_layout\":",
                &format!("0x{:x}", self.layout),
            ),
        }
        match name::build(self.build) {
            Some((system, _)) => json::text(&mut out, b"\"build\":", system),
            None => json::text(&mut out, b"\"build\":", &self.build.to_string()),
        }
        if !self.name.is_empty() {
            json::wire(&mut out, b"\"client_name\":", &self.name);
        }
        json::text(
            &mut out,
            b"\"keyboard_type\":",
            name::keyboard_type(self.keyboard_type),
        );
        json::number(&mut out, b"\"keyboard_subtype\":", self.keyboard_subtype);
        json::number(&mut out, b"\"function_keys\":", self.function_keys);
        if let (Some(product), Some(serial)) = (self.product_id, self.serial) {
            json::number(&mut out, b"\"product_id\":", product);
            json::number(&mut out, b"\"serial_number\":", serial);
        }
        let capabilities = name::set(self.capabilities.unwrap_or(0), &name::CAPABILITIES);
        json::texts(&mut out, b"\"capabilities\":", &capabilities);
        if !self.product.is_empty() {
            json::wire(&mut out, b"\"id\":", &self.product);
        }
        json::close(&mut out, mark);
        out.pop();
        String::from_utf8(out).unwrap_or_default()
    }
}
