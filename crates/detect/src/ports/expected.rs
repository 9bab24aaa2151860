//! Which protocols a well-known port expects, and how odd another one is.

use super::{TCP, UDP};

/// Protocols at home on these ports. A port that is not here expects nothing, so that nothing
/// on it is odd.
const EXPECTED: &[(u8, &[u16], &[&str])] = &[
    (TCP, &[21], &["ftp"]),
    (TCP, &[22], &["ssh"]),
    (TCP, &[23], &["telnet"]),
    (TCP, &[25, 465, 587], &["smtp", "tls"]),
    (TCP, &[53], &["dns"]),
    (TCP, &[80], &["http", "http2", "rtmp", "websocket"]),
    (TCP, &[88], &["krb5"]),
    (TCP, &[110, 995], &["pop3", "tls"]),
    (TCP, &[111], &["nfs"]),
    (TCP, &[143, 993], &["imap", "tls"]),
    (TCP, &[135], &["dcerpc"]),
    (TCP, &[139, 445], &["smb", "nbss"]),
    (TCP, &[179], &["bgp"]),
    (TCP, &[389, 636], &["ldap", "tls"]),
    (TCP, &[443], &["tls"]),
    (TCP, &[502], &["modbus"]),
    (TCP, &[853], &["tls"]),
    (TCP, &[873], &["rsync", "tls"]),
    (TCP, &[1433], &["tds", "tls"]),
    (TCP, &[2049], &["nfs", "tls"]),
    (TCP, &[3306], &["mysql", "tls"]),
    (TCP, &[3389], &["rdp", "tls"]),
    (TCP, &[5432], &["pgsql", "tls"]),
    (TCP, &[5900], &["rfb", "tls"]),
    (TCP, &[6379], &["redis", "tls"]),
    (UDP, &[53], &["dns", "dnscrypt"]),
    (UDP, &[67, 68], &["dhcp"]),
    (UDP, &[69], &["tftp"]),
    (UDP, &[123], &["ntp"]),
    (UDP, &[161], &["snmp"]),
    (UDP, &[500], &["ike"]),
];

/// Protocols that are carried inside or beside others on any port: calls and media set them
/// up as they go, clients try the ports that filters let through, and a balancer says who calls
/// before whatever service it is for.
const ANYWHERE: &[&str] = &[
    "stun",
    "dtls",
    "quic",
    "sip",
    "rtsp",
    "rtp",
    "rtcp",
    "h323",
    "haproxy",
    "teamviewer",
];

/// How odd a protocol is on a port, 1 to 4, or nothing when it is at home or nothing is expected.
pub(super) fn judge(protocol: u8, port: u16, app: &str) -> Option<u8> {
    if ANYWHERE.contains(&app) {
        return None;
    }
    let expected = EXPECTED
        .iter()
        .find(|(carrier, ports, _)| *carrier == protocol && ports.contains(&port))
        .map(|(_, _, expected)| *expected);
    match expected {
        Some(expected) if !expected.contains(&app) => Some(severity(port, app)),
        // Bots keep to IRC and leave its ports.
        None if app == "irc" && !matches!(port, 194 | 994 | 6660..=6669 | 6697 | 7000) => Some(3),
        _ => None,
    }
}

/// TLS on port 80 and HTTP on 443 are clients' mistakes and servers' habits.
fn severity(port: u16, app: &str) -> u8 {
    match (port, app) {
        (80, "tls") | (443, "http" | "http2") => 4,
        _ => 3,
    }
}
