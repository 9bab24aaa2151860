//! Values of Zeek columns, and how wirewatch's fields become them.

#![allow(dead_code)] // the schema decides which conversions are needed

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::protocol;

/// What stands in a column; how it is written is up to the log's format.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// There is none.
    Unset,
    /// A time or a duration in microseconds, written in seconds.
    Seconds(i64),
    Count(u64),
    Bool(bool),
    Addr(IpAddr),
    Mac([u8; 6]),
    /// A byte as two hexadecimal digits.
    Hex(u8),
    /// Text that may have come from the wire.
    Text(&'a [u8]),
    /// The same of an address, with what is percent-encoded decoded.
    Address(&'a [u8]),
    /// The same in capitals.
    Upper(&'a str),
    /// The name of a connection.
    Uid(u64),
    /// The name of a file: its connection's and its number there.
    Fuid(u64, u32),
    /// The names of some files of one connection.
    Fuids(u64, &'a [u16]),
    /// The type of a notice.
    Note(Note<'a>),
    Texts(&'a [&'a str]),
    /// Two texts with a comma between them.
    Both(&'a str, &'a str),
    /// A set or vector of one text, which may have come from the wire.
    Only(&'a [u8]),
    Numbers(&'a [u16]),
    /// Whole seconds, separated by commas.
    Intervals(&'a str),
}

/// The type of a notice: the detector's name, or the rule's group and number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Note<'a> {
    Detector(&'a str),
    Signature(u32, u32),
}

/// A line that columns are put into one after the other.
pub(crate) trait Cells {
    /// The next column's value.
    fn put(&mut self, value: Value<'_>);
}

pub(crate) fn optional<'a, T>(value: Option<T>, of: impl FnOnce(T) -> Value<'a>) -> Value<'a> {
    value.map_or(Value::Unset, of)
}

pub(crate) fn time<'a>(us: i64) -> Value<'a> {
    Value::Seconds(us)
}

pub(crate) fn count<'a>(value: u64) -> Value<'a> {
    Value::Count(value)
}

pub(crate) fn boolean<'a>(value: bool) -> Value<'a> {
    Value::Bool(value)
}

pub(crate) fn addr<'a>(address: IpAddr) -> Value<'a> {
    Value::Addr(address)
}

pub(crate) fn text(value: &str) -> Value<'_> {
    Value::Text(value.as_bytes())
}

pub(crate) fn wire(value: &[u8]) -> Value<'_> {
    Value::Text(value)
}

pub(crate) fn mac<'a>(address: [u8; 6]) -> Value<'a> {
    Value::Mac(address)
}

pub(crate) fn hex<'a>(byte: u8) -> Value<'a> {
    Value::Hex(byte)
}

/// A set or vector of texts.
pub(crate) fn texts<'a>(values: &'a [&'a str]) -> Value<'a> {
    Value::Texts(values)
}

/// A set of texts that is unset rather than empty.
pub(crate) fn some<'a>(values: &'a [&'a str]) -> Value<'a> {
    optional((!values.is_empty()).then_some(values), Value::Texts)
}

/// Zeek counts transactions from 1.
pub(crate) fn depth<'a>(transaction: u64) -> Value<'a> {
    Value::Count(transaction.saturating_add(1))
}

/// A set or vector of numbers.
pub(crate) fn numbers(values: &[u16]) -> Value<'_> {
    Value::Numbers(values)
}

/// Numbers, unset when there are none.
pub(crate) fn some_numbers(values: &[u16]) -> Value<'_> {
    if values.is_empty() {
        return Value::Unset;
    }
    Value::Numbers(values)
}

/// The same, unset when there are none.
pub(crate) fn some_texts<'a>(values: &'a [&'a str]) -> Value<'a> {
    if values.is_empty() {
        return Value::Unset;
    }
    Value::Texts(values)
}

/// A list of whole seconds as a vector of intervals.
pub(crate) fn intervals(list: Option<&str>) -> Value<'_> {
    let inside = list.and_then(|list| list.strip_prefix('[')?.strip_suffix(']'));
    optional(inside, Value::Intervals)
}

/// Microseconds as an interval.
pub(crate) fn interval<'a>(us: Option<u64>) -> Value<'a> {
    let us = us.and_then(|us| i64::try_from(us).ok());
    optional(us, Value::Seconds)
}

/// The same when it is always known.
pub(crate) fn span<'a>(us: u64) -> Value<'a> {
    interval(Some(us))
}

pub(crate) fn uid<'a>(flow_id: Option<u64>) -> Value<'a> {
    optional(flow_id, Value::Uid)
}

pub(crate) fn fuid<'a>(flow_id: Option<u64>, file: u32) -> Value<'a> {
    optional(flow_id, |flow_id| Value::Fuid(flow_id, file))
}

pub(crate) fn fuids(flow_id: Option<u64>, files: &[u16]) -> Value<'_> {
    let flow_id = flow_id.filter(|_| !files.is_empty());
    optional(flow_id, |flow_id| Value::Fuids(flow_id, files))
}

/// Zeek has the ICMP type and code where others have ports, and 0 where there are none.
pub(crate) fn port<'a>(port: Option<u16>, icmp: Option<u8>) -> Value<'a> {
    let value = port.or(icmp.map(u16::from)).unwrap_or(0);
    Value::Count(u64::from(value))
}

/// Zeek's `transport_proto`.
pub(crate) fn transport<'a>(proto: Option<&str>) -> Value<'a> {
    text(match proto {
        Some("TCP") => "tcp",
        Some("UDP") => "udp",
        Some("ICMP" | "IPv6-ICMP") => "icmp",
        _ => "unknown_transport",
    })
}

/// Zeek's names of what a connection spoke: first before a change of protocol, then after it. A tunnel
/// is a service, too, and in QUIC there is TLS.
pub(crate) fn services<'a>(
    app_proto: Option<&'a str>,
    before: Option<&'a str>,
    tunnel: Option<&'a str>,
    proto: Option<&str>,
) -> Value<'a> {
    let known = app_proto.filter(|name| !matches!(*name, "failed" | "unknown"));
    let Some(name) = known.or(tunnel) else {
        return Value::Unset;
    };
    let service = analyzer(name, proto);
    match before.map(|before| analyzer(before, proto)) {
        Some(before) if before != service => Value::Both(before, service),
        _ if service == "quic" => Value::Both("quic", "ssl"),
        _ => text(service),
    }
}

