//! The client that a proxy names in a header: `X-Forwarded-For` and its like (RFC 7239 tells of them).

use std::net::IpAddr;

use wirewatch_flow::Side;
use wirewatch_proto::Transaction;
use wirewatch_records::Common;

use crate::options::Xff;

/// Headers of a request that are looked at.
const MAX_HEADERS: usize = 128;

/// The address that the request's header names.
pub(super) fn client(
    wanted: Option<&Xff>,
    transaction: Option<&dyn Transaction>,
) -> Option<IpAddr> {
    let (wanted, transaction) = (wanted?, transaction?);
    let headers = transaction.application().buffer("http.request_header")?;
    let client = wirewatch_proto::Side::Client;
    let mut all = (0..MAX_HEADERS).map_while(|index| transaction.buffer(headers, client, index));
    let value = all.find_map(|header| {
        let (name, value) = header.split_at_checked(wanted.header.len())?;
        let is_it = name.eq_ignore_ascii_case(wanted.header.as_bytes());
        let value = value.strip_prefix(b":").filter(|_| is_it)?;
        String::from_utf8(value.to_vec()).ok()
    })?;
    let mut parts = value.split(',').map(str::trim);
    let part = if wanted.last {
        parts.next_back()
    } else {
        parts.next()
    };
    address(part?)
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let bare = inner.or_else(|| text.split_once(':'));
    bare.and_then(|(address, _)| address.parse().ok())
}

/// The same with the client in the place of the proxy that spoke for it.
pub(super) fn in_place<'a>(common: &Common<'a>, client: IpAddr, side: Option<Side>) -> Common<'a> {
    let mut common = Common { ..*common };
    match side {
        Some(Side::ToClient) => common.dst_ip = Some(client),
        _ => common.src_ip = Some(client),
    }
    common
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_may_have_a_port() {
        let plain = "192.0.2.1".parse().ok();
        assert_eq!(address("192.0.2.1"), plain);
        assert_eq!(address("192.0.2.1:8080"), plain);
        assert_eq!(address("[2001:db8::1]:80"), "2001:db8::1".parse().ok());
        assert_eq!(address("unknown"), None);
    }
}
