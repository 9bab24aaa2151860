//! Keywords that are fields of transactions: sticky buffers, integers, and their older spellings.
//!
//! Which there are is said by the protocols' parsers. Here is what names alone do not say: older
//! spellings, and words that stand for numbers.

mod date;
mod kerberos;
mod numbers;

use super::super::application::{NumberTest, Which};
use super::super::buffer::BufferId;
use super::super::check::{ByteTest, Check, Content, Encoding, Operand, Position, TestOperator};
use super::super::draft::Draft;
use super::super::number::{Comparison, number_up_to};
use super::super::problem::Fault;
use super::super::syntax::{RawOption, Word};
use super::Applies::{Application, Bytes, Flow};
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "uricontent",
        Bytes,
        "The older spelling of a content in `http.uri`.",
        Value(uricontent),
    ),
    keyword(
        "urilen",
        Application,
        "The length of the request's URI, normalised or `raw`.",
        Value(urilen),
    ),
    keyword(
        "app-layer-event",
        Flow,
        "Something wrong that a protocol's parser met.",
        Value(app_layer_event),
    ),
];

/// Older keywords that say at once which text is in which buffer, and whether case counts.
const TEXTS: &[(&str, &str, bool)] = &[
    ("tls.subject", "tls.cert_subject", true),
    ("tls.issuerdn", "tls.cert_issuer", true),
    ("tls.fingerprint", "tls.cert_fingerprint", false),
    ("ftpdata_command", "ftpdata_command", false),
    ("ssh.protoversion", "ssh.proto", false),
    ("ssh.softwareversion", "ssh.software", false),
];

/// The buffer that an older keyword looks for its text in.
pub(super) fn text_buffer(name: &str) -> Option<&'static str> {
    let mut texts = TEXTS.iter();
    let (_, buffer, _) = texts.find(|(known, ..)| *known == name)?;
    Some(buffer)
}

/// Spellings that stand for another name.
const RENAMED: &[(&str, &str)] = &[
    ("file_data", "file.data"),
    ("dce_stub_data", "dcerpc.stub_data"),
    ("dce_iface", "dcerpc.iface"),
    ("dce_opnum", "dcerpc.opnum"),
    ("nfs.procedure", "nfs_procedure"),
    ("dnp3_data", "dnp3.data"),
    ("nfs_version", "nfs.version"),
    ("enip_command", "enip.command"),
    ("krb5.msg_type", "krb5_msg_type"),
    ("dns.query.name", "dns.queries.rrname"),
    ("dns.answer.name", "dns.answers.rrname"),
    ("dns.authority.name", "dns.authorities.rrname"),
    ("dns.additional.name", "dns.additionals.rrname"),
    ("krb5.err_code", "krb5_err_code"),
    ("http_accept_enc", "http.accept_enc"),
    ("http_accept_lang", "http.accept_lang"),
    ("http_content_type", "http.content_type"),
    ("http_content_len", "http.content_len"),
    ("http_header_names", "http.header_names"),
    ("http_request_line", "http.request_line"),
    ("http_response_line", "http.response_line"),
];

/// Older spellings that stand behind a content and say which buffer it is in.
const MODIFIERS: &[(&str, &str)] = &[
    ("http_uri", "http.uri"),
    ("http_raw_uri", "http.uri.raw"),
    ("http_method", "http.method"),
    ("http_header", "http.header"),
    ("http_raw_header", "http.header.raw"),
    ("http_cookie", "http.cookie"),
    ("http_user_agent", "http.user_agent"),
    ("http_host", "http.host"),
    ("http_raw_host", "http.host.raw"),
    ("http_stat_code", "http.stat_code"),
    ("http_stat_msg", "http.stat_msg"),
    ("http_client_body", "http.request_body"),
    ("http_server_body", "http.response_body"),
];

/// The buffer that a letter behind a pattern names.
pub(super) fn buffer_of_letter(letter: char) -> Option<&'static str> {
    Some(match letter {
        'U' => "http.uri",
        'I' => "http.uri.raw",
        'P' => "http.request_body",
        'Q' => "http.response_body",
        'H' => "http.header",
        'D' => "http.header.raw",
        'M' => "http.method",
        'C' => "http.cookie",
        'S' => "http.stat_code",
        'Y' => "http.stat_msg",
        'V' => "http.user_agent",
        'W' => "http.host",
        'Z' => "http.host.raw",
        _ => return None,
    })
}

