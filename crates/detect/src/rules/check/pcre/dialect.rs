//! Perl's spelling of regular expressions turned into that of the `regex` crate.
//!
//! The two differ in small things: which characters may stand unescaped, what `$` means at a
//! last line break, and a few escapes.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use super::Flags;

/// The longest pattern; those of public sets stay under 2 KiB.
const MAX_PATTERN: usize = 8_192;

/// Translates a pattern. `backtracking` keeps what only the backtracking engine knows.
pub(super) fn translate(pattern: &str, flags: Flags, backtracking: bool) -> Result<String, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("the pattern is longer than {MAX_PATTERN} bytes"));
    }
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        flags,
        backtracking,
    };
    if flags.anchored {
        translator.out.push_str("\\A(?:");
    }
    translator.run()?;
    if flags.anchored {
        // A line break first, for the pattern may end in a comment.
        translator
            .out
            .push_str(if flags.extended { "\n)" } else { ")" });
    }
    Ok(translator.out)
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    flags: Flags,
    backtracking: bool,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(letter) = self.rest.next() {
            match letter {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '$' => self.dollar(),
                '{' if !self.is_quantifier() => self.out.push_str("\\{"),
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    /// Perl's `$` also matches before a line break at the very end.
    fn dollar(&mut self) {
        self.out.push_str(match () {
            () if self.flags.multi_line => "$",
            () if self.flags.dollar_end_only => "\\z",
            () if self.backtracking => "(?=\\n?\\z)",
            () => "(?:\\n?\\z)",
        });
    }

    /// Whether `{` opens a repetition (`{2}`, `{2,}`, `{2,4}`) and is not a plain brace.
    fn is_quantifier(&self) -> bool {
        /// Digits, a comma and the brace; longer repetitions are refused anyway.
        const LONGEST: usize = 16;
        let ahead: String = self.rest.clone().take(LONGEST).collect();
        let Some((inside, _)) = ahead.split_once('}') else {
            return false;
        };
        let (low, high) = inside.split_once(',').unwrap_or((inside, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        !low.is_empty() && digits(low) && digits(high)
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(letter) = self.rest.next() else {
            return Err("the pattern ends in a backslash".to_owned());
        };
        match letter {
            'h' => self.out.push_str("[\\t\\x20\\xA0]"),
            'H' => self.out.push_str("[^\\t\\x20\\xA0]"),
            'R' => self.out.push_str("(?:\\r\\n|[\\n\\x0B\\x0C\\r])"),
            'N' => self.out.push_str("[^\\n]"),
            'Z' => self.out.push_str("(?:\\n?\\z)"),
            '1'..='9' if self.backtracking => {
                self.out.push('\\');
                self.out.push(letter);
            }
            _ => return self.shared_escape(letter),
        }
        Ok(())
    }

    /// Escapes that mean the same inside and outside of a class.
    fn shared_escape(&mut self, letter: char) -> Result<(), String> {
        match letter {
            'x' => self.hexadecimal(),
            '0' => self.octal(),
            'e' => self.out.push_str("\\x1B"),
            'c' => {
                let control = self.rest.next().filter(char::is_ascii);
                let control = control.ok_or("\\c needs a letter")?;
                self.byte(control.to_ascii_uppercase() as u8 ^ 0x40);
            }
            letter if letter.is_ascii_alphanumeric() => {
                self.out.push('\\');
                self.out.push(letter);
            }
            other => self.literal(other),
        }
        Ok(())
    }

    /// Perl takes one digit or none; a byte has two here.
    fn hexadecimal(&mut self) {
        if self.rest.peek() == Some(&'{') {
            self.out.push_str("\\x");
            return;
        }
        let mut value = 0;
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(16)) else {
                break;
            };
            value = value * 16 + digit;
            self.rest.next();
        }
        self.byte(value as u8);
    }

    fn octal(&mut self) {
        let mut value = 0;
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) else {
                break;
            };
            value = value * 8 + digit;
            self.rest.next();
        }
        self.byte(value as u8);
    }

    fn byte(&mut self, byte: u8) {
        // Writing to a string cannot fail.
        let _ = write!(self.out, "\\x{byte:02X}");
    }

    fn literal(&mut self, letter: char) {
        if letter.is_ascii() {
            self.byte(letter as u8);
        } else {
            self.out.push(letter);
        }
    }

    /// A bracketed class. What Perl takes as plain characters there (`[`, `&&`, a first `]`)
    /// is escaped.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some(letter) = self.rest.next() else {
                return Err("a character class is not closed".to_owned());
            };
            match letter {
                ']' if !first => break,
                '\\' => self.class_escape()?,
                '[' if self.posix_class() => {}
                '-' if self.rest.peek() == Some(&']') => self.out.push_str("\\-"),
                ']' | '[' | '&' | '~' | '#' | ' ' | '\t' | '\n' => self.literal(letter),
                other => self.out.push(other),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn class_escape(&mut self) -> Result<(), String> {
        match self.rest.next() {
            None => Err("a character class is not closed".to_owned()),
            Some('b') => {
                self.byte(8);
                Ok(())
            }
            Some('h') => {
                self.out.push_str("\\t\\x20\\xA0");
                Ok(())
            }
            Some(letter @ '1'..='7') => {
                let value = letter.to_digit(8).unwrap_or_default();
                let second = self.rest.next_if(|c| c.is_digit(8));
                let digits = second.and_then(|c| c.to_digit(8));
                self.byte(digits.map_or(value, |digit| value * 8 + digit) as u8);
                Ok(())
            }
            Some(letter) => {
                self.shared_escape(letter)?;
                self.dash_after_set(letter);
                Ok(())
            }
        }
    }

    /// `[\w-.]`: after a set of characters a dash is a dash in Perl.
    fn dash_after_set(&mut self, letter: char) {
        if "dDwWsS".contains(letter) && self.rest.next_if_eq(&'-').is_some() {
            self.out.push_str("\\-");
        }
    }

    /// Copies `[:alpha:]` after its first bracket.
    fn posix_class(&mut self) -> bool {
        let ahead: String = self.rest.clone().take(12).collect();
        let Some(end) = ahead.strip_prefix(':').and_then(|rest| rest.find(":]")) else {
            return false;
        };
        let name: String = self.rest.by_ref().take(end + 3).collect();
        self.out.push('[');
        self.out.push_str(&name);
        true
    }
}
