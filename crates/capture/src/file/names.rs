//! The interfaces of all files of a run, under one numbering.

use std::collections::HashMap;

/// The most interfaces that are told apart in a run. Thousands of files with a few
/// each are real; a file made of nothing but interfaces is not.
const INTERFACE_LIMIT: usize = 65_536;

/// The longest interface name kept, in bytes. Windows' device names have about 50.
const NAME_LIMIT: usize = 256;

/// Which file an interface is from.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    /// Its place among the run's files.
    pub(crate) file: u32,
    /// What it is called in interface names.
    pub(crate) name: String,
}

/// Names by number, and the number of each interface seen.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    numbers: HashMap<Key, u32>,
}

/// Sections of one file that repeat an interface mean the same one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    file: u32,
    index: u32,
    link: u16,
    name: String,
}

impl Names {
    /// The number of an interface: the one at `index` in its section, `name` where the file tells it.
    pub(crate) fn number(
        &mut self,
        label: &Label,
        index: u32,
        link: u16,
        name: Option<&[u8]>,
    ) -> u32 {
        let name = name.map_or_else(|| format!("{}:{index}", label.name), bounded);
        let key = Key {
            file: label.file,
            index,
            link,
            name: name.clone(),
        };
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        let number = self.names.len().min(INTERFACE_LIMIT) as u32;
        match self.names.len() {
            0..INTERFACE_LIMIT => {
                self.names.push(name);
                self.numbers.insert(key, number);
            }
            INTERFACE_LIMIT => self.names.push("further interfaces".to_owned()),
            _ => {}
        }
        number
    }

    pub(crate) fn list(&self) -> Vec<String> {
        self.names.clone()
    }
}

fn bounded(name: &[u8]) -> String {
    let name = name.get(..NAME_LIMIT).unwrap_or(name);
    String::from_utf8_lossy(name).into_owned()
}
