//! What a stream has beside its messages: settings, weights, errors.

use std::borrow::Cow;

use wirewatch_records::json;

use crate::application::Field;
use crate::http::buffer::BUFFERS;
use crate::http::exchange::HEAD;
use crate::http::names::OPCODE_TO_TYPE;
use crate::protocol::Side;

/// Numbers of one kind that are kept of one side; rules ask for any of them.
const MAX_NUMBERS: usize = 32;

/// The numbers of a stream under the names that rules use.
pub(crate) const NUMBERS: [Field; 6] = [
    number("http2.frametype"),
    number("http2.errorcode"),
    number("http2.priority"),
    number("http2.window"),
    number("http2.size_update"),
    // The setting's number in the upper half, its value in the lower one.
    number("http2.settings"),
];

/// Those and the numbers of what travels in it.
pub(super) const ALL_NUMBERS: &[Field] = &{
    let [a, b, c, d, e, f] = NUMBERS;
    let [opcode, code, kind] = OPCODE_TO_TYPE;
    [a, b, c, d, e, f, opcode, code, kind]
};

const fn number(name: &'static str) -> Field {
    Field {
        name,
        side: None,
        progress: HEAD,
        many: true,
    }
}

/// What a side said.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) kinds: Numbers<u8>,
    pub(super) settings: Numbers<(u16, u32)>,
    pub(super) windows: Numbers<u32>,
    pub(super) table_sizes: Numbers<u32>,
    pub(super) error: Option<u32>,
    pub(super) priority: Option<u8>,
}

/// A few numbers.
#[derive(Debug)]
pub(super) struct Numbers<T>(Vec<T>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Numbers<T> {
    /// Keeps a number once.
    pub(super) fn keep(&mut self, value: T) {
        if self.0.len() < MAX_NUMBERS && !self.0.contains(&value) {
            self.0.push(value);
        }
    }
}

/// What a stream has beside its messages.
#[derive(Debug)]
pub(crate) struct Beside {
    stream: u32,
    client: Said,
    server: Said,
}

impl Beside {
    pub(super) fn new(stream: u32) -> Self {
        Self {
            stream,
            client: Said::default(),
            server: Said::default(),
        }
    }

    pub(super) fn said(&mut self, side: Side) -> &mut Said {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

impl Said {
    fn is_silent(&self) -> bool {
        self.settings.0.is_empty() && self.error.is_none() && self.priority.is_none()
    }

    fn write(&self, out: &mut Vec<u8>, key: &[u8]) {
        if self.is_silent() {
            return;
        }
        let mark = json::open(out, key);
        if !self.settings.0.is_empty() {
            out.extend_from_slice(b"\"settings\":[");
            for (index, (id, value)) in self.settings.0.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(b"{\"settings_id\":");
                setting_name(*id, out);
                out.push(b',');
                json::number(out, b"\"settings_value\":", *value);
                out.pop();
                out.push(b'}');
            }
            out.extend_from_slice(b"],");
        }
        if let Some(error) = self.error {
            json::text(out, b"\"error_code\":", &error_name(error));
        }
        if let Some(priority) = self.priority {
            json::number(out, b"\"priority\":", priority);
        }
        json::close(out, mark);
    }
}

impl Beside {
    /// Whether a record says more than that there was a frame.
    pub(super) fn is_worth_telling(&self) -> bool {
        !self.client.is_silent() || !self.server.is_silent()
    }

    /// A number of its own, see [`NUMBERS`].
    pub(crate) fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        let said = match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        match number {
            0 => said.kinds.0.get(index).map(|kind| u64::from(*kind)),
            1 => said.error.filter(|_| index == 0).map(u64::from),
            2 => said.priority.filter(|_| index == 0).map(u64::from),
            3 => said.windows.0.get(index).map(|window| u64::from(*window)),
            4 => said.table_sizes.0.get(index).map(|size| u64::from(*size)),
            5 => {
                let (id, value) = said.settings.0.get(index)?;
                Some(u64::from(*id) << 32 | u64::from(*value))
            }
            _ => None,
        }
    }

    /// Its member in records.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mark = json::open(out, b"{");
        json::number(out, b"\"stream_id\":", self.stream);
        for (key, said) in [
            (&b"\"request\":{"[..], &self.client),
            (b"\"response\":{", &self.server),
        ] {
            said.write(out, key);
        }
        json::close(out, mark);
        out.pop();
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        let of = |said: &Said| {
            said.settings
                .0
                .capacity()
                .saturating_add(said.windows.0.capacity())
                .saturating_mul(8)
        };
        of(&self.client).saturating_add(of(&self.server))
    }
}

/// A setting's name as Suricata writes it, or its number.
fn setting_name(id: u16, out: &mut Vec<u8>) {
    let name = match id {
        1 => "SETTINGSHEADERTABLESIZE",
        2 => "SETTINGSENABLEPUSH",
        3 => "SETTINGSMAXCONCURRENTSTREAMS",
        4 => "SETTINGSINITIALWINDOWSIZE",
        5 => "SETTINGSMAXFRAMESIZE",
        6 => "SETTINGSMAXHEADERLISTSIZE",
        _ => {
            out.extend_from_slice(format!("\"SETTINGSUNKNOWN({id})\"").as_bytes());
            return;
        }
    };
    json::string(out, name.as_bytes());
}

/// An error's name as Suricata writes it, or its number.
fn error_name(code: u32) -> Cow<'static, str> {
    const NAMES: [&str; 14] = [
        "NOERROR",
        "PROTOCOLERROR",
        "INTERNALERROR",
        "FLOWCONTROLERROR",
        "SETTINGSTIMEOUT",
        "STREAMCLOSED",
        "FRAMESIZEERROR",
        "REFUSEDSTREAM",
        "CANCEL",
        "COMPRESSIONERROR",
        "CONNECTERROR",
        "ENHANCEYOURCALM",
        "INADEQUATESECURITY",
        "HTTP11REQUIRED",
    ];
    match NAMES.get(code as usize) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("UNKNOWN({code})")),
    }
}

/// The buffers of HTTP/1, which HTTP/2 fills from the same headers.
pub(super) const fn buffers() -> &'static [Field] {
    BUFFERS
}
