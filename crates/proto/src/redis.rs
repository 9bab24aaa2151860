//! Redis: commands with their keys and replies, and who logs in.
//!
//! RESP 2 and 3 (redis.io, "Redis serialization protocol"). A transaction is a command with its reply.

mod resp;

use std::collections::VecDeque;

use wirewatch_records::{RedisRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, field as one};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Sides, Waiting, bounded, drive};
use resp::{Resp, Value};

/// The parser.
pub(crate) static REDIS: Application = Application {
    names: &["redis"],
    new: |_: &Facts| Box::new(Redis::default()),
    frames: &[],
    buffers: &[
        one("redis.command", Side::Client, COMPLETE),
        one("redis.key", Side::Client, COMPLETE),
        one("redis.value", Side::Client, COMPLETE),
        one("redis.reply", Side::Server, COMPLETE),
    ],
    numbers: &[],
    events: &[],
};

const COMMAND: usize = 0;
const KEY: usize = 1;
const VALUE: usize = 2;
const REPLY: usize = 3;

/// Commands that wait for their reply.
const MAX_PENDING: usize = 64;

/// Commands whose first argument is a key, and whether the second is its value.
const WITH_KEY: &[(&[u8], bool)] = &[
    (b"APPEND", true),
    (b"DECR", false),
    (b"DECRBY", true),
    (b"DEL", false),
    (b"EXPIRE", false),
    (b"EXPIREAT", false),
    (b"GET", false),
    (b"GETDEL", false),
    (b"GETEX", false),
    (b"GETRANGE", false),
    (b"GETSET", true),
    (b"HDEL", false),
    (b"HGET", false),
    (b"HKEYS", false),
    (b"HVALS", false),
    (b"INCR", false),
    (b"INCRBY", true),
    (b"KEYS", false),
    (b"MOVE", false),
    (b"PERSIST", false),
    (b"SET", true),
    (b"STRLEN", false),
    (b"TTL", false),
    (b"TYPE", false),
];

/// What is known of a reply.
#[derive(Debug, Default)]
struct Reply {
    success: Option<bool>,
    login: Option<Vec<u8>>,
}

impl Detail for Reply {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let row = RedisRow {
            tx_id: exchange.id(),
            command: exchange.first(COMMAND),
            key: exchange.first(KEY),
            value: exchange.first(VALUE),
            success: exchange.detail.success,
            reply: exchange.first(REPLY),
        };
        put(&row.into());
    }
}

#[derive(Default)]
struct Redis {
    waiting: Sides<Waiting>,
    resp: Sides<Resp>,
    pending: VecDeque<Box<Exchange<Reply>>>,
    next: u64,
    /// Whether the client wants no replies at all, and for how many commands it wants none.
    is_silent: bool,
    skips: u8,
}

impl Parser for Redis {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, resp::MAX_WAITING, |bytes| {
            let resp = self.resp.mut_of(side);
            let step = resp.step(bytes, side == Side::Client);
            if let Some(value) = resp.take() {
                match side {
                    Side::Client => self.command(&value, sink),
                    Side::Server => self.reply(&value, sink),
                }
            }
            step
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.lose(side, length)
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            while let Some(mut exchange) = self.pending.pop_front() {
                exchange.finish(Side::Client, sink);
            }
        }
    }

    fn held(&self) -> usize {
        let pending = self
            .pending
            .iter()
            .map(|one| one.held() + size_of::<Exchange<Reply>>());
        let values = self.resp.client.held() + self.resp.server.held();
        let waiting = self.waiting.held();
        waiting + values + pending.sum::<usize>()
    }
}

impl Redis {
    fn begin(&mut self) -> Box<Exchange<Reply>> {
        let id = self.next;
        self.next = id.saturating_add(1);
        Box::new(Exchange::new(id, &REDIS, Reply::default()))
    }

    fn command(&mut self, value: &Value, sink: &mut dyn Sink) {
        let mut words = value.words.iter().map(Vec::as_slice);
        let Some(name) = words.next() else {
            return;
        };
        let mut exchange = self.begin();
        let name = name.to_ascii_uppercase();
        exchange.put(COMMAND, Side::Client, &name);
        let (first, second) = (words.next(), words.next());
        if let Some((_, has_value)) = WITH_KEY.iter().find(|(known, _)| *known == name) {
            for (buffer, word) in [(KEY, first), (VALUE, second.filter(|_| *has_value))] {
                if let Some(word) = word {
                    exchange.put(buffer, Side::Client, word);
                }
            }
        }
        if name == b"AUTH" {
            let user = if second.is_some() { first } else { None };
            exchange.detail.login = Some(user.unwrap_or(b"default").to_vec());
        }
        if name == b"HELLO" && is(second, b"AUTH") {
            exchange.detail.login = Some(words.next().unwrap_or(b"default").to_vec());
        }
        exchange.reach(Side::Client, COMPLETE, sink);
        if self.has_reply(&name, first, second) {
            self.wait(exchange, sink);
        } else {
            exchange.finish(Side::Client, sink);
        }
    }

    /// Whether a command is answered at its place in the order.
    fn has_reply(&mut self, name: &[u8], first: Option<&[u8]>, second: Option<&[u8]>) -> bool {
        if name == b"CLIENT" && is(first, b"REPLY") {
            if is(second, b"SKIP") {
                self.skips = 1;
                return false;
            }
            self.is_silent = is(second, b"OFF");
            return !self.is_silent;
        }
        if std::mem::take(&mut self.skips) > 0 {
            return false;
        }
        // Subscriptions are answered by messages of their own.
        !self.is_silent && !name.ends_with(b"SUBSCRIBE")
    }

    fn wait(&mut self, exchange: Box<Exchange<Reply>>, sink: &mut dyn Sink) {
        if self.pending.len() >= MAX_PENDING
            && let Some(mut oldest) = self.pending.pop_front()
        {
            oldest.finish(Side::Client, sink);
        }
        self.pending.push_back(exchange);
    }

    fn reply(&mut self, value: &Value, sink: &mut dyn Sink) {
        if value.is_push {
            return;
        }
        let mut exchange = match self.pending.pop_front() {
            Some(exchange) => exchange,
            None => self.begin(),
        };
        exchange.put(REPLY, Side::Server, bounded(&value.text, resp::MAX_TEXT));
        exchange.detail.success = Some(!value.is_error);
        if let Some(user) = &exchange.detail.login {
            sink.learn(Fact::Login {
                user,
                plain_password: true,
                accepted: Some(!value.is_error),
            });
        }
        exchange.finish(Side::Client, sink);
    }
}

fn is(word: Option<&[u8]>, text: &[u8]) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests;
