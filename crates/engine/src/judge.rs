//! What there is to say against a packet or a flow.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use wirewatch_capture::Packet;
use wirewatch_decode::{Datagram, Decoded};
use wirewatch_flow::{Flow, Table, Update};

use crate::emit::Emitter;
use crate::error::Error;
use crate::options::Options;
use crate::pipeline::Ways;
use crate::tally::Tally;

/// Everything that is loaded once and shared by the workers.
pub(crate) struct Verdicts {}

/// One worker's detection.
pub(crate) struct Judge {}

/// A datagram and what is known about it.
pub(crate) struct Sight<'a> {
    pub(crate) packet: &'a Packet<'a>,
    pub(crate) decoded: &'a Decoded,
    pub(crate) datagram: &'a Datagram,
    pub(crate) bytes: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) update: Option<Update>,
    pub(crate) recognised: bool,
    pub(crate) interface: &'a str,
    pub(crate) ways: &'a Ways,
}

type Names<'a> = (&'a [String], &'a Ways);

impl Verdicts {
    pub(crate) fn load(_options: &Options) -> Result<Self, Error> {
        Ok(Self {})
    }
    pub(crate) fn judge(self: &Arc<Self>, _ways: &Ways) -> Option<Judge> {
        None
    }
    pub(crate) fn rule_counts(&self) -> (usize, usize, usize) {
        (0, 0, 0)
    }
    pub(crate) fn indicators(&self) -> usize {
        0
    }
    pub(crate) fn home_net(&self) -> &str {
        ""
    }
    pub(crate) fn problems(&self) -> Value {
        Value::Array(Vec::new())
    }
}

impl Judge {
    pub(crate) fn datagram(
        &mut self,
        _sight: &Sight<'_>,
        _table: Option<&mut Table>,
        _emitter: &mut Emitter,
        _tally: &mut Tally,
        _comments: &mut String,
    ) {
    }
    pub(crate) fn flow_ended(&mut self, _flow: &Flow, _names: Names<'_>, _emitter: &mut Emitter, _tally: &mut Tally) {}
    pub(crate) fn tick(&mut self, _now: i64, _names: Names<'_>, _emitter: &mut Emitter, _tally: &mut Tally) {}
    pub(crate) fn counters(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::new()
    }
}
