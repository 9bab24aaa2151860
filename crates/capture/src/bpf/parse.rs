//! Reads a filter expression into a tree.
//!
//! The language is that of pcap-filter(7), without what needs the network (names
//! of hosts) and without rare link types. `and` and `or` bind equally, from left
//! to right, and a bare word after them takes over the qualifiers before it:
//! `tcp port 80 or 443`.

mod arithmetic;
pub(super) mod primitive;

use super::names;
use super::tree::{Direction, Expression, Joint, Primitive, Protocol};
use super::words::{Kind, Token, split};

/// The longest expression, in bytes: room for a thousand addresses, short enough to be compiled at once.
const MAX_LENGTH: usize = 65_536;

/// The deepest nesting of parentheses and `not`: each level costs stack while parsing.
const MAX_DEPTH: usize = 64;

/// Where an expression is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Column, from 1.
    pub column: usize,
    /// What was expected there, or what is wrong, without a full stop.
    pub reason: String,
}

type Parsed<T> = Result<T, Fault>;

/// What an address or a number after the qualifiers stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Host,
    Net,
    Port,
    PortRange,
    Number,
    /// Only a direction was given: an address or a network.
    Address,
}

/// The qualifiers before an address, port or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    protocol: Option<Protocol>,
    direction: Direction,
    sort: Sort,
}

