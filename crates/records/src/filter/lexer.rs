//! An expression's words.

use super::FilterError;

/// One word and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) column: usize,
    pub(crate) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Field names, keywords, numbers, addresses and bare texts.
    Word(String),
    /// Text in quotes.
    Quoted(String),
    /// A regular expression between slashes.
    Regex(String),
    /// `==`, `(` and the like.
    Symbol(&'static str),
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [(&str, &str); 14] = [
    ("==", "=="),
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("&&", "and"),
    ("||", "or"),
    ("=", "=="),
    ("<", "<"),
    (">", ">"),
    ("!", "not"),
    ("(", "("),
    (")", ")"),
    (",", ","),
    ("~", "matches"),
];

pub(crate) fn tokens(expression: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = expression;
    loop {
        rest = rest.trim_start();
        let consumed = expression.len() - rest.len();
        let column = expression.get(..consumed).unwrap_or("").chars().count() + 1;
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let after_matches = tokens.last().is_some_and(is_matches);
        let (kind, tail) = match first {
            '"' | '\'' => quoted(rest, first, column, TokenKind::Quoted)?,
            '/' if after_matches => quoted(rest, '/', column, TokenKind::Regex)?,
            _ => symbol(rest).map_or_else(|| word(rest, column), Ok)?,
        };
        tokens.push(Token { column, kind });
        rest = tail;
    }
}

fn is_matches(token: &Token) -> bool {
    match &token.kind {
        TokenKind::Word(word) => word.eq_ignore_ascii_case("matches"),
        TokenKind::Symbol(symbol) => *symbol == "matches",
        _ => false,
    }
}

fn symbol(rest: &str) -> Option<(TokenKind, &str)> {
    SYMBOLS.iter().find_map(|(written, meant)| {
        let tail = rest.strip_prefix(written)?;
        Some((TokenKind::Symbol(meant), tail))
    })
}

fn word(rest: &str, column: usize) -> Result<(TokenKind, &str), FilterError> {
    let in_word = |c: char| c.is_alphanumeric() || "_.:/-+*%@#".contains(c);
    let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
    let (word, tail) = rest.split_at(end);
    if word.is_empty() {
        let odd = rest.chars().next().unwrap_or(' ');
        let message = format!("unexpected {odd:?}; put texts in quotes");
        return Err(FilterError { column, message });
    }
    Ok((TokenKind::Word(word.to_owned()), tail))
}

/// Text up to the closing mark; a backslash keeps a mark or a backslash from ending it, and in a
/// regular expression stays before anything but the mark.
fn quoted(
    rest: &str,
    mark: char,
    column: usize,
    kind: fn(String) -> TokenKind,
) -> Result<(TokenKind, &str), FilterError> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((position, c)) = characters.next() {
        if c == mark {
            let tail = rest.get(position + mark.len_utf8()..).unwrap_or("");
            return Ok((kind(text), tail));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some((_, next)) if next == mark || (next == '\\' && mark != '/') => text.push(next),
            Some((_, next)) => text.extend(['\\', next]),
            None => text.push('\\'),
        }
    }
    let message = format!("{mark} is not closed");
    Err(FilterError { column, message })
}
