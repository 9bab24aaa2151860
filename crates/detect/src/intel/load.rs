//! Reading list files, line by line and bounded.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

use super::{
    build::{Builder, Refusal},
    line::{self, Indicator, Scope},
};

/// The longest line that is read; the longest URL in known feeds is about 2,000 bytes.
pub const MAX_LINE: usize = 8192;
/// Most bytes read from one file, unpacked: twenty times the largest known feed, and a
/// packed file cannot fill the disk or the memory.
pub const MAX_FILE: u64 = 1 << 30;
/// Problems told for one file; a file of another format has one per line.
pub const MAX_PROBLEMS: usize = 50;

/// Something in a file that is not used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which file.
    pub file: PathBuf,
    /// Which line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// Which byte of the line, from 1; 0 for the line as a whole.
    pub column: usize,
    /// What is wrong and what happens.
    pub message: String,
}

/// Reads one file, unpacking it when its first bytes say that it is packed.
pub(super) fn file(path: &Path, builder: &mut Builder, problems: &mut Vec<Problem>) {
    let opened = File::open(path).map(BufReader::new).and_then(|mut file| {
        let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok((file, packed))
    });
    match opened {
        Ok((file, true)) => reader(path, MultiGzDecoder::new(file), builder, problems),
        Ok((file, false)) => reader(path, file, builder, problems),
        Err(error) => problems.push(Problem {
            file: path.to_owned(),
            line: 0,
            column: 0,
            message: format!("cannot be read: {error}"),
        }),
    }
}

/// Reads one list from anything.
pub(super) fn reader<R: Read>(
    path: &Path,
    source: R,
    builder: &mut Builder,
    problems: &mut Vec<Problem>,
) {
    let name = path.file_name().map(|name| name.to_string_lossy());
    builder.begin(&name.unwrap_or_default());
    let mut told = Told {
        path,
        line: 0,
        count: 0,
        seen_entry: false,
        problems,
    };
    if let Err(error) = lines(BufReader::new(source.take(MAX_FILE)), builder, &mut told) {
        told.whole(&format!("cannot be read to its end: {error}"));
    }
    if told.count > MAX_PROBLEMS {
        let more = told.count - MAX_PROBLEMS;
        told.line = 0;
        told.push(0, format!("{more} more lines are not used"));
    }
}

fn lines<R: BufRead>(mut source: R, builder: &mut Builder, told: &mut Told) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(256);
    let mut total = 0_u64;
    loop {
        buffer.clear();
        let read = source
            .by_ref()
            .take(MAX_LINE as u64)
            .read_until(b'\n', &mut buffer)?;
        if read == 0 {
            if total >= MAX_FILE {
                told.whole("is longer than 1 GiB; the rest is not used");
            }
            return Ok(());
        }
        total += read as u64;
        told.line += 1;
        if read == MAX_LINE && !buffer.ends_with(b"\n") {
            total += source.skip_until(b'\n')? as u64;
            told.tell(MAX_LINE, "line is longer than 8192 bytes");
            continue;
        }
        one_line(&buffer, builder, told);
    }
}

fn one_line(bytes: &[u8], builder: &mut Builder, told: &mut Told) {
    let text = String::from_utf8_lossy(bytes);
    let whole = text.trim_start_matches('\u{feff}').trim_end();
    let text = whole.trim_start();
    let indent = whole.len() - text.len();
    if text.is_empty() {
        return;
    }
    if let Some(comment) = line::comment(text) {
        if let Err(message) = builder.list_mut().read_header(comment) {
            told.tell(indent + 1, message);
        }
        return;
    }
    entry(line::without_comment(text), indent, builder, told);
}

fn entry(text: &str, indent: usize, builder: &mut Builder, told: &mut Told) {
    if let Some(names) = line::hosts(text) {
        for name in names {
            match line::indicator(name) {
                Some(Indicator::Domain(name, _)) => {
                    let refusal = builder.add(&Indicator::Domain(name, Scope::Exact), "");
                    told.refused(text, name, refusal);
                }
                _ => told.tell(indent + 1, &format!("`{}` is not a name", clip(name))),
            }
        }
        return;
    }
    let defanged = text.contains("[.]").then(|| text.replace("[.]", "."));
    let text = defanged.as_deref().unwrap_or(text);
    let found = line::columns(text)
        .enumerate()
        .find_map(|(index, (offset, word))| Some((index, offset, line::indicator(word)?)));
    let Some((index, offset, indicator)) = found else {
        told.unrecognised(text, indent);
        return;
    };
    told.seen_entry = true;
    let note = note(text, index);
    let refusal = builder.add(&indicator, note);
    told.refused_at(indent + offset + 1, refusal);
}

/// The column after an indicator in the first column, when it is words (Maltrail's `trail,info,reference`).
fn note(text: &str, index: usize) -> &str {
    if index != 0 {
        return "";
    }
    line::columns(text)
        .nth(1)
        .map(|(_, word)| word)
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()))
        .filter(|word| line::indicator(word).is_none())
        .unwrap_or_default()
}

/// Collects the problems of one file.
struct Told<'a> {
    path: &'a Path,
    line: u64,
    count: usize,
    seen_entry: bool,
    problems: &'a mut Vec<Problem>,
}

impl Told<'_> {
    fn tell(&mut self, column: usize, message: &str) {
        self.count += 1;
        if self.count <= MAX_PROBLEMS {
            self.push(column, message.to_owned());
        }
    }

    fn push(&mut self, column: usize, message: String) {
        self.problems.push(Problem {
            file: self.path.to_owned(),
            line: self.line,
            column,
            message,
        });
    }

    fn whole(&mut self, message: &str) {
        self.line = 0;
        self.push(0, message.to_owned());
    }

    /// The first line of a table may name its columns.
    fn unrecognised(&mut self, text: &str, indent: usize) {
        let is_heading = !self.seen_entry && text.contains([',', ';', '\t']);
        self.seen_entry = true;
        if !is_heading {
            let message = format!(
                "`{}` is no address, network or name; line not used",
                clip(text)
            );
            self.tell(indent + 1, &message);
        }
    }

    fn refused(&mut self, text: &str, word: &str, refusal: Option<Refusal>) {
        let column = text.find(word).unwrap_or(0) + 1;
        self.refused_at(column, refusal);
    }

    fn refused_at(&mut self, column: usize, refusal: Option<Refusal>) {
        if let Some(refusal) = refusal {
            self.tell(column, refusal.message());
        }
    }
}

fn clip(text: &str) -> String {
    text.chars()
        .take(60)
        .map(|character| {
            if character.is_control() {
                '?'
            } else {
                character
            }
        })
        .collect()
}