/// The name of Zeek's analyzer for a protocol.
fn analyzer<'a>(name: &'a str, proto: Option<&str>) -> &'a str {
    match name {
        "tls" => "ssl",
        "krb5" => "krb",
        "http2" | "doh2" => "http",
        "pgsql" => "postgresql",
        "dcerpc" => "dce_rpc",
        "mdns" | "llmnr" => "dns",
        "gtp" => "gtpv1",
        "ftp-data" => "ftp-data",
        "ldap" if proto == Some("UDP") => "ldap_udp",
        "ldap" => "ldap_tcp",
        name => name,
    }
}

/// Zeek has the type of the answer to an ICMP message where others have the server's port; where there
/// is no answer, the code.
pub(crate) fn resp_port<'a>(
    port: Option<u16>,
    icmp_type: Option<u8>,
    icmp_code: Option<u8>,
    version: Option<u8>,
) -> Value<'a> {
    let answer = icmp_type.and_then(|kind| counterpart(kind, version == Some(6)));
    self::port(port, answer.or(icmp_code))
}

/// The ICMP type that answers another, or that it answers (RFC 792, 950, 1256; RFC 4443, 4861, 2710).
fn counterpart(kind: u8, is_v6: bool) -> Option<u8> {
    Some(match (is_v6, kind) {
        (false, 8) => 0,
        (false, 0) => 8,
        (false, 9) => 10,
        (false, 10) => 9,
        (false, 13 | 15 | 17) | (true, 128 | 133 | 135 | 139 | 144) => kind + 1,
        (false, 14 | 16 | 18) | (true, 129 | 134 | 136 | 140 | 145) => kind - 1,
        (true, 130) => 131,
        (true, 131) => 130,
        _ => return None,
    })
}

/// Zeek's name of a kind of tunnel.
pub(crate) fn tunnel_type<'a>(kind: &str) -> Value<'a> {
    text(match kind {
        "gre" | "erspan" | "pptp" => "Tunnel::GRE",
        "vxlan" => "Tunnel::VXLAN",
        "geneve" => "Tunnel::GENEVE",
        "gtp" => "Tunnel::GTPv1",
        "teredo" => "Tunnel::TEREDO",
        "ayiya" => "Tunnel::AYIYA",
        "socks" => "Tunnel::SOCKS",
        "http" => "Tunnel::HTTP",
        "l2tp" => "Tunnel::L2TP",
        _ => "Tunnel::IP",
    })
}

/// Zeek's name of what happened to a tunnel.
pub(crate) fn tunnel_action<'a>(action: &str) -> Value<'a> {
    text(if action == "close" {
        "Tunnel::CLOSE"
    } else {
        "Tunnel::DISCOVER"
    })
}

/// A set or vector with nothing or one thing in it.
pub(crate) fn only(value: Option<&[u8]>) -> Value<'_> {
    optional(value, Value::Only)
}

/// A vector of one media type, by the names that Zeek has for them.
pub(crate) fn media(value: Option<&str>) -> Value<'_> {
    only(value.map(|value| match value {
        "application/json" => b"text/json",
        other => other.as_bytes(),
    }))
}

/// An address as Zeek tells it: `%20` is a space.
pub(crate) fn unescaped(value: Option<&[u8]>) -> Value<'_> {
    optional(value, Value::Address)
}

