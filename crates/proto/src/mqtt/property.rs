//! Properties of MQTT 5 (section 2.2.2).

use super::message::Ways;
use crate::document::Document;
use crate::waiting::Cut;

/// What a property's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Byte,
    Two,
    Four,
    Variable,
    Text,
    Pair,
}

/// Numbers, names and forms of all properties.
const PROPERTIES: &[(u8, &str, Form)] = &[
    (1, "payload_format_indicator", Form::Byte),
    (2, "message_expiry_interval", Form::Four),
    (3, "content_type", Form::Text),
    (8, "response_topic", Form::Text),
    (9, "correlation_data", Form::Text),
    (11, "subscription_identifier", Form::Variable),
    (17, "session_expiry_interval", Form::Four),
    (18, "assigned_client_identifier", Form::Text),
    (19, "server_keep_alive", Form::Two),
    (21, "authentication_method", Form::Text),
    (22, "authentication_data", Form::Text),
    (23, "request_problem_information", Form::Byte),
    (24, "will_delay_interval", Form::Four),
    (25, "request_response_information", Form::Byte),
    (26, "response_information", Form::Text),
    (28, "server_reference", Form::Text),
    (31, "reason_string", Form::Text),
    (33, "receive_maximum", Form::Two),
    (34, "topic_alias_maximum", Form::Two),
    (35, "topic_alias", Form::Two),
    (36, "maximum_qos", Form::Byte),
    (37, "retain_available", Form::Byte),
    (38, "", Form::Pair),
    (39, "maximum_packet_size", Form::Four),
    (40, "wildcard_subscription_available", Form::Byte),
    (41, "subscription_identifiers_available", Form::Byte),
    (42, "shared_subscription_available", Form::Byte),
];

/// A number of one to four bytes, seven bits each (section 1.5.5).
pub(super) fn variable(cut: &mut Cut<'_>) -> Option<u32> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let byte = cut.byte()?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Text after its length.
pub(super) fn text<'a>(cut: &mut Cut<'a>) -> Option<&'a [u8]> {
    let length = cut.be16()?;
    cut.take(usize::from(length))
}

/// Reads the properties of a message of version 5 into an object.
pub(super) fn read(cut: &mut Cut<'_>, ways: Ways, document: &mut Document) -> Option<()> {
    if ways.version < 5 || cut.0.is_empty() {
        return Some(());
    }
    let length = variable(cut)?;
    let mut inside = Cut(cut.take(length as usize)?);
    if inside.0.is_empty() {
        return Some(());
    }
    document.open("properties");
    let outcome = each(&mut inside, ways, document);
    document.end();
    outcome
}

fn each(cut: &mut Cut<'_>, ways: Ways, document: &mut Document) -> Option<()> {
    while let Some(number) = cut.byte() {
        let mut known = PROPERTIES.iter();
        let (_, name, form) = known.find(|(known, _, _)| *known == number)?;
        match form {
            Form::Byte => document.number(name, cut.byte()?),
            Form::Two => document.number(name, cut.be16()?),
            Form::Four => document.number(name, cut.be32()?),
            Form::Variable => document.number(name, variable(cut)?),
            Form::Text => document.text(name, &ways.shown(text(cut)?)),
            Form::Pair => document.pair(text(cut)?, &ways.shown(text(cut)?)),
        }
    }
    Some(())
}
