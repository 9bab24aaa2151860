//! A message that another protocol carries as a whole: DNS over HTTPS (RFC 8484).

use std::borrow::Cow;

use wirewatch_records::Row;

use super::eve::Lists;
use super::facts;
use super::message::Message;
use super::transaction::View;
use super::{DNS, Flavour};
use crate::application::Transaction;
use crate::protocol::Side;
use crate::sink::{NamedBy, Sink};

/// Bytes of a message, whatever carries it (RFC 8484, section 6).
pub(crate) const MAX_MESSAGE: usize = u16::MAX as usize;

/// A message and who sent it.
#[derive(Debug)]
pub(crate) struct Carried {
    side: Side,
    message: Message,
    bytes: Vec<u8>,
}

impl Carried {
    /// The message in these bytes; none when nothing of it can be read.
    pub(crate) fn read(side: Side, bytes: Vec<u8>) -> Option<Self> {
        let mut message = Message::default();
        message.read(bytes.get(..MAX_MESSAGE).unwrap_or(&bytes))?;
        (!message.is_empty()).then_some(Self {
            side,
            message,
            bytes,
        })
    }

    fn view(&self, id: u64) -> View<'_> {
        View {
            id,
            side: self.side,
            application: &DNS,
            flavour: Flavour::Dns,
            message: &self.message,
            bytes: &self.bytes,
            events: Vec::new(),
        }
    }

    /// A value of one of the buffers of [`DNS`].
    pub(crate) fn buffer(&self, buffer: usize, index: usize) -> Option<Cow<'_, [u8]>> {
        let name = self.view(0).name(buffer, index)?;
        Some(Cow::Borrowed(self.message.text(name)))
    }

    /// A value of one of its numbers.
    pub(crate) fn number(&self, number: usize, index: usize) -> Option<u64> {
        self.view(0).number(number, self.side, index)
    }

    /// Its record, as a part of the transaction with this number; `http` is what carried it.
    pub(crate) fn row(&self, id: u64, http: Option<&str>, put: &mut dyn FnMut(&Row<'_>)) {
        let mut lists = Lists::default();
        let view = self.view(id);
        lists.write(&self.message, &self.bytes, Flavour::Dns.form());
        view.row_of(&lists, http, put);
    }

    /// Tells what it tells beyond itself.
    pub(crate) fn learn(&self, sink: &mut dyn Sink) {
        facts::learn(NamedBy::Dns, &self.message, &self.bytes, sink);
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity().saturating_add(self.message.held())
    }
}
