//! The folder that Zeek logs are written to.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Logs;

/// A folder of logs; each file is created, or emptied, when its first bytes come.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    files: Vec<(&'static str, File)>,
}

/// Why a log could not be written.
#[derive(Debug)]
pub struct FolderError {
    /// The file or folder.
    pub path: PathBuf,
    /// What failed.
    pub source: io::Error,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Folder {
    /// Creates the folder if it is not there.
    pub fn create(path: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(path).map_err(|source| error(path, source))?;
        Ok(Self {
            path: path.to_owned(),
            files: Vec::new(),
        })
    }

    /// Appends what waits in `logs` to their files.
    pub fn write(&mut self, logs: &mut Logs) -> Result<(), FolderError> {
        logs.flush(|log, bytes| self.append(log.name, bytes))
    }

    fn append(&mut self, name: &'static str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name).with_extension("log");
        let known = self.files.iter().position(|(open, _)| *open == name);
        let index = known.map_or_else(|| self.open(name, &path), Ok)?;
        match self.files.get_mut(index) {
            Some((_, file)) => file.write_all(bytes).map_err(|source| error(&path, source)),
            None => Ok(()),
        }
    }

    fn open(&mut self, name: &'static str, path: &Path) -> Result<usize, FolderError> {
        let file = File::create(path).map_err(|source| error(path, source))?;
        self.files.push((name, file));
        Ok(self.files.len() - 1)
    }
}

fn error(path: &Path, source: io::Error) -> FolderError {
    FolderError {
        path: path.to_owned(),
        source,
    }
}
