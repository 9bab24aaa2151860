//! What the schemes of `reference` stand for: a prefix that makes an address of a value.

use std::collections::HashMap;

use super::lines::{config_entry, unread_lines};

/// Schemes kept from a file; the well-known list has about 20.
const MAX_SCHEMES: usize = 1_024;

/// Where the well-known schemes point.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("arachnids", "http://www.whitehats.com/info/IDS"),
    ("bid", "http://www.securityfocus.com/bid/"),
    ("bugtraq", "http://www.securityfocus.com/bid/"),
    ("cve", "https://cve.mitre.org/cgi-bin/cvename.cgi?name="),
    ("et", "http://doc.emergingthreats.net/"),
    ("etpro", "http://doc.emergingthreatspro.com/"),
    ("exploitdb", "https://www.exploit-db.com/exploits/"),
    ("mcafee", "http://vil.nai.com/vil/dispVirus.asp?virus_k="),
    ("md5", "https://www.virustotal.com/gui/search/"),
    ("msb", "https://technet.microsoft.com/security/bulletin/"),
    ("nessus", "https://www.tenable.com/plugins/nessus/"),
    ("osvdb", "http://osvdb.org/show/osvdb/"),
    ("secunia", "http://www.secunia.com/advisories/"),
    ("telus", "http://"),
    (
        "threatexpert",
        "http://www.threatexpert.com/report.aspx?md5=",
    ),
    ("url", "https://"),
    ("xforce", "http://xforce.iss.net/xforce/xfdb/"),
];

/// Schemes with their prefixes.
#[derive(Debug, Clone)]
pub struct References {
    schemes: HashMap<String, String>,
}

impl Default for References {
    fn default() -> Self {
        let entries = WELL_KNOWN.iter();
        Self {
            schemes: entries
                .map(|(scheme, prefix)| ((*scheme).to_owned(), (*prefix).to_owned()))
                .collect(),
        }
    }
}

impl References {
    /// Adds the lines of a reference.config file (`config reference: scheme prefix`) over what is
    /// known; gives the numbers of the lines that could not be read.
    pub fn add_file(&mut self, text: &str) -> Vec<u32> {
        unread_lines(text, |line| {
            let (scheme, prefix) = parse_line(line)?;
            let scheme = scheme.to_ascii_lowercase();
            let has_room = self.schemes.len() < MAX_SCHEMES;
            has_room.then(|| drop(self.schemes.insert(scheme, prefix.to_owned())))
        })
    }

    /// The address of a reference, none when nothing is known of its scheme. A value that is an
    /// address already stays one.
    pub(crate) fn address(&self, scheme: &str, value: &str) -> Option<String> {
        let prefix = self.schemes.get(&scheme.to_ascii_lowercase())?;
        if value.contains("://") {
            return Some(value.to_owned());
        }
        Some(format!("{prefix}{value}"))
    }

    pub(crate) fn schemes(&self) -> impl Iterator<Item = &str> {
        self.schemes.keys().map(String::as_str)
    }
}

fn parse_line(line: &str) -> Option<(&str, &str)> {
    let entry = config_entry(line, "reference")?.trim_start();
    let (scheme, prefix) = entry.split_once(char::is_whitespace)?;
    Some((scheme, prefix.trim()))
}
