//! The files beside rules: thresholds, classes, references, reputations, countries.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use wirewatch_detect::rules::{Classification, Countries, Lists, References, Reputations};

use crate::options::Detect;

/// The largest file; databases of all addresses have about 100 MB.
const MAX_BYTES: u64 = 1 << 30;
/// Lines told that could not be read, per file.
const MAX_TOLD: usize = 100;

/// Name and text of the threshold file.
pub(super) fn thresholds(detect: &Detect, problems: &mut Vec<Value>) -> Option<(String, String)> {
    let path = detect.threshold_file.as_deref()?;
    Some((path.display().to_string(), text(path, problems)?))
}

/// The well-known classes, and those of the file.
pub(super) fn classification(detect: &Detect, problems: &mut Vec<Value>) -> Classification {
    let mut classes = Classification::default();
    read(detect.classification_file.as_deref(), problems, |text| {
        classes.add_file(text)
    });
    classes
}

/// What rules ask beside their own text.
pub(super) fn load(detect: &Detect, problems: &mut Vec<Value>) -> Lists {
    let mut references = References::default();
    read(detect.reference_file.as_deref(), problems, |text| {
        references.add_file(text)
    });
    Lists {
        references,
        reputations: reputations(detect, problems).map(Arc::new),
        countries: countries(detect, problems).map(Arc::new),
    }
}

fn reputations(detect: &Detect, problems: &mut Vec<Value>) -> Option<Reputations> {
    let categories = detect.reputation_categories.as_deref()?;
    let mut known = Reputations::default();
    read(Some(categories), problems, |text| {
        known.add_categories(text)
    });
    for path in &detect.reputation_files {
        read(Some(path), problems, |text| known.add_list(text));
    }
    Some(known)
}

fn countries(detect: &Detect, problems: &mut Vec<Value>) -> Option<Countries> {
    let path = detect.geoip_database.as_deref()?;
    match Countries::new(bytes(path, problems)?) {
        Ok(countries) => Some(countries),
        Err(reason) => {
            problems.push(problem(path, 0, "error", &reason));
            None
        }
    }
}

/// Hands a file's text to `take` and tells the lines that it could not read.
fn read(path: Option<&Path>, problems: &mut Vec<Value>, take: impl FnOnce(&str) -> Vec<u32>) {
    let Some(path) = path else { return };
    let Some(text) = text(path, problems) else {
        return;
    };
    let lines = take(&text);
    let told = lines.iter().take(MAX_TOLD);
    let message = "this line cannot be read";
    problems.extend(told.map(|line| problem(path, *line, "warning", message)));
}

fn text(path: &Path, problems: &mut Vec<Value>) -> Option<String> {
    let bytes = bytes(path, problems)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn bytes(path: &Path, problems: &mut Vec<Value>) -> Option<Vec<u8>> {
    let read = std::fs::metadata(path).and_then(|metadata| {
        if metadata.len() > MAX_BYTES {
            return Err(std::io::Error::other("the file is too large"));
        }
        std::fs::read(path)
    });
    read.map_err(|error| {
        let message = format!("the file cannot be read: {error}");
        problems.push(problem(path, 0, "error", &message));
    })
    .ok()
}

fn problem(path: &Path, line: u32, level: &str, message: &str) -> Value {
    json!({
        "file": path.display().to_string(),
        "line": line,
        "column": 1,
        "level": level,
        "message": message,
        "suggestion": null,
    })
}
