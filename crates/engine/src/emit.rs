//! Where records go: files, terminal lines, Arrow batches; each only if someone asked for it.

use std::sync::Arc;

use wirewatch_records::filter::Filter;
use wirewatch_records::{AlertRow, Common, Kind, Row, Rows, Tables, eve, text, zeek};

use crate::files::Lines;
use crate::options::{Anomalies, Dns};
use crate::outlet::{Outlet, Update};
use crate::tls_fields::TlsFields;
use crate::zeek::ZeekFolder;

/// Text that is gathered before it is written or handed over.
const MAX_TEXT: usize = 64 << 10;

/// A set of record kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KindSet(u128);

impl KindSet {
    /// The kinds of a list.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        Self(kinds.iter().fold(0, |set, kind| set | 1 << *kind as u32))
    }

    /// The kinds for which something holds.
    pub(crate) fn those(holds: impl Fn(Kind) -> bool) -> Self {
        let bits = Kind::ALL.iter().filter(|kind| holds(**kind));
        Self(bits.fold(0, |set, kind| set | 1 << *kind as u32))
    }

    /// Kinds by name, and the first name that is none.
    pub(crate) fn named(names: &[String]) -> Result<Self, String> {
        let mut set = Self::default();
        for name in names {
            set.0 |= kinds_called(name).ok_or_else(|| name.clone())?.0;
        }
        Ok(set)
    }

    /// Kinds by name; names of kinds that do not exist are passed over.
    pub(crate) fn known(names: &[String]) -> Self {
        Self(
            names
                .iter()
                .filter_map(|name| kinds_called(name))
                .fold(0, |set, kinds| set | kinds.0),
        )
    }

    pub(crate) fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }

    pub(crate) fn without(self, kind: Kind) -> Self {
        Self(self.0 & !(1 << kind as u32))
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A kind's own name, its EVE event type, or one of the groups that `--show` knows.
fn kinds_called(name: &str) -> Option<KindSet> {
    use Kind::{Alert, Anomaly, Arp, Dns, Fileinfo, Flow, Ftp, FtpData, Http, Packet, Stats};
    let group: &[Kind] = match name {
        "packets" => &[Packet],
        "flows" => &[Flow],
        "alerts" => &[Alert],
        "anomalies" => &[Anomaly],
        "events" => {
            let told = |kind: Kind| kind.in_eve() && !matches!(kind, Flow | Stats);
            return Some(KindSet::those(|kind| kind == Arp || told(kind)));
        }
        "none" => &[],
        // As Suricata's list of EVE types has it.
        "files" => &[Fileinfo],
        "http2" => &[Http],
        // DNS over HTTPS is told as names and as what carried them.
        "doh2" => &[Dns, Http],
        "ftp" => &[Ftp, FtpData],
        _ => {
            let known = |kind: &&Kind| kind.name() == name || kind.event_type() == name;
            return Kind::ALL
                .iter()
                .find(known)
                .map(|kind| KindSet::of(&[*kind]));
        }
    };
    Some(KindSet::of(group))
}

/// Which outputs a run has; cloned into one [`Emitter`] per worker.
#[derive(Debug, Clone)]
pub(crate) struct Outputs {
    pub(crate) condition: Option<Arc<Filter>>,
    pub(crate) eve: Vec<Lines>,
    pub(crate) eve_kinds: KindSet,
    pub(crate) dns: Dns,
    pub(crate) smb_types: Vec<String>,
    pub(crate) anomalies: Anomalies,
    pub(crate) tls_fields: TlsFields,
    pub(crate) version: bool,
    /// Whether EVE tells the references of alerts' rules.
    pub(crate) references: bool,
    pub(crate) zeek: Option<ZeekFolder>,
    pub(crate) text: Option<Arc<text::Style>>,
    pub(crate) text_kinds: KindSet,
    pub(crate) json: bool,
    pub(crate) batches: KindSet,
    pub(crate) outlet: Outlet,
}

/// Records of a worker on their way out.
#[derive(Debug)]
pub(crate) struct Emitter {
    outputs: Outputs,
    wanted: KindSet,
    logged: KindSet,
    tables: Tables,
    eve: Vec<u8>,
    text: Vec<u8>,
    /// Records put out, all kinds.
    pub(crate) records: u64,
    /// Whether the record at hand is told from the server's point of view.
    pub(crate) is_turned: bool,
}

/// What wrote the records, where readers of EVE look for the version.
const VERSION: &str = concat!("wirewatch ", env!("CARGO_PKG_VERSION"));

/// Rows per batch: Python is reached once per so many. The columns of more would not stay in the
/// second-level cache while they are filled.
const BATCH_ROWS: usize = 1_024;

impl Emitter {
    /// An emitter with buffers of its own.
    pub(crate) fn new(outputs: Outputs) -> Self {
        Self {
            wanted: outputs.wanted(),
            logged: outputs.logged(),
            outputs,
            tables: Tables::new(BATCH_ROWS),
            eve: Vec::with_capacity(MAX_TEXT * 2),
            text: Vec::new(),
            records: 0,
            is_turned: false,
        }
    }

    /// Whether anyone wants records of this kind; making them can be spared otherwise.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.wanted.contains(kind)
    }

    /// Hands over everything that waits.
    pub(crate) fn flush(&mut self) {
        self.flush_eve();
        self.flush_text();
        if let Some(zeek) = &mut self.outputs.zeek {
            zeek.flush();
        }
        let Self {
            tables, outputs, ..
        } = self;
        for (kind, batch) in tables.drain() {
            outputs.outlet.send(Update::Batch(kind.name(), batch));
        }
        self.outputs.outlet.retry();
    }

    /// Flushes for the last time.
    pub(crate) fn finish(&mut self) {
        self.outputs.outlet.finish();
        self.flush();
    }

    /// The way to Python, for what is not a record.
    pub(crate) fn outlet(&mut self) -> &mut Outlet {
        &mut self.outputs.outlet
    }

    fn flush_eve(&mut self) {
        if !self.eve.is_empty() {
            for file in &self.outputs.eve {
                file.write(&self.eve);
            }
            self.eve.clear();
        }
    }

    fn flush_text(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.outputs.outlet.send(Update::Text(text));
        }
    }

    fn write_eve(&mut self, common: &Common<'_>, row: &Row<'_>) {
        let bare = self.outputs.bare(row);
        let row = bare.as_ref().unwrap_or(row);
        if self.outputs.version {
            let common = Common {
                suricata_version: Some(VERSION),
                ..*common
            };
            eve::write(&common, row, &mut self.eve);
        } else {
            eve::write(common, row, &mut self.eve);
        }
        if self.eve.len() >= MAX_TEXT {
            self.flush_eve();
        }
    }

    fn write_text(&mut self, common: &Common<'_>, row: &Row<'_>) {
        if self.outputs.json {
            let bare = self.outputs.bare(row);
            eve::write(common, bare.as_ref().unwrap_or(row), &mut self.text);
        } else if let Some(style) = &self.outputs.text {
            text::line(common, row, style, &mut self.text);
        }
        if self.text.len() >= MAX_TEXT {
            self.flush_text();
        }
    }
}

