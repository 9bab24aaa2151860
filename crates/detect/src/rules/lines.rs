//! Files beside rules (classes, references, reputations), line by line.

/// The numbers of the lines that `read` does not take; blank lines and comments are passed over.
pub(crate) fn unread_lines(text: &str, mut read: impl FnMut(&str) -> Option<()>) -> Vec<u32> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|(number, line)| read(line).is_none().then_some(number))
        .collect()
}

/// What stands behind `config WORD:`.
pub(crate) fn config_entry<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let rest = line.strip_prefix("config")?.trim_start();
    let rest = rest.strip_prefix(word)?.trim_start();
    rest.strip_prefix(':')
}
