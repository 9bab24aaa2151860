//! What a Telnet client says of itself in options: its terminal (RFC 1091) and variables for the login (RFC 1572, RFC 1408).

use std::borrow::Cow;

use crate::waiting::bounded;

/// Bytes of an option that are kept; environments have some hundred.
const MAX_OPTION: usize = 512;
/// Bytes of a terminal's type that are kept; RFC 1091 allows 40.
const MAX_TERMINAL: usize = 64;
/// Variables that are kept; clients send about five.
const MAX_VARIABLES: usize = 16;

const TERMINAL_TYPE: u8 = 24;
const OLD_ENVIRONMENT: u8 = 36;
const ENVIRONMENT: u8 = 39;

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The option at hand.
    option: Vec<u8>,
    terminal: Option<Box<[u8]>>,
    environment: Vec<Vec<u8>>,
}

impl Said {
    pub(super) fn begin(&mut self) {
        self.option.clear();
    }

    pub(super) fn add(&mut self, byte: u8) {
        if self.option.len() < MAX_OPTION {
            self.option.push(byte);
        }
    }

    pub(super) fn end(&mut self) {
        let option = std::mem::take(&mut self.option);
        match option.as_slice() {
            [TERMINAL_TYPE, 0, name @ ..] if self.terminal.is_none() => {
                self.terminal = Some(bounded(name, MAX_TERMINAL).into());
            }
            // What was asked for, and what has changed since.
            [ENVIRONMENT | OLD_ENVIRONMENT, 0 | 2, variables @ ..] => self.variables(variables),
            _ => {}
        }
    }

    /// Names and values, each behind a code; a code itself stands behind an escape.
    fn variables(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.iter();
        let mut is_inside = false;
        while let Some(byte) = bytes.next() {
            let told = match byte {
                0 | 3 => {
                    is_inside = self.environment.len() < MAX_VARIABLES;
                    if is_inside {
                        self.environment.push(Vec::new());
                    }
                    continue;
                }
                1 => b'=',
                2 => match bytes.next() {
                    Some(escaped) => *escaped,
                    None => return,
                },
                byte => *byte,
            };
            if let Some(variable) = self.environment.last_mut().filter(|_| is_inside) {
                variable.push(told);
            }
        }
    }

    pub(super) fn terminal(&self) -> Option<&[u8]> {
        self.terminal.as_deref()
    }

    pub(super) fn environment(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let named = self.environment.iter();
        named
            .filter(|variable| !variable.is_empty())
            .map(|variable| String::from_utf8_lossy(variable))
    }

    pub(super) fn held(&self) -> usize {
        let variables = self.environment.iter().map(Vec::capacity);
        self.option.capacity() + variables.sum::<usize>()
    }
}
