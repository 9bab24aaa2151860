//! What a list says about itself.

/// Which connections an entry speaks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Those that the listed host opens: it attacks.
    Inbound,
    /// Those that are opened to the listed host: it should not be contacted.
    Outbound,
    /// All.
    #[default]
    Both,
}

/// One list and its header lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// From `# name:`, else the file's name.
    pub name: String,
    /// From `# direction:`.
    pub direction: Direction,
    /// From `# severity:`: no finding of this list is worse than this.
    pub severity: u8,
    /// From `# subdomains: no`: plain names cover only themselves.
    pub subdomains: bool,
    /// From `# allow-private: yes`: private and special addresses are meant.
    pub allow_private: bool,
    /// How many entries are used.
    pub entries: u32,
    /// How many URLs were left out; a host is not bad for one of its pages.
    pub urls: u32,
}

impl Direction {
    pub(super) fn covers(self, wanted: Self) -> bool {
        self == Self::Both || self == wanted
    }

    /// The word that the header uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Both => "both",
        }
    }
}

impl List {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            direction: Direction::Both,
            severity: 1,
            subdomains: true,
            allow_private: false,
            entries: 0,
            urls: 0,
        }
    }

    /// Takes a header line's text after the comment sign; tells when a known key has a wrong value.
    pub(super) fn read_header(&mut self, text: &str) -> Result<(), &'static str> {
        let Some((key, value)) = text.split_once(':') else {
            return Ok(());
        };
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "name" if !value.is_empty() => self.name = value.chars().take(80).collect(),
            "direction" => self.direction = direction(value)?,
            "severity" => self.severity = severity(value)?,
            "subdomains" => self.subdomains = yes_or_no(value)?,
            "allow-private" => self.allow_private = yes_or_no(value)?,
            _ => {}
        }
        Ok(())
    }
}

fn direction(value: &str) -> Result<Direction, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "inbound" => Ok(Direction::Inbound),
        "outbound" => Ok(Direction::Outbound),
        "both" => Ok(Direction::Both),
        _ => Err("direction is not inbound, outbound or both"),
    }
}

fn severity(value: &str) -> Result<u8, &'static str> {
    value
        .parse()
        .ok()
        .filter(|severity| (1..=4).contains(severity))
        .ok_or("severity is not a number from 1 to 4")
}

fn yes_or_no(value: &str) -> Result<bool, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err("neither yes nor no"),
    }
}
