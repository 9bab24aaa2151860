use super::{
    FlowFacts, PortJudge, PortsConfig, is_out_of_place, is_service, service_name, services,
};
use crate::finding::sid;

const TCP: u8 = 6;
const UDP: u8 = 17;
const INSIDE: u128 = 0xffff_0a00_0005;
const OUTSIDE: u128 = 0xffff_c633_6407;
const SECOND: i64 = 1_000_000_000;

fn flow(port: u16, app: Option<&str>) -> FlowFacts<'_> {
    FlowFacts {
        ts: 1,
        client: INSIDE,
        server: OUTSIDE,
        client_port: 50_000,
        server_port: port,
        protocol: TCP,
        app,
        established: true,
        bytes_to_server: 300,
        bytes_to_client: 900,
        midstream: false,
        duration: SECOND,
    }
}

fn udp(port: u16, app: Option<&str>) -> FlowFacts<'_> {
    FlowFacts {
        protocol: UDP,
        ..flow(port, app)
    }
}

fn judge(flow: &FlowFacts) -> Option<(u32, u8)> {
    let finding = PortJudge::default().judge(flow)?;
    Some((finding.sid, finding.severity))
}

#[test]
fn ordinary_services_are_silent() {
    for (port, app) in [
        (80, "http"),
        (443, "tls"),
        (22, "ssh"),
        (25, "smtp"),
        (587, "tls"),
        (53, "dns"),
        (143, "imap"),
        (445, "smb"),
        (3389, "rdp"),
        (3389, "tls"),
        (21, "ftp"),
        (6667, "irc"),
        (1935, "http"),
        (8080, "http"),
        (8000, "http"),
        (8443, "http"),
        (3000, "http"),
        (5000, "http"),
        (8443, "tls"),
        (2222, "ssh"),
        (81, "http"),
        (443, "stun"),
        (61_234, "bittorrent"),
        (50_123, "ftp"),
    ] {
        assert_eq!(judge(&flow(port, Some(app))), None, "{app} on {port}");
    }
    for (port, app) in [
        (53, "dns"),
        (443, "quic"),
        (123, "ntp"),
        (443, "dns"),
        (3478, "stun"),
        (80, "quic"),
    ] {
        assert_eq!(judge(&udp(port, Some(app))), None, "{app} on {port}");
    }
}

#[test]
fn unknown_protocols_on_web_and_high_ports_are_silent() {
    for port in [80, 443, 5222, 40_000, 65_000, 20, 8333, 1024] {
        assert_eq!(judge(&flow(port, None)), None, "{port}");
    }
    assert_eq!(judge(&udp(53, None)), None);
    assert_eq!(judge(&udp(4444, None)), None);
}

#[test]
fn a_protocol_on_another_services_port_is_told() {
    for (port, app) in [
        (443, "ssh"),
        (53, "ssh"),
        (22, "http"),
        (80, "irc"),
        (443, "bittorrent"),
        (53, "tls"),
    ] {
        assert_eq!(
            judge(&flow(port, Some(app))),
            Some((sid::PROTOCOL_MISMATCH, 3)),
            "{app} on {port}"
        );
    }
    assert_eq!(
        judge(&flow(80, Some("tls"))),
        Some((sid::PROTOCOL_MISMATCH, 4))
    );
    assert_eq!(judge(&flow(53, None)), Some((sid::PROTOCOL_MISMATCH, 3)));
    assert_eq!(
        judge(&flow(9999, Some("irc"))),
        Some((sid::PROTOCOL_MISMATCH, 3))
    );
}

#[test]
fn backdoor_ports_need_data_both_ways_in_no_known_protocol() {
    let shell = flow(4444, None);
    assert_eq!(judge(&shell), Some((sid::BACKDOOR_PORT, 3)));
    assert_eq!(judge(&flow(4444, Some("http"))), None);
    assert_eq!(
        judge(&FlowFacts {
            bytes_to_client: 0,
            ..shell
        }),
        None
    );
    assert_eq!(
        judge(&FlowFacts {
            established: false,
            ..shell
        }),
        None
    );
    assert_eq!(
        judge(&FlowFacts {
            client_port: 4444,
            server_port: 443,
            ..shell
        }),
        None
    );
}

