//! Conditions on the fields of records, as `--where` takes them.
//!
//! ```text
//! flow.bytes_toserver > 1M and not host in 10.0.0.0/8
//! kind == alert and signature contains ssh
//! dst_port in (80, 443, 8000) or app_proto matches /^http/
//! ```
//!
//! * Fields go by their name (`dst_port`) or EVE path (`dest_port`, `flow.state`). `host` (or
//!   `ip`) and `port` mean either side; `kind` and `event_type` are what they say.
//! * `==` `!=` `<` `<=` `>` `>=`, `in (a, b)`, `in 10.0.0.0/8`, `contains`, `startswith`,
//!   `endswith`, `matches /regex/`, joined with `and`, `or`, `not` and parentheses. A field alone
//!   is true when the record has it and it is not false.
//! * Numbers may end in `k`, `M` or `G`, or in `us`, `ms`, `s`, `m` or `h` for durations. Texts are
//!   bare words or in quotes and compare without regard to case; a regular expression minds it.
//! * A comparison with a field that the record lacks is false, `!=` included. Write
//!   `not (field == value)` to have those records too. Of several values, as with `host` or a
//!   list, one must fit; for `!=` none may be equal.

mod compare;
mod lexer;
mod literal;
mod names;
mod parser;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::{Common, Row};
use compare::Test;

/// Bytes of an expression: far more than anyone types, and it bounds every list and tree below.
pub const MAX_EXPRESSION_BYTES: usize = 16 << 10;
/// Parentheses and `not`s inside each other, because parsing and matching recurse.
pub const MAX_DEPTH: usize = 64;

/// A parsed condition.
#[derive(Debug, Clone)]
pub struct Filter(Node);

#[derive(Debug, Clone)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Character at which it is wrong, counted from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// Reads an expression.
    pub fn parse(expression: &str) -> Result<Self, FilterError> {
        parser::parse(expression).map(Self)
    }

    /// Whether a record meets the condition.
    pub fn matches(&self, common: &Common<'_>, row: &Row<'_>) -> bool {
        self.0.matches(common, row)
    }
}

impl Node {
    fn matches(&self, common: &Common<'_>, row: &Row<'_>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(common, row)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(common, row)),
            Self::Not(node) => !node.matches(common, row),
            Self::Test(test) => test.matches(common, row),
        }
    }
}