/// The name that fields have for a keyword, and whether it stands behind its content.
pub(super) fn canonical(name: &str) -> Option<(&'static str, bool)> {
    let find = |table: &[(&'static str, &'static str)]| {
        let found = table.iter().find(|(known, _)| *known == name);
        found.map(|(_, name)| *name)
    };
    find(MODIFIERS)
        .map(|name| (name, true))
        .or_else(|| find(RENAMED).map(|name| (name, false)))
}

/// Whether a word names a field, or stands for one.
pub(super) fn is_name(name: &str) -> bool {
    let (name, _) = canonical(name).unwrap_or((name, false));
    let dotted = name.replacen('_', ".", 1);
    TEXTS.iter().any(|(known, ..)| *known == name)
        || super::OFFERED.contains(name)
        || super::OFFERED.contains(&*dotted)
}

/// Applies a keyword that is a field; false when it is none that a parser offers.
pub(super) fn apply(draft: &mut Draft<'_, '_>, option: RawOption<'_>) -> Result<bool, Fault> {
    let written = option.name.text;
    if let Some(value) = option.value
        && matches!(written, "dcerpc.iface" | "dce_iface")
        && let Some(field) = draft.context.fields.buffer("dcerpc.iface")
    {
        return interface(draft, BufferId::Field(field), value).map(|()| true);
    }
    if let Some(value) = option.value
        && let Some((_, buffer, case)) = TEXTS.iter().find(|(name, ..)| *name == written)
    {
        return text_in(draft, buffer, *case, value);
    }
    let (name, is_modifier) = canonical(written).unwrap_or((written, false));
    let dotted;
    let fields = &draft.context.fields;
    let known = |name: &str| fields.buffer(name).is_some() || fields.number(name).is_some();
    // `tls_sni` and its like: a dot in place of the first underscore.
    let name = if known(name) {
        name
    } else {
        dotted = name.replacen('_', ".", 1);
        &dotted
    };
    if let Some(value) = option.value
        && name == "cip_service"
    {
        return cip_service(draft, value);
    }
    if let Some(value) = option.value
        && name == "dnp3_obj"
        && let Some(field) = fields.number(name)
    {
        return dnp3_object(draft, field, value).map(|()| true);
    }
    if let Some(value) = option.value
        && let Some(field) = fields.number(name)
    {
        let tests = number_tests(name, field, value)?;
        draft.asked.numbers.extend(tests);
        return Ok(true);
    }
    if let Some(value) = option.value
        && name == "ike.chosen_sa_attribute"
        && let Some(field) = fields.buffer(name)
    {
        return chosen_attribute(draft, BufferId::Field(field), value).map(|()| true);
    }
    if option.value.is_none()
        && numbers::is_flag(name)
        && let Some(field) = fields.number(name)
    {
        draft
            .asked
            .numbers
            .push(NumberTest::any(field, [Comparison::Equal(1)]));
        return Ok(true);
    }
    let Some(field) = fields.buffer(name) else {
        return Ok(false);
    };
    let buffer = BufferId::Field(field);
    match option.value {
        Some(value) => {
            // Of a field that both sides have, the one that is meant.
            let sided = format!("{name}:{}", value.text.trim());
            let Some(field) = fields.buffer(&sided).filter(|_| !is_modifier) else {
                let message = format!("{written} takes no value");
                return Err(Fault::error(value.at, message));
            };
            draft.look_at(BufferId::Field(field));
            Ok(true)
        }
        None if is_modifier => {
            draft.move_content(buffer, option.name.at)?;
            Ok(true)
        }
        None => {
            draft.look_at(buffer);
            Ok(true)
        }
    }
}

/// `dnp3_obj:GROUP,VARIATION`, which are the two bytes of one number.
fn dnp3_object(draft: &mut Draft<'_, '_>, field: u16, value: Word<'_>) -> Result<(), Fault> {
    let Some((group, variation)) = value.split_once(',') else {
        return Err(Fault::error(
            value.at,
            "an object has a group and a variation",
        ));
    };
    let group = number_up_to(group, u8::MAX.into())?;
    let variation = number_up_to(variation, u8::MAX.into())?;
    draft.asked.numbers.push(NumberTest::any(
        field,
        [Comparison::Equal(group << 8 | variation)],
    ));
    Ok(())
}

