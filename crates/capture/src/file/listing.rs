//! The files that a user's inputs stand for: themselves, and what lies in folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::notices::Notices;
use super::origin::is_standard_input;
use crate::Error;

/// The most files taken from folders: a day of one file per second for ten sensors,
/// and about 100 MB of names.
const FILE_LIMIT: usize = 1_000_000;

/// How deep folders are followed: deeper ones are made by mistake or in bad faith.
const DEPTH_LIMIT: usize = 64;

/// One file to be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) path: PathBuf,
    /// The user named it; files found in a folder may well be no captures.
    pub(crate) named: bool,
}

/// What to read, and what came up while looking.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<Listed>,
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) notices: Notices,
}

/// Lists the inputs in the order given, folders' contents sorted by name.
pub(crate) fn list(inputs: &[PathBuf]) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    if inputs.is_empty() {
        return Err(Error::Unusable {
            what: "capture files".to_owned(),
            reason: "none was given; name files, folders, or - for standard input".to_owned(),
        });
    }
    for input in inputs {
        if !is_standard_input(input) && fs::metadata(input).map_err(|e| refused(input, e))?.is_dir()
        {
            listing.folders.push(input.clone());
            listing.folder(input)?;
        } else {
            listing.add(input.clone(), true)?;
        }
    }
    Ok(listing)
}

impl Listing {
    fn add(&mut self, path: PathBuf, named: bool) -> Result<(), Error> {
        if self.files.len() >= FILE_LIMIT {
            return Err(Error::Unusable {
                what: path.display().to_string(),
                reason: format!("there are more than {FILE_LIMIT} files; read them in parts"),
            });
        }
        self.files.push(Listed { path, named });
        Ok(())
    }

    fn folder(&mut self, root: &Path) -> Result<(), Error> {
        let first = self.files.len();
        let mut folders = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if depth == 0 => return Err(refused(root, error)),
                Err(error) => {
                    self.unreadable(&folder, &error);
                    continue;
                }
            };
            for entry in entries.flatten() {
                match Entry::of(&entry) {
                    Entry::Folder if depth < DEPTH_LIMIT => folders.push((entry.path(), depth + 1)),
                    Entry::File => self.add(entry.path(), false)?,
                    Entry::Folder => self.passed_over(&entry.path(), "the folders are too deep"),
                    Entry::Special => self.passed_over(&entry.path(), "it is no ordinary file"),
                }
            }
        }
        if let Some(found) = self.files.get_mut(first..) {
            found.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(())
    }

    fn passed_over(&mut self, path: &Path, reason: &str) {
        let message = format!("{} was passed over: {reason}", path.display());
        self.notices.add("capture.not_a_capture", message);
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let message = format!("{} was passed over: {error}", path.display());
        self.notices.add("capture.unreadable", message);
    }
}

enum Entry {
    Folder,
    File,
    Special,
}

impl Entry {
    /// Links to files are followed, links to folders are not: they can lead in circles.
    fn of(entry: &fs::DirEntry) -> Self {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            return Self::Folder;
        }
        match fs::metadata(entry.path()) {
            Ok(about) if !about.is_file() => Self::Special,
            _ => Self::File,
        }
    }
}

/// The system's refusal to open a file or folder, as an error.
pub(crate) fn refused(path: &Path, error: io::Error) -> Error {
    let what = path.display().to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied => Error::Permission {
            what,
            advice: "run as a user who may read it, or change its mode with chmod".to_owned(),
        },
        _ => Error::Io { what, error },
    }
}
