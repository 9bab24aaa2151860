use super::{HOME, MILLISECOND, Outcome, Play, SECOND, TCP, THEM, UDP, US, WORLD};

const REFUSED: Option<Outcome> = Some(Outcome::Refused);
const ANSWERED: Option<Outcome> = Some(Outcome::Answered);

#[test]
fn a_connect_scan_of_closed_ports_is_told_at_the_fifteenth() {
    let mut play = Play::new();
    for port in 1..=15 {
        assert!(play.told.is_empty());
        play.flow(THEM, US, TCP, port, REFUSED);
    }
    assert_eq!(play.told.len(), 1);
    let finding = &play.told[0];
    assert_eq!((finding.detector, finding.severity), ("port_scan", 3));
    assert!(
        finding
            .signature
            .starts_with("198.51.0.7 tried 15 TCP ports of 192.168.1.10 in 0.0 s")
    );
    assert!(finding.evidence.contains("\"failed\":15"));
}

#[test]
fn a_scan_that_is_swallowed_by_a_filter_is_told_while_it_runs() {
    let mut play = Play::new();
    for port in 1..=60 {
        play.flow(THEM, US, TCP, port, None);
        play.wait(200 * MILLISECOND);
    }
    assert_eq!(play.told.len(), 1);
    assert!(play.told[0].ts < play.now - 5 * SECOND);
}

#[test]
fn a_burst_that_is_over_before_the_first_timeout_is_told() {
    let mut play = Play::new();
    for port in 1..=200 {
        play.flow(THEM, US, TCP, port, None);
    }
    assert!(play.told.is_empty());
    play.wait(4 * SECOND);
    assert_eq!(play.told.len(), 1);
}

#[test]
fn a_burst_at_the_very_end_of_a_capture_is_told() {
    let mut play = Play::new();
    for port in 1..=20 {
        play.flow(THEM, US, TCP, port, None);
    }
    assert_eq!(play.detectors(), ["port_scan"]);
}

#[test]
fn some_open_ports_do_not_hide_a_scan() {
    let mut play = Play::new();
    for port in 1..=100 {
        let outcome = if port % 10 == 0 { ANSWERED } else { REFUSED };
        play.flow(THEM, US, TCP, port, outcome);
    }
    assert_eq!(play.detectors()[0], "port_scan");
}

#[test]
fn a_scan_is_told_again_at_powers_of_ten() {
    let mut play = Play::new();
    for port in 1..=20_000 {
        play.flow(THEM, US, TCP, port, REFUSED);
    }
    let told = play.finish();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|finding| finding.severity == 3));
    assert!(
        told[3].signature.contains("about 10000 TCP ports"),
        "{}",
        told[3].signature
    );
}

#[test]
fn a_worm_that_sweeps_from_inside_is_told() {
    let mut play = Play::new();
    for host in 0..40 {
        play.flow(US, WORLD + host, TCP, 445, None);
        play.wait(50 * MILLISECOND);
    }
    play.wait(4 * SECOND);
    let told = play.finish();
    assert_eq!((told[0].detector, told[0].severity), ("host_sweep", 2));
    assert!(
        told[0].signature.contains("TCP port 445 on 40 hosts"),
        "{}",
        told[0].signature
    );
}

#[test]
fn a_sweep_over_the_local_network_is_told() {
    let mut play = Play::new();
    for host in 20..80 {
        let outcome = if host % 6 == 0 { ANSWERED } else { None };
        play.flow(US, HOME + host, TCP, 8080, outcome);
        play.wait(100 * MILLISECOND);
    }
    assert_eq!(play.detectors(), ["host_sweep"]);
}

#[test]
fn a_sweep_of_any_port_from_inside_is_told_at_last() {
    let mut play = Play::new();
    for host in 0..400 {
        play.flow(US, WORLD + host, TCP, 80, None);
        play.wait(20 * MILLISECOND);
    }
    assert_eq!(play.detectors(), ["host_sweep"]);
}

#[test]
fn a_ping_sweep_is_told() {
    let mut play = Play::new();
    for host in 1..=60 {
        play.flow(US, HOME + 100 + host, 1, 0, None);
    }
    let told = play.finish();
    assert!(
        told[0].signature.contains("pinged 60 hosts"),
        "{}",
        told[0].signature
    );
}

#[test]
fn a_udp_scan_is_told_by_its_refusals() {
    let mut play = Play::new();
    for port in 2000..2030 {
        play.flow(THEM, US, UDP, port, REFUSED);
    }
    assert_eq!(play.detectors(), ["port_scan"]);
}

#[test]
fn an_unanswered_udp_scan_is_told_by_the_services_it_tried() {
    let mut play = Play::new();
    for port in [
        7, 9, 17, 19, 49, 53, 67, 68, 69, 88, 111, 123, 135, 138, 161, 162, 177, 389, 427, 500,
        514, 520, 623,
    ] {
        play.flow(THEM, US, UDP, port, None);
        play.wait(SECOND);
    }
    assert_eq!(play.detectors(), ["port_scan"]);
}

#[test]
fn a_slow_scan_is_told_within_the_hour() {
    let mut play = Play::new();
    for port in 1..=40 {
        play.flow(THEM, US, TCP, port, REFUSED);
        play.wait(60 * SECOND);
    }
    assert_eq!(play.detectors(), ["port_scan"]);
}

#[test]
fn a_scan_that_spreads_over_hosts_and_ports_is_told() {
    let mut play = Play::new();
    for index in 0..30_u16 {
        play.flow(
            THEM,
            HOME + u128::from(index % 10),
            TCP,
            100 + index,
            REFUSED,
        );
    }
    assert_eq!(play.detectors(), ["network_scan"]);
}

#[test]
fn scans_of_many_hosts_by_one_source_become_one() {
    let mut play = Play::new();
    for host in 0..20 {
        for port in 1..=50 {
            play.flow(US, HOME + 100 + host, TCP, port, REFUSED);
        }
    }
    let told = play.detectors();
    assert!(told.len() <= 7, "{told:?}");
    assert!(told.contains(&"network_scan"));
}

#[test]
fn a_scan_over_ipv6_is_told() {
    let mut play = Play::new();
    let target = 0x2001_0db8_u128 << 96 | 1;
    for port in 1..=20 {
        play.flow(target + 5, target, TCP, port, REFUSED);
    }
    assert_eq!(play.detectors(), ["port_scan"]);
}

#[test]
fn stealth_probes_are_told_at_the_fifth() {
    for flags in [0x00, 0x01, 0x29, 0x03] {
        let mut play = Play::new();
        for port in 1..=20 {
            let attempt = play.attempt(THEM, US, TCP, port);
            let mut found = Vec::new();
            play.tracker.stray(&attempt, flags, &mut found);
            play.keep(found);
        }
        assert_eq!(play.detectors(), ["stealth_scan"], "{flags:#x}");
    }
}