/// The tree of an expression; `None` for an empty one, which passes everything.
pub(super) fn parse(text: &str) -> Parsed<Option<Expression>> {
    if text.len() > MAX_LENGTH {
        return Err(Fault {
            column: 1,
            reason: format!("expected at most {MAX_LENGTH} bytes"),
        });
    }
    let tokens = split(text).map_err(|column| Fault {
        column,
        reason: "expected a word, a number or a symbol of the filter language".to_owned(),
    })?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        head: Some(Head {
            protocol: None,
            direction: Direction::Either,
            sort: Sort::Address,
        }),
        depth: 0,
    };
    if parser.kind() == Kind::End {
        return Ok(None);
    }
    let expression = parser.chain()?;
    if parser.kind() != Kind::End {
        return parser.expected("`and`, `or` or the end");
    }
    Ok(Some(expression))
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    /// Qualifiers that a bare word takes over.
    head: Option<Head>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn kind(&self) -> Kind<'a> {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> Kind<'a> {
        self.tokens
            .get(self.at + ahead)
            .map_or(Kind::End, |token| token.kind)
    }

    fn column(&self) -> usize {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .map_or(1, |token| token.column)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.kind(), Kind::Symbol(here) if here == symbol);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.kind() == Kind::Word(word);
        self.at += usize::from(found);
        found
    }

    fn fault<T>(&self, reason: String) -> Parsed<T> {
        Err(Fault {
            column: self.column(),
            reason,
        })
    }

    fn expected<T>(&self, what: &str) -> Parsed<T> {
        let found = match self.kind() {
            Kind::End => "the end".to_owned(),
            Kind::Symbol(text) | Kind::Word(text) => format!("`{text}`"),
            Kind::Escaped(text) => format!("`\\{text}`"),
        };
        self.fault(format!("expected {what}, found {found}"))
    }

    fn close(&mut self) -> Parsed<()> {
        if self.take_symbol(")") {
            Ok(())
        } else {
            self.expected("`)`")
        }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return self.fault(format!("expected at most {MAX_DEPTH} nested parentheses"));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn chain(&mut self) -> Parsed<Expression> {
        self.joined(Self::term)
    }

    fn joined(&mut self, part: fn(&mut Self) -> Parsed<Expression>) -> Parsed<Expression> {
        let first = part(self)?;
        let mut rest = Vec::new();
        while let Some(joint) = self.joint() {
            rest.push((joint, part(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Expression::Chain(Box::new(first), rest))
    }

    fn joint(&mut self) -> Option<Joint> {
        if self.take_symbol("and") {
            Some(Joint::And)
        } else if self.take_symbol("or") {
            Some(Joint::Or)
        } else {
            None
        }
    }

    fn term(&mut self) -> Parsed<Expression> {
        if self.take_symbol("not") {
            let inner = self.deeper(Self::term)?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        if self.kind() == Kind::Symbol("(") {
            return self.parenthesis();
        }
        self.primitive()
    }

    /// A parenthesis opens a condition or a calculation; only reading on tells.
    fn parenthesis(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let calculation = match self.comparison() {
            Ok(comparison) => {
                self.head = None;
                return Ok(Expression::Test(comparison));
            }
            Err(fault) => fault,
        };
        self.at = start + 1;
        let condition = self.deeper(|parser| {
            let inner = parser.chain()?;
            parser.close()?;
            Ok(inner)
        });
        condition.map_err(|fault| {
            if fault.column < calculation.column {
                calculation
            } else {
                fault
            }
        })
    }

    fn primitive(&mut self) -> Parsed<Expression> {
        if self.at_calculation() {
            let comparison = self.comparison()?;
            self.head = None;
            return Ok(Expression::Test(comparison));
        }
        if let Kind::Word(word) = self.kind()
            && let Some(simple) = self.simple(word)?
        {
            self.head = None;
            return Ok(Expression::Test(simple));
        }
        self.qualified()
    }

    /// Conditions without qualifiers: `vlan 5`, `less 100`, `broadcast`.
    fn simple(&mut self, word: &str) -> Parsed<Option<Primitive>> {
        let primitive = match word {
            "vlan" => {
                self.at += 1;
                Primitive::Vlan(self.optional_number(0x0fff)?)
            }
            "less" | "greater" => {
                self.at += 1;
                self.length_limit(word == "less")?
            }
            "broadcast" => {
                self.at += 1;
                Primitive::Broadcast
            }
            "multicast" => {
                self.at += 1;
                Primitive::Multicast(Protocol::Ether)
            }
            _ => return Ok(None),
        };
        Ok(Some(primitive))
    }

    /// A qualified address, port or number, or a protocol alone.
    fn qualified(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let protocol = self.protocol();
        let direction = self.direction();
        let sort = self.sort();
        if self.at == start {
            let Some(head) = self.head else {
                return self.expected("a protocol, a direction, `host`, `net` or `port`");
            };
            return self.bare(head);
        }
        if let (Some(protocol), None, None) = (protocol, direction, sort) {
            return self.alone(protocol);
        }
        let head = Head {
            protocol,
            direction: direction.unwrap_or(Direction::Either),
            sort: sort.unwrap_or(Sort::Address),
        };
        self.head = Some(head);
        self.identifiers(head)
    }

    fn bare(&mut self, head: Head) -> Parsed<Expression> {
        match self.kind() {
            Kind::Word(_) | Kind::Escaped(_) => self.identifiers(head),
            _ => self.expected("a condition"),
        }
    }

    fn alone(&mut self, protocol: Protocol) -> Parsed<Expression> {
        let primitive = if self.take_word("multicast") {
            Primitive::Multicast(protocol)
        } else if self.kind() == Kind::Word("broadcast") {
            if protocol != Protocol::Ether {
                return self.fault(
                    "expected `ether` before `broadcast`: the netmask of other networks is not known".to_owned(),
                );
            }
            self.at += 1;
            Primitive::Broadcast
        } else if protocol == Protocol::Ether {
            return self.expected("`host`, `src`, `dst`, `proto`, `broadcast` or `multicast`");
        } else {
            Primitive::Is(protocol)
        };
        if let Primitive::Multicast(protocol) = primitive
            && !matches!(protocol, Protocol::Ether | Protocol::Ip | Protocol::Ip6)
        {
            self.at -= 1;
            return self.fault("expected `ether`, `ip` or `ip6` before `multicast`".to_owned());
        }
        self.head = None;
        Ok(Expression::Test(primitive))
    }

    /// One identifier, or several in parentheses: `port (80 or 443)`.
    fn identifiers(&mut self, head: Head) -> Parsed<Expression> {
        if self.take_symbol("not") {
            let inner = self.deeper(|parser| parser.identifiers(head))?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        if !self.take_symbol("(") {
            return self.identifier(head).map(Expression::Test);
        }
        self.deeper(|parser| {
            let first = parser.identifiers(head)?;
            let mut rest = Vec::new();
            while let Some(joint) = parser.joint() {
                rest.push((joint, parser.identifiers(head)?));
            }
            parser.close()?;
            Ok(Expression::Chain(Box::new(first), rest))
        })
    }

    fn protocol(&mut self) -> Option<Protocol> {
        let Kind::Word(word) = self.kind() else {
            return None;
        };
        let protocol = names::protocol(word)?;
        self.at += 1;
        Some(protocol)
    }

    fn direction(&mut self) -> Option<Direction> {
        let (first, other) = match self.kind() {
            Kind::Word("src") => (Direction::Source, "dst"),
            Kind::Word("dst") => (Direction::Destination, "src"),
            _ => return None,
        };
        self.at += 1;
        let joined = match (self.peek(0), self.peek(1)) {
            (Kind::Symbol("or"), Kind::Word(word)) if word == other => Direction::Either,
            (Kind::Symbol("and"), Kind::Word(word)) if word == other => Direction::Both,
            _ => return Some(first),
        };
        // `src host a or dst host b` is two conditions: only `src or dst` in one breath is a direction.
        self.at += 2;
        Some(joined)
    }

    fn sort(&mut self) -> Option<Sort> {
        let sort = match self.kind() {
            Kind::Word("host") => Sort::Host,
            Kind::Word("net") => Sort::Net,
            Kind::Word("port") => Sort::Port,
            Kind::Word("portrange") => Sort::PortRange,
            Kind::Word("proto") => Sort::Number,
            _ => return None,
        };
        self.at += 1;
        Some(sort)
    }
}
