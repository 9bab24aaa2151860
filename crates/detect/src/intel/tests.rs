use std::{fmt::Write as _, io::Write as _};

use proptest::prelude::*;

use super::{Contact, Direction, Intel, NameSource, Problem, to_number};

fn ip(text: &str) -> u128 {
    to_number(text.parse().unwrap())
}

fn load(text: &str) -> (Intel, Vec<Problem>) {
    Intel::parse(&[("test.txt", text.as_bytes())])
}

fn clean(text: &str) -> Intel {
    let (intel, problems) = load(text);
    assert_eq!(problems, Vec::new());
    intel
}

fn indicator(intel: &Intel, address: &str) -> Option<String> {
    intel.lookup_ip(ip(address), None).map(|hit| hit.indicator)
}

fn name(intel: &Intel, name: &str) -> Option<String> {
    intel
        .lookup_domain(name.as_bytes())
        .map(|hit| hit.indicator)
}

fn contact(client: &str, server: &str) -> Contact {
    Contact {
        ts: 1,
        client: ip(client),
        server: ip(server),
        client_port: 50_000,
        server_port: 443,
        protocol: 6,
        answered: true,
        midstream: false,
    }
}

#[test]
fn nothing_is_found_in_nothing() {
    let intel = Intel::default();
    assert!(intel.is_empty());
    assert!(intel.lookup_ip(ip("192.0.2.1"), None).is_none());
    assert!(intel.lookup_domain(b"example.com").is_none());
}

#[test]
fn the_longest_prefix_wins() {
    let intel = clean("198.51.0.0/16\n198.51.100.0/24\n198.51.100.7\n");
    assert_eq!(indicator(&intel, "198.51.100.7").unwrap(), "198.51.100.7");
    assert_eq!(
        indicator(&intel, "198.51.100.8").unwrap(),
        "198.51.100.0/24"
    );
    assert_eq!(indicator(&intel, "198.51.101.0").unwrap(), "198.51.0.0/16");
    assert_eq!(indicator(&intel, "198.52.0.0"), None);
    assert_eq!(indicator(&intel, "198.50.255.255"), None);
}

#[test]
fn ipv6_networks_and_addresses_are_found() {
    let intel = clean("2001:db8:1::/48\n2001:db8:1::5\n");
    assert_eq!(indicator(&intel, "2001:db8:1::5").unwrap(), "2001:db8:1::5");
    assert_eq!(
        indicator(&intel, "2001:db8:1:ffff::").unwrap(),
        "2001:db8:1::/48"
    );
    assert_eq!(indicator(&intel, "2001:db8:2::"), None);
    assert_eq!(indicator(&intel, "192.0.2.1"), None);
}

#[test]
fn an_entry_with_a_port_counts_on_that_port_only() {
    let intel = clean("192.0.2.1:8443\n[2001:db8::1]:53\n");
    let hit = intel.lookup_ip(ip("192.0.2.1"), Some(8443)).unwrap();
    assert_eq!(hit.indicator, "192.0.2.1:8443");
    assert!(intel.lookup_ip(ip("192.0.2.1"), Some(443)).is_none());
    assert!(intel.lookup_ip(ip("192.0.2.1"), None).is_none());
    assert!(intel.lookup_ip(ip("2001:db8::1"), Some(53)).is_some());
}

#[test]
fn names_cover_what_is_below_them_unless_they_say_otherwise() {
    let intel = clean("plain.example\n.dotted.example\n*.star.example\n0.0.0.0 hosts.example\n");
    assert_eq!(name(&intel, "plain.example").unwrap(), "plain.example");
    assert_eq!(name(&intel, "WWW.Plain.Example.").unwrap(), "plain.example");
    assert!(name(&intel, "notplain.example").is_none());
    assert!(name(&intel, "a.dotted.example").is_some());
    assert_eq!(name(&intel, "a.b.star.example").unwrap(), "*.star.example");
    assert!(name(&intel, "star.example").is_none());
    assert!(name(&intel, "hosts.example").is_some());
    assert!(name(&intel, "a.hosts.example").is_none());
}

#[test]
fn a_list_may_mean_only_the_names_themselves() {
    let intel = clean("# subdomains: no\nshared.example\n");
    assert!(name(&intel, "shared.example").is_some());
    assert!(name(&intel, "user.shared.example").is_none());
}

#[test]
fn header_lines_describe_the_list() {
    let intel = clean("# Name: My list\n# direction: inbound\n# severity: 3\n192.0.2.1\n");
    let hit = intel.lookup_ip(ip("192.0.2.1"), None).unwrap();
    assert_eq!(hit.list.name, "My list");
    assert_eq!(hit.direction, Direction::Inbound);
    assert_eq!(hit.list.severity, 3);
}

