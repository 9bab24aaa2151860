//! TFTP (RFC 1350): files without login, which devices boot from and attackers like to fetch.
//!
//! The request goes to the server's well-known port; the file itself comes from another port of
//! the server, as a flow of its own that this parser announces and then reads too.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use wirewatch_records::{Row, TftpRow};

use crate::application::{Application, COMPLETE, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, field};
use crate::protocol::Side;
use crate::sink::{Fact, FilePart, Sink};
use crate::waiting::bounded;

/// Bytes of a file's name or mode; a request is at most 512 bytes long (RFC 2347).
const MAX_NAME: usize = 512;
/// Bytes of a block unless another size was agreed on, which this flow does not tell.
const BLOCK: usize = 512;

const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;

/// TFTP.
pub(crate) static TFTP: Application = Application {
    names: &["tftp"],
    new: |facts: &Facts| {
        Box::new(Tftp {
            client: facts.client,
            client_port: facts.client_port,
            next_id: 0,
            transfer: None,
            name: Vec::new(),
        })
    },
    frames: &[],
    buffers: BUFFERS,
    numbers: &[],
    events: &[],
};

const BUFFERS: &[Field] = &[
    field("tftp.file", Side::Client, COMPLETE),
    field("tftp.mode", Side::Client, COMPLETE),
];

#[derive(Debug)]
struct Request {
    is_write: bool,
    /// Whether it stands for a transfer whose request was in another flow.
    is_transfer: bool,
}

impl Detail for Request {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        if exchange.detail.is_transfer {
            return;
        }
        put(&TftpRow {
            packet: if exchange.detail.is_write {
                "write"
            } else {
                "read"
            },
            file: exchange.first(0).unwrap_or_default(),
            mode: exchange.first(1).unwrap_or_default(),
        }
        .into());
    }
}

/// A file on its way.
struct Transfer {
    exchange: Exchange<Request>,
    side: Side,
    /// The block that comes next.
    block: u16,
    /// Bytes of the first block: the last one is shorter.
    size: usize,
}

struct Tftp {
    client: IpAddr,
    client_port: u16,
    next_id: u64,
    transfer: Option<Transfer>,
    /// The file that the request for this transfer named.
    name: Vec<u8>,
}

impl Tftp {
    fn request(&mut self, side: Side, is_write: bool, rest: &[u8], sink: &mut dyn Sink) {
        let mut parts = rest.split(|byte| *byte == 0);
        let name = bounded(parts.next().unwrap_or_default(), MAX_NAME);
        let mode = bounded(parts.next().unwrap_or_default(), MAX_NAME);
        let request = Request {
            is_write,
            is_transfer: false,
        };
        let mut exchange = Exchange::new(self.next_id, &TFTP, request);
        self.next_id += 1;
        exchange.put(0, Side::Client, name);
        exchange.put(1, Side::Client, &mode.to_ascii_lowercase());
        exchange.single(side, sink);
        sink.learn(Fact::Expect {
            server: self.client,
            port: self.client_port,
            name: "tftp",
            about: name,
        });
    }

    fn block(&mut self, side: Side, number: u16, data: &[u8], sink: &mut dyn Sink) -> Next {
        let (next_id, name) = (&mut self.next_id, &self.name);
        let transfer = self.transfer.get_or_insert_with(|| {
            let request = Request {
                is_write: side == Side::Server,
                is_transfer: true,
            };
            let exchange = Exchange::new(*next_id, &TFTP, request);
            *next_id += 1;
            sink.file(&exchange, side, 0, FilePart::Open { name, size: None });
            Transfer {
                exchange,
                side,
                block: 1,
                size: data.len().max(BLOCK),
            }
        });
        let ahead = number.wrapping_sub(transfer.block);
        // A block that was sent again.
        if side != transfer.side || ahead > u16::MAX / 2 {
            return Next::More;
        }
        if ahead > 0 {
            let missing = u64::from(ahead) * transfer.size as u64;
            sink.file(&transfer.exchange, side, 0, FilePart::Gap(missing));
        }
        sink.file(&transfer.exchange, side, 0, FilePart::Data(data));
        transfer.block = number.wrapping_add(1);
        if data.len() < transfer.size {
            self.close(true, sink);
            return Next::Done;
        }
        Next::More
    }

    fn close(&mut self, complete: bool, sink: &mut dyn Sink) {
        if let Some(transfer) = self.transfer.take() {
            let Transfer { exchange, side, .. } = transfer;
            sink.file(&exchange, side, 0, FilePart::Close { complete });
        }
    }
}

impl Parser for Tftp {
    fn about(&mut self, about: &[u8]) {
        self.name = bounded(about, MAX_NAME).to_vec();
    }

    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let Some((operation, rest)) = bytes.split_first_chunk::<2>() else {
            return Next::More;
        };
        match u16::from_be_bytes(*operation) {
            READ => self.request(side, false, rest, sink),
            WRITE => self.request(side, true, rest, sink),
            DATA => {
                if let Some((number, data)) = rest.split_first_chunk::<2>() {
                    return self.block(side, u16::from_be_bytes(*number), data, sink);
                }
            }
            _ => {}
        }
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if self
            .transfer
            .as_ref()
            .is_some_and(|transfer| transfer.side == side)
        {
            self.close(false, sink);
        }
    }
}