/// Decodes what is percent-encoded (RFC 3986, section 2.1).
pub(crate) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.split_first_chunk::<2>().filter(|_| *byte == b'%');
        let decoded = digits.and_then(|(digits, after)| Some((hex_byte(*digits)?, after)));
        let (byte, after) = decoded.unwrap_or((*byte, after));
        out.push(byte);
        rest = after;
    }
    out
}

fn hex_byte([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// A set that nothing is ever put into.
pub(crate) fn empty<'a>() -> Value<'a> {
    Value::Texts(&[])
}

/// `1.1`, from the status line, or from a version alone. What only a request says is not told.
pub(crate) fn http_version<'a>(
    request: Option<&'a [u8]>,
    response: Option<&'a [u8]>,
    status: Option<u16>,
    version: Option<&'a str>,
) -> Value<'a> {
    let line = response.or(request.filter(|_| status.is_some()));
    let line = line.map(|line| line.strip_prefix(b"HTTP/").unwrap_or(line));
    optional(line.or(version.map(str::as_bytes)), Value::Text)
}

/// Zeek leaves the duration of a single packet unset.
pub(crate) fn duration<'a>(us: u64) -> Value<'a> {
    let us = i64::try_from(us).ok().filter(|us| *us > 0);
    optional(us, Value::Seconds)
}

/// Payload sizes are unset where the duration is.
pub(crate) fn size<'a>(bytes: u64, duration_us: u64) -> Value<'a> {
    optional((duration_us > 0).then_some(bytes), count)
}

pub(crate) fn sum<'a>(a: u64, b: u64) -> Value<'a> {
    Value::Count(a.saturating_add(b))
}

/// Whether an address is in private space, which Zeek takes for local unless told otherwise
/// (`Site::private_address_space`: what the registries of special addresses call not global).
pub(crate) fn is_local<'a>(address: Option<IpAddr>) -> Value<'a> {
    optional(address, |address| {
        Value::Bool(match address {
            IpAddr::V4(ip) => is_private(ip),
            IpAddr::V6(ip) => is_private_v6(ip),
        })
    })
}

fn is_private(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    match a {
        0 | 10 | 127 | 239..=255 => true,
        100 => b >> 6 == 1,
        169 => b == 254,
        172 => b >> 4 == 1,
        192 => b == 168 || b == 0 && matches!(c, 0 | 2),
        198 => b >> 1 == 9 || (b, c) == (51, 100),
        203 => (b, c) == (0, 113),
        224 => (b, c) == (0, 0),
        _ => false,
    }
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, ..] = ip.segments();
    ip.is_unique_local()
        || ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_unicast_link_local()
        || matches!(
            (a, b, c, d),
            (0x64, 0xff9b, 1, _) | (0x100, 0, 0, 0) | (0x2001, 2, 0, _)
        )
        || (a, b) == (0x2001, 0xdb8)
}

pub(crate) fn ip_proto<'a>(proto: Option<&str>) -> Value<'a> {
    let number = proto.and_then(protocol::number);
    optional(number.map(u64::from), count)
}

pub(crate) fn note(gid: u32, signature_id: u32, detector: Option<&str>) -> Value<'_> {
    Value::Note(detector.map_or(Note::Signature(gid, signature_id), Note::Detector))
}

pub(crate) fn no<'a>() -> Value<'a> {
    Value::Bool(false)
}

pub(crate) fn upper(value: &str) -> Value<'_> {
    Value::Upper(value)
}

/// Zeek's connection identifiers are `C` and 62 digits; the same flow always has the same.
pub(crate) fn write_uid(out: &mut Vec<u8>, flow_id: u64) {
    write_name(out, b'C', flow_id);
}

/// Its file identifiers are `F` and such digits; all logs have the same for a file, in every run.
pub(crate) fn write_fuid(out: &mut Vec<u8>, flow_id: u64, file: u32) {
    write_name(
        out,
        b'F',
        mixed(flow_id ^ mixed(u64::from(file).wrapping_add(1))),
    );
}

/// Spreads a number over all bits, so that neighbours look unlike: the finish of `splitmix64`.
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

fn write_name(out: &mut Vec<u8>, kind: u8, mut rest: u64) {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    out.push(kind);
    let start = out.len();
    loop {
        out.extend(DIGITS.get((rest % 62) as usize));
        rest /= 62;
        if rest == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

/// `Wirewatch::` and a word.
pub(crate) fn write_note(out: &mut Vec<u8>, note: Note<'_>) {
    out.extend_from_slice(b"Wirewatch::");
    match note {
        Note::Detector(name) => out.extend(name.bytes().map(|byte| {
            if byte.is_ascii_alphanumeric() {
                byte
            } else {
                b'_'
            }
        })),
        Note::Signature(gid, signature_id) => {
            out.extend_from_slice(b"Signature_");
            crate::format::number(out, u64::from(gid));
            out.push(b'_');
            crate::format::number(out, u64::from(signature_id));
        }
    }
}
