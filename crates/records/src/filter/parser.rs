//! Expressions to conditions, by recursive descent.

use std::cmp::Ordering::{self, Equal, Greater, Less};

use regex::bytes::RegexBuilder;

use super::compare::{Question, Test};
use super::lexer::{Token, TokenKind, tokens};
use super::literal::{self, Literal};
use super::names::{self, Place};
use super::{FilterError, MAX_DEPTH, MAX_EXPRESSION_BYTES, Node};
use crate::FieldType;

/// Bytes of a compiled regular expression: enough for alternatives of a few hundred words.
const MAX_REGEX_BYTES: usize = 1 << 20;
const OPERATORS: &str = "==, !=, <, <=, >, >=, in, contains, startswith, endswith or matches";

pub(crate) fn parse(expression: &str) -> Result<Node, FilterError> {
    if expression.len() > MAX_EXPRESSION_BYTES {
        let message = format!("the expression is longer than {MAX_EXPRESSION_BYTES} bytes");
        return Err(FilterError {
            column: MAX_EXPRESSION_BYTES,
            message,
        });
    }
    let end = expression.chars().count() + 1;
    let mut parser = Parser {
        tokens: tokens(expression)?,
        next: 0,
        depth: 0,
        end,
    };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.wrong("expected and, or, or the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.all()?];
        while self.accept("or") {
            nodes.push(self.all()?);
        }
        Ok(single(nodes, Node::Any))
    }

    fn all(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.not()?];
        while self.accept("and") {
            nodes.push(self.not()?);
        }
        Ok(single(nodes, Node::All))
    }

    fn not(&mut self) -> Result<Node, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply here"));
        }
        let node = if self.accept("not") {
            Node::Not(Box::new(self.not()?))
        } else if self.accept("(") {
            let inside = self.any()?;
            self.expect(")")?;
            inside
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn test(&mut self) -> Result<Node, FilterError> {
        let column = self.column();
        let Some(TokenKind::Word(name)) = self.take() else {
            return Err(error(column, "expected the name of a field"));
        };
        let places = names::find(&name);
        if places.is_empty() {
            return Err(error(column, &unknown(&name)));
        }
        self.questions(places)
    }

    /// The question once per type: a name may be a number in one kind and a text in another,
    /// and the value need only fit one of them.
    fn questions(&mut self, mut places: Vec<Place>) -> Result<Node, FilterError> {
        let begin = self.next;
        let mut nodes = Vec::new();
        let mut failed = None;
        let mut end = begin;
        while let Some(field_type) = places.first().map(|place| place.field_type()) {
            let alike = |place: &Place| place.field_type() == field_type;
            let (same, others) = places.into_iter().partition(alike);
            places = others;
            self.next = begin;
            match self.question(&same) {
                Ok(question) => {
                    end = self.next;
                    nodes.push(Node::Test(Test {
                        places: same,
                        question,
                    }));
                }
                Err(reason) => failed = failed.or(Some(reason)),
            }
        }
        self.next = end;
        match failed {
            Some(reason) if nodes.is_empty() => Err(reason),
            _ => Ok(single(nodes, Node::Any)),
        }
    }

    fn question(&mut self, places: &[Place]) -> Result<Question, FilterError> {
        const ORDERS: [(&str, &[Ordering]); 4] = [
            ("<=", &[Less, Equal]),
            (">=", &[Greater, Equal]),
            ("<", &[Less]),
            (">", &[Greater]),
        ];
        if self.accept("==") {
            return Ok(Question::In(vec![self.literal(places)?]));
        }
        if self.accept("!=") {
            return Ok(Question::NotIn(vec![self.literal(places)?]));
        }
        if self.accept("in") {
            return Ok(Question::In(self.list(places)?));
        }
        if self.accept("not") {
            self.expect("in")?;
            return Ok(Question::NotIn(self.list(places)?));
        }
        for (symbol, orders) in ORDERS {
            let column = self.column();
            if self.accept(symbol) {
                let literal = self.literal(places)?;
                let ordered = matches!(literal, Literal::Number(_) | Literal::Time(_));
                let found = ordered.then_some(Question::Order(orders, literal));
                return found.ok_or_else(|| error(column, "only numbers and times have an order"));
            }
        }
        self.text_question()
    }

    fn text_question(&mut self) -> Result<Question, FilterError> {
        let question: fn(Vec<u8>) -> Question = if self.accept("contains") {
            Question::Contains
        } else if self.accept("startswith") {
            Question::StartsWith
        } else if self.accept("endswith") {
            Question::EndsWith
        } else if self.accept("matches") {
            return self.regex();
        } else if matches!(self.peek(), None | Some("and" | "or" | ")")) {
            return Ok(Question::Present);
        } else {
            return Err(self.wrong(&format!("expected {OPERATORS}")));
        };
        let text = self.text()?;
        Ok(question(text.to_ascii_lowercase().into_bytes()))
    }

    fn regex(&mut self) -> Result<Question, FilterError> {
        let column = self.column();
        let Some(TokenKind::Regex(pattern) | TokenKind::Quoted(pattern)) = self.take() else {
            return Err(error(
                column,
                "expected a regular expression such as /^ssh/",
            ));
        };
        let mut builder = RegexBuilder::new(&pattern);
        builder
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES);
        let built = builder.build().map(Question::Matches);
        built.map_err(|reason| error(column, &regex_message(&reason)))
    }

    fn list(&mut self, places: &[Place]) -> Result<Vec<Literal>, FilterError> {
        if !self.accept("(") {
            return Ok(vec![self.literal(places)?]);
        }
        let mut literals = vec![self.literal(places)?];
        while self.accept(",") {
            literals.push(self.literal(places)?);
        }
        self.expect(")")?;
        Ok(literals)
    }

    /// A value for places of one type.
    fn literal(&mut self, places: &[Place]) -> Result<Literal, FilterError> {
        let column = self.column();
        let text = self.text()?;
        let place = places.first();
        let field_type = place.map_or(FieldType::Text, |place| place.field_type());
        let info = place.and_then(|place| place.info());
        literal::read(&text, field_type, info).map_err(|message| error(column, &message))
    }

    fn text(&mut self) -> Result<String, FilterError> {
        let column = self.column();
        match self.take() {
            Some(TokenKind::Word(text) | TokenKind::Quoted(text)) => Ok(text),
            _ => Err(error(column, "expected a value")),
        }
    }

    /// The next token when it is a symbol or a bare word.
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.next).map(|token| match &token.kind {
            TokenKind::Symbol(symbol) => symbol,
            TokenKind::Word(word) => word.as_str(),
            TokenKind::Quoted(_) | TokenKind::Regex(_) => "",
        })
    }

    fn accept(&mut self, wanted: &str) -> bool {
        let found = self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(wanted));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), FilterError> {
        let found = self.accept(wanted);
        found
            .then_some(())
            .ok_or_else(|| self.wrong(&format!("expected {wanted}")))
    }

    fn take(&mut self) -> Option<TokenKind> {
        let token = self.tokens.get(self.next)?;
        self.next += 1;
        Some(token.kind.clone())
    }

    fn column(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |token| token.column)
    }

    fn wrong(&self, message: &str) -> FilterError {
        error(self.column(), message)
    }
}

fn single(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            many(nodes)
        }
        None => many(nodes),
    }
}

fn unknown(name: &str) -> String {
    let hint = names::nearest(name).map(|near| format!("; did you mean {near}?"));
    format!("no field is called {name:?}{}", hint.unwrap_or_default())
}

/// The last line of the regex crate's message; those before it draw the pattern.
fn regex_message(reason: &regex::Error) -> String {
    let text = reason.to_string();
    let last = text.lines().last().unwrap_or_default();
    let last = last.trim_start_matches("error: ");
    format!("bad regular expression: {last}")
}

fn error(column: usize, message: &str) -> FilterError {
    FilterError {
        column,
        message: message.to_owned(),
    }
}