#[test]
fn plain_administration_from_outside_is_told() {
    for (port, app) in [(23, "telnet"), (21, "ftp"), (5900, "rfb"), (5555, "adb")] {
        let inward = FlowFacts {
            client: OUTSIDE,
            server: INSIDE,
            ..flow(port, Some(app))
        };
        assert_eq!(judge(&inward), Some((sid::PLAIN_ADMIN, 2)), "{app}");
        assert_eq!(judge(&flow(port, Some(app))), None, "{app} outward");
    }
    let rlogin = FlowFacts {
        client: OUTSIDE,
        server: INSIDE,
        ..flow(513, None)
    };
    assert_eq!(judge(&rlogin), Some((sid::PLAIN_ADMIN, 2)));
}

#[test]
fn a_low_port_without_a_name_is_told_until_a_second_client_comes() {
    let judge = PortJudge::default();
    let odd = flow(943, None);
    assert_eq!(judge.judge(&odd).unwrap().sid, sid::UNREGISTERED_PORT);
    let second = FlowFacts {
        client: INSIDE + 1,
        ..odd
    };
    assert!(judge.judge(&second).is_none());
    assert!(judge.judge(&odd).is_none());
}

#[test]
fn what_one_client_does_for_half_an_hour_is_normal() {
    let judge = PortJudge::default();
    let at = |index: u16| FlowFacts {
        ts: i64::from(index) * 400 * SECOND,
        client_port: 50_000 + index,
        ..flow(443, Some("ssh"))
    };
    let told = (0..8).filter(|index| judge.judge(&at(*index)).is_some());
    assert_eq!(told.count(), 5);
}

#[test]
fn what_was_going_on_before_the_capture_is_normal() {
    let judge = PortJudge::default();
    let old = FlowFacts {
        midstream: true,
        ..flow(443, Some("ssh"))
    };
    assert!(judge.judge(&old).is_none());
    assert!(judge.judge(&flow(443, Some("ssh"))).is_none());
}

#[test]
fn the_learning_time_is_silent() {
    let config = PortsConfig {
        learning_s: 600,
        ..PortsConfig::default()
    };
    let judge = PortJudge::new(config);
    assert!(judge.judge(&flow(443, Some("ssh"))).is_none());
    let later = FlowFacts {
        ts: 700 * SECOND,
        ..flow(443, Some("ssh"))
    };
    assert!(judge.judge(&later).is_none());
    let new = FlowFacts {
        server: OUTSIDE + 1,
        ..later
    };
    assert!(judge.judge(&new).is_some());
}

#[test]
fn services_have_their_registered_names() {
    assert_eq!(service_name(TCP, 22), Some("ssh"));
    assert_eq!(service_name(UDP, 123), Some("ntp"));
    assert_eq!(service_name(TCP, 514), Some("shell"));
    assert_eq!(service_name(UDP, 514), Some("syslog"));
    assert_eq!(service_name(TCP, 123), None);
    assert!(is_service(UDP, 53) && !is_service(UDP, 50_000));
}

#[test]
fn named_low_ports_are_assigned() {
    for port in 1..1024 {
        let named = is_service(TCP, port) || is_service(UDP, port);
        assert!(!named || services::is_assigned_low(port), "{port}");
    }
}

#[test]
fn a_protocol_is_out_of_place_where_the_port_expects_another() {
    for (port, app, expected) in [
        (22, "http", true),
        (22, "ssh", false),
        (2222, "ssh", false),
        (443, "dtls", false),
    ] {
        assert_eq!(is_out_of_place(TCP, port, app), expected, "{app} on {port}");
    }
}

#[test]
fn what_goes_where_a_filter_lets_it_is_silent() {
    for app in ["rtp", "rtcp", "haproxy", "teamviewer"] {
        assert_eq!(judge(&flow(443, Some(app))), None, "{app}");
        assert_eq!(judge(&udp(53, Some(app))), None, "{app}");
    }
    assert_eq!(judge(&udp(53, Some("dnscrypt"))), None);
    assert!(judge(&flow(443, Some("stratum"))).is_some());
}