#[test]
fn common_formats_are_read() {
    let text = "\u{feff}192.0.2.1 ; SBL1\n192.0.2.2#4#2#Scanning Host\n192.0.2.3\t7\n\
                \"2026-01-01 00:00:00\",\"192.0.2.4\",\"443\",\"online\"\n\
                192.0.2.5 // note\nhxxp[.]example\nhttp://192.0.2.6/\n192[.]0[.]2[.]7\n\
                ||adblock.example^\n; comment\n// comment\n\n   192.0.2.8\n";
    let intel = clean(text);
    for last in 1..=8 {
        assert!(
            indicator(&intel, &format!("192.0.2.{last}")).is_some(),
            "{last}"
        );
    }
    assert!(name(&intel, "www.adblock.example").is_some());
}

#[test]
fn maltrail_trails_bring_their_notes() {
    let intel = clean("bad.example,emotet (malware),(static)\n192.0.2.9,known attacker,(static)\n");
    assert_eq!(
        intel.lookup_domain(b"bad.example").unwrap().note,
        "emotet (malware)"
    );
    let hit = intel.lookup_ip(ip("192.0.2.9"), None).unwrap();
    assert_eq!(hit.direction, Direction::Inbound);
}

#[test]
fn pages_are_counted_and_not_used() {
    let intel = clean("http://shared.example/evil/path\nshared.example/other\n");
    assert!(name(&intel, "shared.example").is_none());
    assert_eq!(intel.lists()[0].urls, 2);
}

#[test]
fn broken_lines_are_named_and_the_rest_is_used() {
    let (intel, problems) = load("192.0.2.1\n  300.1.2.3\n192.0.2.0/33\nword\n192.0.2.2\n");
    let places: Vec<_> = problems.iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(places, [(2, 3), (3, 1), (4, 1)]);
    assert!(indicator(&intel, "192.0.2.1").is_some());
    assert!(indicator(&intel, "192.0.2.2").is_some());
}

#[test]
fn private_and_special_addresses_are_refused() {
    for special in [
        "192.168.0.0/16",
        "10.1.2.3",
        "127.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0/8",
        "172.16.0.0/12",
        "169.254.1.1",
        "172.0.0.0/8",
        "fe80::1",
        "::1",
        "ff02::1",
        "fd00::/8",
        "100.64.0.0/10",
        "0.0.0.0/0",
        "::/0",
        "2000::/3",
    ] {
        let (intel, problems) = load(special);
        assert_eq!(problems.len(), 1, "{special}");
        assert!(intel.is_empty(), "{special}");
    }
}

#[test]
fn a_list_may_allow_private_addresses() {
    let intel = clean("# allow-private: yes\n192.168.7.0/24\n");
    assert!(indicator(&intel, "192.168.7.1").is_some());
    assert!(indicator(&intel, "192.168.8.1").is_none());
}

#[test]
fn a_heading_of_columns_is_no_problem() {
    assert!(
        indicator(
            &clean("first_seen,ip,port\n2026,192.0.2.1,80\n"),
            "192.0.2.1"
        )
        .is_some()
    );
}

#[test]
fn problems_of_one_file_are_bounded() {
    let (_, problems) = load(&"nonsense\n".repeat(1000));
    assert_eq!(problems.len(), super::MAX_PROBLEMS + 1);
    assert_eq!(
        problems.last().unwrap().message,
        "950 more lines are not used"
    );
}

#[test]
fn an_endless_line_is_skipped() {
    let text = format!("{}\n192.0.2.1\n", "x".repeat(3 * super::MAX_LINE));
    let (intel, problems) = load(&text);
    assert_eq!(problems.len(), 1);
    assert!(indicator(&intel, "192.0.2.1").is_some());
}