/// The same from the other side's point of view.
fn turned<'a>(common: &Common<'a>) -> Common<'a> {
    Common {
        src_ip: common.dst_ip,
        src_port: common.dst_port,
        dst_ip: common.src_ip,
        dst_port: common.src_port,
        ..*common
    }
}

impl Rows for Emitter {
    fn push(&mut self, common: &Common<'_>, row: &Row<'_>) {
        let kind = row.kind();
        if !self.wanted.contains(kind) {
            return;
        }
        if let Some(condition) = &self.outputs.condition
            && !condition.matches(common, row)
        {
            return;
        }
        self.records += 1;
        let in_eve = !self.outputs.eve.is_empty() && self.outputs.eve_kinds.contains(kind);
        if in_eve
            && self.outputs.dns.shows(row)
            && crate::options::shows_smb(&self.outputs.smb_types, row)
            && self.outputs.anomalies.shows(row)
            && self.outputs.tls_fields.shows(row)
        {
            match self.outputs.tls_fields.cut(row) {
                Some(part) => self.write_eve(common, &part),
                None => self.write_eve(common, row),
            }
        }
        if self.logged.contains(kind)
            && let Some(zeek) = &mut self.outputs.zeek
        {
            // Zeek's logs tell everything from the point of view of who opened the flow.
            if self.is_turned {
                zeek.push(&turned(common), row);
            } else {
                zeek.push(common, row);
            }
        }
        if self.outputs.text_kinds.contains(kind) {
            self.write_text(common, row);
        }
        if self.outputs.batches.contains(kind)
            && let Some((kind, batch)) = self.tables.append(common, row)
        {
            self.outputs.outlet.send(Update::Batch(kind.name(), batch));
        }
    }
}

impl Outputs {
    /// The kinds that Zeek logs are made of, when there are any.
    fn logged(&self) -> KindSet {
        if self.zeek.is_some() {
            KindSet::of(&zeek::kinds().collect::<Vec<_>>())
        } else {
            KindSet::default()
        }
    }

    /// An alert without the references of its rule, where EVE is not to have them.
    #[inline]
    fn bare<'a>(&self, row: &Row<'a>) -> Option<Row<'a>> {
        match row {
            Row::Alert(alert) if !self.references => Some(Row::Alert(AlertRow {
                references: &[],
                ..*alert
            })),
            _ => None,
        }
    }

    /// The kinds that anybody wants.
    pub(crate) fn wanted(&self) -> KindSet {
        let mut wanted = self.batches.union(self.logged());
        if !self.eve.is_empty() {
            wanted = wanted.union(self.eve_kinds);
        }
        if self.text.is_some() || self.json {
            wanted = wanted.union(self.text_kinds);
        }
        wanted
    }

    /// Completes the files. Whoever was told of the run's end may write them at once, whatever threads still
    /// hold on to.
    pub(crate) fn close(&self) {
        self.eve.iter().for_each(Lines::close);
        if let Some(zeek) = &self.zeek {
            zeek.close();
        }
    }

    /// Lines that could not be written to files.
    pub(crate) fn lost(&self) -> u64 {
        self.eve.iter().map(Lines::lost).sum()
    }

    /// Failures of files that nobody has been told of yet.
    pub(crate) fn failures(&self) -> Vec<String> {
        let zeek = self.zeek.as_ref().and_then(ZeekFolder::failure);
        self.eve
            .iter()
            .filter_map(Lines::failure)
            .chain(zeek)
            .collect()
    }
}