/// `cip_service:SERVICE[,CLASS[,ATTRIBUTE]]`; false when no parser offers them.
fn cip_service(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<bool, Fault> {
    let names = ["cip_service", "enip.cip_class", "enip.cip_attribute"];
    if value.split(',').count() > names.len() {
        return Err(Fault::error(
            value.at,
            "a service has a class and an attribute at most",
        ));
    }
    for (name, part) in names.into_iter().zip(value.split(',')) {
        let Some(field) = draft.context.fields.number(name) else {
            return Ok(false);
        };
        let test = number_test(name, field, part)?;
        draft.asked.numbers.push(test);
    }
    Ok(true)
}

/// `dcerpc.iface:UUID[,OPERATOR VERSION][,any_frag]`. Its buffer has the interface's 16 bytes, its
/// major version in two, and one that is 1 when the call came in one piece.
fn interface(draft: &mut Draft<'_, '_>, buffer: BufferId, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let uuid = parts.next().unwrap_or(value);
    let digits = uuid.text.replace('-', "");
    let Some(bytes) = super::hexadecimal_bytes(&digits).filter(|bytes| bytes.len() == 16) else {
        return Err(Fault::error(uuid.at, "an interface is a UUID"));
    };
    let mut content = Content::new(bytes, false);
    content.limit = Some(Operand::Number(16));
    draft.look_at(buffer);
    draft.check(Check::Content(content), uuid.at)?;
    for part in parts.filter(|part| part.text != "any_frag") {
        let operators = [
            ("<", TestOperator::Less, false),
            (">", TestOperator::Greater, false),
            ("=", TestOperator::Equal, false),
            ("!", TestOperator::Equal, true),
        ];
        let mut known = operators.into_iter();
        let found = known.find_map(|(sign, operator, negated)| {
            Some((part.strip_prefix(sign)?, operator, negated))
        });
        let Some((number, operator, negated)) = found else {
            return Err(Fault::error(
                part.at,
                "a version is compared with <, >, = or !",
            ));
        };
        let version = number_up_to(number, u16::MAX.into())?;
        let test = ByteTest {
            position: Position {
                count: Operand::Number(2),
                offset: Operand::Number(16),
                relative: false,
                encoding: Encoding::BigEndian,
                bitmask: None,
            },
            operator,
            negated,
            value: Operand::Number(version.cast_signed()),
        };
        draft.check(Check::ByteTest(test), part.at)?;
    }
    draft.look_at(BufferId::Payload);
    Ok(())
}

/// A text that is, or with `!` is not, in a buffer; false when no parser offers that.
fn text_in(
    draft: &mut Draft<'_, '_>,
    buffer: &str,
    case: bool,
    value: Word<'_>,
) -> Result<bool, Fault> {
    let Some(field) = draft.context.fields.buffer(buffer) else {
        return Ok(false);
    };
    let (negated, text) = match value.strip_prefix("!") {
        Some(rest) => (true, rest.unquote()),
        None => (false, value.unquote()),
    };
    // Both 1.99 and 2.0 say that version 2 will do (RFC 4253, section 5.1).
    let text = if text.text == "2_compat" {
        "1.99"
    } else {
        text.text
    };
    if text.is_empty() {
        return Err(Fault::error(value.at, "the text is empty"));
    }
    let mut content = Content::new(text.as_bytes().to_vec(), negated);
    content.nocase = !case;
    draft.check_of(BufferId::Field(field), Check::Content(content), value.at)?;
    Ok(true)
}

/// The buffer of that name, or that no parser offers it yet.
pub(super) fn buffer(draft: &Draft<'_, '_>, name: &str, at: usize) -> Result<BufferId, Fault> {
    let field = draft.context.fields.buffer(name);
    field.map(BufferId::Field).ok_or_else(|| {
        let message = format!("the buffer {name} is not there yet");
        Fault::unsupported(at, message)
    })
}

fn uricontent(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let uri = buffer(draft, "http.uri", value.at)?;
    super::content::content(draft, value)?;
    draft.move_content(uri, value.at)
}

/// `urilen:NUMBER[,norm|raw]`.
fn urilen(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (size, kind) = match value.split_once(',') {
        Some((size, kind)) => (size, kind.text),
        None => (value, "norm"),
    };
    let name = match kind {
        "norm" => "http.uri",
        "raw" => "http.uri.raw",
        _ => return Err(Fault::error(value.at, "a URI's length is norm or raw")),
    };
    let uri = buffer(draft, name, value.at)?;
    let size = Comparison::parse(size, u16::MAX.into())?;
    draft.check_of(uri, Check::Size(size), value.at).map(|_| ())
}

fn app_layer_event(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let value = value.unquote();
    let mut of_flows = wirewatch_proto::FLOW_EVENTS.iter();
    if of_flows.any(|event| event.code == value.text) {
        draft.stream_events.push(value.text.into());
        return Ok(());
    }
    let applications = draft.context.fields.applications.iter();
    let mut codes = applications.flat_map(|one| one.events.iter().map(|event| event.code));
    // Suricata's rules write in small letters what some of its records write in capitals.
    let name = wirewatch_proto::event_code(value.text);
    let Some(code) = codes.find(|code| code.eq_ignore_ascii_case(&name)) else {
        let message = "no parser tells this event yet";
        return Err(Fault::unsupported(value.at, message));
    };
    draft.asked.events.push(code.into());
    Ok(())
}

/// `ike.chosen_sa_attribute:NAME=NUMBER`, which its buffer has as text.
fn chosen_attribute(
    draft: &mut Draft<'_, '_>,
    buffer: BufferId,
    value: Word<'_>,
) -> Result<(), Fault> {
    let Some((name, number)) = value.split_once('=') else {
        return Err(Fault::error(
            value.at,
            "an attribute has a name, = and a number",
        ));
    };
    let number = number_up_to(number, u32::MAX.into())?;
    let text = format!("{}={number}", name.trim().text);
    let mut content = Content::new(text.into_bytes(), false);
    let length = i64::try_from(content.length()).unwrap_or(i64::MAX);
    (content.limit, content.endswith) = (Some(Operand::Number(length)), true);
    draft.check_of(buffer, Check::Content(content), value.at)?;
    Ok(())
}

/// Most keywords have one question to their number.
fn number_tests(name: &str, field: u16, value: Word<'_>) -> Result<Vec<NumberTest>, Fault> {
    if name != "krb5.ticket_encryption" {
        return number_test(name, field, value).map(|test| vec![test]);
    }
    let wanted = kerberos::wanted(value.unquote().trim())?.into_iter();
    let tests = wanted.map(|wanted| NumberTest::any(field, wanted));
    Ok(tests.collect())
}

/// Reads `NUMBER`, a list of them, or one and which of several it is about.
fn number_test(name: &str, field: u16, value: Word<'_>) -> Result<NumberTest, Fault> {
    let value = value.unquote();
    if name == "http2.settings" {
        return Ok(NumberTest::any(field, [numbers::setting(value)?]));
    }
    if date::is_date(name) {
        return Ok(NumberTest::any(field, [date::comparison(value)?]));
    }
    if let Some(flags) = numbers::flags(name, value) {
        return Ok(NumberTest::any(field, flags?));
    }
    let mut wanted = Vec::new();
    let mut how = Which::Any;
    for (index, part) in value.split(',').enumerate() {
        match which(part) {
            Some(known) if index == 1 && !numbers::is_list(name) => how = known,
            _ => wanted.push(comparison(name, part)?),
        }
    }
    Ok(NumberTest {
        field,
        wanted: wanted.into(),
        which: how,
        or: None,
    })
}

fn which(word: Word<'_>) -> Option<Which> {
    Some(match word.text {
        "any" => Which::Any,
        "all1" => Which::All,
        "all" => Which::AllOrAbsent,
        "count" | "nb" => Which::Count,
        place => Which::At(place.parse().ok()?),
    })
}

fn comparison(name: &str, word: Word<'_>) -> Result<Comparison, Fault> {
    let (negated, plain) = match word.strip_prefix("!") {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    match numbers::named(name, plain.text) {
        Some(number) if negated => Ok(Comparison::NotEqual(number)),
        Some(number) => Ok(Comparison::Equal(number)),
        // Ranges of lists have their ends in.
        None if numbers::is_list(name) => match word.split_once('-') {
            Some((low, high)) => {
                let low = number_up_to(low, u32::MAX.into())?;
                let high = number_up_to(high, u32::MAX.into())?.saturating_add(1);
                Ok(match low.checked_sub(1) {
                    Some(below) => Comparison::Between(below, high),
                    None => Comparison::Less(high),
                })
            }
            None => Comparison::parse(word, u64::MAX),
        },
        None => Comparison::parse(word, u64::MAX),
    }
}