#[test]
fn packed_files_are_read_and_missing_ones_are_told() {
    let path = std::env::temp_dir().join(format!("intel-{}.gz", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packer.write_all(b"192.0.2.1\n").unwrap();
    packer.finish().unwrap();
    let (intel, problems) = Intel::load(&[path.clone(), path.with_extension("none")]);
    std::fs::remove_file(&path).unwrap();
    assert!(indicator(&intel, "192.0.2.1").is_some());
    assert_eq!(problems.len(), 1);
}

#[test]
fn several_lists_corroborate_each_other() {
    let (intel, _) = Intel::parse(&[
        ("a", b"192.0.2.1"),
        ("b", b"192.0.2.0/24"),
        ("c", b"203.0.113.1"),
    ]);
    let hit = intel.lookup_ip(ip("192.0.2.1"), None).unwrap();
    assert_eq!((hit.list.name.as_str(), hit.lists), ("a", 2));
}

#[test]
fn a_list_of_attackers_is_silent_about_outbound_connections() {
    let intel = clean("# direction: inbound\n192.0.2.1\n");
    assert!(intel.contact(&contact("10.0.0.5", "192.0.2.1")).is_empty());
    assert_eq!(intel.contact(&contact("192.0.2.1", "10.0.0.5")).len(), 1);
}

#[test]
fn a_list_of_servers_is_silent_about_inbound_connections() {
    let intel = clean("# direction: outbound\n192.0.2.1\n");
    assert!(intel.contact(&contact("192.0.2.1", "10.0.0.5")).is_empty());
    assert_eq!(intel.contact(&contact("10.0.0.5", "192.0.2.1")).len(), 1);
}

#[test]
fn an_answered_contact_is_worse_than_an_unanswered_visit() {
    let intel = clean("192.0.2.1\n");
    let severity = |contact: Contact| intel.contact(&contact)[0].severity;
    let out = contact("10.0.0.5", "192.0.2.1");
    let visit = contact("192.0.2.1", "10.0.0.5");
    assert_eq!(severity(out), 1);
    assert_eq!(
        severity(Contact {
            answered: false,
            ..out
        }),
        2
    );
    assert_eq!(
        severity(Contact {
            midstream: true,
            ..out
        }),
        2
    );
    assert_eq!(severity(visit), 3);
    assert_eq!(
        severity(Contact {
            answered: false,
            ..visit
        }),
        4
    );
}

#[test]
fn the_direction_chooses_among_entries_that_cover_an_address() {
    let (intel, _) = Intel::parse(&[
        ("attackers", b"# direction: inbound\n192.0.2.1"),
        ("servers", b"# direction: outbound\n192.0.2.0/24"),
    ]);
    let findings = intel.contact(&contact("10.0.0.5", "192.0.2.1"));
    assert!(findings[0].signature.ends_with("listed by servers"));
}

#[test]
fn names_on_the_wire_are_escaped() {
    let intel = clean("bad.example\n");
    let finding = intel
        .name(
            1,
            ip("10.0.0.5"),
            ip("10.0.0.1"),
            b"\x1b[31m\".bad.example",
            NameSource::Dns,
        )
        .unwrap();
    assert!(!finding.signature.contains('\u{1b}'));
    assert!(finding.evidence.contains("\\\".bad.example"));
    assert_eq!(finding.severity, 2);
}

#[test]
fn a_million_entries_stay_below_32_bytes_each() {
    let mut text = String::from("# direction: outbound\n");
    for index in 0..200_000_u32 {
        let spread = index.wrapping_mul(0x9e37_79b1);
        let address = std::net::Ipv4Addr::from(0x1400_0000 | (spread & 0x03ff_ffff));
        let _ = writeln!(text, "{address}");
    }
    let intel = clean(&text);
    let index = 65_537 * 4 + (2 << 20);
    assert!(
        intel.size_bytes() - index < 200_000 * 16,
        "{}",
        intel.size_bytes()
    );
}

#[test]
fn large_tables_find_what_small_ones_find() {
    let mut text = String::from("198.51.100.0/22\n203.0.112.0/21\n");
    for index in 0..40_000_u32 {
        let address = std::net::Ipv4Addr::from(0x1400_0000 + index * 300);
        let _ = writeln!(text, "{address}");
    }
    let intel = clean(&text);
    for index in 0..40_000_u32 {
        let address = 0xffff_1400_0000 + u128::from(index) * 300;
        assert!(intel.lookup_ip(address, None).is_some());
        assert!(intel.lookup_ip(address + 1, None).is_none());
    }
    assert_eq!(
        indicator(&intel, "203.0.119.255").unwrap(),
        "203.0.112.0/21"
    );
    assert_eq!(
        indicator(&intel, "198.51.103.255").unwrap(),
        "198.51.100.0/22"
    );
    assert_eq!(indicator(&intel, "198.51.104.0"), None);
}

/// What the tables must agree with: every network, the longest prefix first.
fn slowly(networks: &[(u128, u8)], address: u128) -> Option<u8> {
    networks
        .iter()
        .filter(|(base, prefix)| {
            (base ^ address)
                .checked_shr(128 - u32::from(*prefix))
                .unwrap_or(0)
                == 0
        })
        .map(|(_, prefix)| *prefix)
        .max()
}

proptest! {
    #[test]
    fn tables_agree_with_a_plain_search(
        networks in proptest::collection::vec((0_u32..4096, 20_u8..=32), 0..60),
        asked in proptest::collection::vec(0_u32..4200, 20),
    ) {
        let base = 0xc633_6000_u32;
        let lines: Vec<String> = networks.iter()
            .map(|(offset, prefix)| format!("{}/{prefix}", std::net::Ipv4Addr::from(base + offset)))
            .collect();
        let wide: Vec<(u128, u8)> = networks.iter()
            .map(|(offset, prefix)| (0xffff_0000_0000 | u128::from(base + offset), prefix + 96))
            .collect();
        let intel = clean(&lines.join("\n"));
        for offset in asked {
            let address = 0xffff_0000_0000 | u128::from(base - 50 + offset);
            let found = intel.lookup_ip(address, None).map(|hit| hit.indicator);
            let length = found.map(|text| text.split_once('/').map_or(32, |(_, l)| l.parse().unwrap()));
            prop_assert_eq!(length, slowly(&wide, address).map(|prefix| prefix - 96));
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (intel, _) = Intel::parse(&[("x", &bytes)]);
        let _ = intel.lookup_domain(&bytes);
    }

    #[test]
    fn any_text_like_a_list_is_read(text in "([0-9a-f.:/,;\\[\\]# *|\"-]{0,30}\n){0,8}") {
        let _ = load(&text);
    }
}
