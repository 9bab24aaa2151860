//! Functions of Modbus (application protocol, section 6) and its exceptions (section 7).

use std::borrow::Cow;

use crate::document::Document;
use crate::waiting::Cut;

/// What answers that are exceptions add to the function.
const EXCEPTION_BIT: u8 = 0x80;

fn known(function: u8) -> Option<&'static str> {
    Some(match function {
        1 => "READ_COILS",
        2 => "READ_DISCRETE_INPUTS",
        3 => "READ_HOLDING_REGISTERS",
        4 => "READ_INPUT_REGISTERS",
        5 => "WRITE_SINGLE_COIL",
        6 => "WRITE_SINGLE_REGISTER",
        7 => "READ_EXCEPTION_STATUS",
        8 => "DIAGNOSTICS",
        9 => "PROGRAM_484",
        10 => "POLL_484",
        11 => "GET_COMM_EVENT_COUNTER",
        12 => "GET_COMM_EVENT_LOG",
        13 => "PROGRAM_584_984",
        14 => "POLL_584_984",
        15 => "WRITE_MULTIPLE_COILS",
        16 => "WRITE_MULTIPLE_REGISTERS",
        17 => "REPORT_SLAVE_ID",
        18 => "PROGRAM_884_U84",
        19 => "RESET_COMM_LINK_884_U84",
        20 => "READ_FILE_RECORD",
        21 => "WRITE_FILE_RECORD",
        22 => "MASK_WRITE_REGISTER",
        23 => "READ_WRITE_MULTIPLE_REGISTERS",
        24 => "READ_FIFO_QUEUE",
        40 => "PROGRAM_CONCEPT",
        41 => "MULTIPLE_FUNCTION_CODES",
        43 => "ENCAP_INTERFACE_TRANSPORT",
        125 => "FIRMWARE_REPLACEMENT",
        _ => return None,
    })
}

/// A function's name as Zeek has it.
pub(super) fn name(function: u8) -> Cow<'static, str> {
    if let Some(name) = known(function) {
        return name.into();
    }
    match known(function & !EXCEPTION_BIT).filter(|_| function & EXCEPTION_BIT != 0) {
        Some(name) => format!("{name}_EXCEPTION").into(),
        None => format!("unknown-{function}").into(),
    }
}

pub(super) fn exception(code: u8) -> &'static str {
    match code {
        1 => "ILLEGAL_FUNCTION",
        2 => "ILLEGAL_DATA_ADDRESS",
        3 => "ILLEGAL_DATA_VALUE",
        4 => "SLAVE_DEVICE_FAILURE",
        5 => "ACKNOWLEDGE",
        6 => "SLAVE_DEVICE_BUSY",
        8 => "MEMORY_PARITY_ERROR",
        10 => "GATEWAY_PATH_UNAVAILABLE",
        11 => "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND",
        _ => "unknown",
    }
}

/// Where a function reads or writes.
pub(super) fn address(function: u8, rest: &[u8]) -> Option<u16> {
    let has_address = matches!(function, 1..=6 | 15 | 16 | 22..=24);
    Cut(rest).be16().filter(|_| has_address)
}

/// How many places from its address on a function reads or writes.
pub(super) fn quantity(function: u8, rest: &[u8]) -> u16 {
    let mut cut = Cut(rest);
    let second = cut.be16().and_then(|_| cut.be16());
    let has_quantity = matches!(function, 1..=4 | 15 | 16 | 23);
    second.filter(|_| has_quantity).unwrap_or(1)
}

/// The kind of a diagnosis (section 6.8), or of an encapsulated message (section 6.19).
pub(super) fn subfunction(function: u8, rest: &[u8]) -> Option<u16> {
    match function {
        8 => Cut(rest).be16(),
        43 => rest.first().map(|kind| u16::from(*kind)),
        _ => None,
    }
}

/// Calls `tell` with the address and the value of each place that a request writes (sections 6.5, 6.6, 6.11,
/// 6.12, 6.17). A coil that is switched on is 1.
pub(super) fn written(function: u8, rest: &[u8], mut tell: impl FnMut(u16, u16)) {
    let mut cut = Cut(rest);
    // Function 23 reads before it writes.
    let reads = if function == 23 { 4 } else { 0 };
    let (Some(_), Some(address), Some(second)) = (cut.take(reads), cut.be16(), cut.be16()) else {
        return;
    };
    match function {
        5 => tell(address, u16::from(second != 0)),
        6 => tell(address, second),
        15 => {
            let bits = cut.byte().map_or(&[][..], |_| cut.0);
            for number in 0..second {
                let Some(byte) = bits.get(usize::from(number / 8)) else {
                    return;
                };
                tell(
                    address.wrapping_add(number),
                    u16::from(byte >> (number % 8) & 1),
                );
            }
        }
        16 | 23 => {
            cut.byte();
            for number in 0..second {
                let Some(value) = cut.be16() else {
                    return;
                };
                tell(address.wrapping_add(number), value);
            }
        }
        _ => {}
    }
}

/// What a request asks for.
pub(super) fn request(function: u8, rest: &[u8], document: &mut Document) {
    let mut cut = Cut(rest);
    let (Some(address), second) = (
        address(function, rest),
        cut.take(2).and_then(|_| cut.be16()),
    ) else {
        return;
    };
    let (group, member) = match function {
        1..=4 | 23 | 24 => ("read", "quantity"),
        5 | 6 | 22 => ("write", "data"),
        _ => ("write", "quantity"),
    };
    document.object(group, |inner| {
        inner.number("address", address);
        if let Some(second) = second {
            inner.number(member, second);
        }
    });
}
