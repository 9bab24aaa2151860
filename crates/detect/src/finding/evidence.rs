//! The numbers behind a finding, as a JSON object.

use std::fmt::{Display, Write as _};

/// The longest string that is kept; a domain name has at most 255 bytes.
const MAX_TEXT: usize = 300;

/// Writes a JSON object field by field. Names are literals of this crate; values are escaped.
#[derive(Debug, Clone)]
pub struct Evidence(String);

impl Default for Evidence {
    fn default() -> Self {
        Self(String::from("{"))
    }
}

impl Evidence {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{name}\":");
    }

    /// Adds a whole number.
    #[must_use]
    pub fn number(mut self, name: &str, value: impl Into<u64>) -> Self {
        self.name(name);
        let _ = write!(self.0, "{}", value.into());
        self
    }

    /// Adds a string, escaped and cut.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl Display) -> Self {
        self.name(name);
        quote(&mut self.0, &value.to_string());
        self
    }

    /// Adds a list of strings.
    #[must_use]
    pub fn texts<T: Display>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.name(name);
        self.0.push('[');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            quote(&mut self.0, &value.to_string());
        }
        self.0.push(']');
        self
    }

    /// Adds a list of whole numbers.
    #[must_use]
    pub fn numbers(mut self, name: &str, values: impl IntoIterator<Item = u16>) -> Self {
        self.name(name);
        self.0.push('[');
        for (index, value) in values.into_iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let _ = write!(self.0, "{comma}{value}");
        }
        self.0.push(']');
        self
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars().take(MAX_TEXT) {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
