//! Cuts a filter expression into words and symbols, each with its column.
//!
//! A word may contain `.`, `:` and `-`, so that addresses, host names and names
//! such as `tcp-syn` are one word. Inside brackets (`tcp[12:2]`) the colon is a
//! symbol, and so is the minus unless the word starts with a letter.

/// One word or symbol and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Column of its first character, from 1.
    pub column: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A word, a number or an address.
    Word(&'a str),
    /// A word after a backslash: a name even where it is also a keyword.
    Escaped(&'a str),
    /// A symbol, in its one spelling (`and` for `&&`, `=` for `==`, `not` for `!`).
    Symbol(&'static str),
    /// The end of the expression.
    End,
}

/// Two-character symbols come first so that `>=` is not read as `>` and `=`.
const SYMBOLS: [(&str, &str); 25] = [
    ("&&", "and"),
    ("||", "or"),
    ("<<", "<<"),
    (">>", ">>"),
    ("<=", "<="),
    (">=", ">="),
    ("!=", "!="),
    ("==", "="),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("!", "not"),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    (":", ":"),
    ("/", "/"),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("%", "%"),
    ("&", "&"),
    ("|", "|"),
    ("^", "^"),
];

/// All tokens of an expression, the last of them [`Kind::End`]; or the column of a character that cannot be read.
pub(super) fn split(expression: &str) -> Result<Vec<Token<'_>>, usize> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    let mut column = 1;
    let mut brackets = 0usize;
    loop {
        let trimmed = rest.trim_start();
        column += rest.chars().count() - trimmed.chars().count();
        rest = trimmed;
        if rest.is_empty() {
            tokens.push(Token {
                kind: Kind::End,
                column,
            });
            return Ok(tokens);
        }
        let (kind, length) = next(rest, brackets > 0).ok_or(column)?;
        match kind {
            Kind::Symbol("[") => brackets += 1,
            Kind::Symbol("]") => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        tokens.push(Token { kind, column });
        let (taken, after) = rest.split_at_checked(length).ok_or(column)?;
        column += taken.chars().count();
        rest = after;
    }
}

fn next(rest: &str, bracketed: bool) -> Option<(Kind<'_>, usize)> {
    if let Some(name) = rest.strip_prefix('\\') {
        let length = word_length(name, bracketed);
        return (length > 0).then(|| {
            (
                Kind::Escaped(name.get(..length).unwrap_or_default()),
                length + 1,
            )
        });
    }
    let length = word_length(rest, bracketed);
    if length > 0 {
        let word = rest.get(..length)?;
        let kind = match word {
            "and" => Kind::Symbol("and"),
            "or" => Kind::Symbol("or"),
            "not" => Kind::Symbol("not"),
            _ => Kind::Word(word),
        };
        return Some((kind, length));
    }
    SYMBOLS
        .iter()
        .find(|(spelling, _)| rest.starts_with(spelling))
        .map(|(spelling, symbol)| (Kind::Symbol(symbol), spelling.len()))
}

fn word_length(text: &str, bracketed: bool) -> usize {
    let Some(first) = text.chars().next() else {
        return 0;
    };
    let starts = first.is_ascii_alphanumeric() || (!bracketed && text.starts_with("::"));
    if !starts {
        return 0;
    }
    text.find(|c: char| {
        !(c.is_ascii_alphanumeric()
            || c == '_'
            || c == '.'
            || (c == ':' && !bracketed)
            || (c == '-' && (!bracketed || first.is_ascii_alphabetic())))
    })
    .unwrap_or(text.len())
}
