use super::super::matcher::{Direction, Origin};
use super::super::protocol::{AppProtocol, Transport};

#[test]
fn dump_groups() {
    let mut options = super::LoadOptions::default();
    let _ = &mut options;
    let (set, _) = super::RuleSet::load(
        &["/work/shared/corpus/rules/et-open-subset.rules".into()],
        &options,
    );
    for name in [
        "http", "tls", "smb", "dns", "ftp", "smtp", "sip", "ssh", "none",
    ] {
        let app = AppProtocol::all().find(|app| app.name() == name);
        for transport in [Transport::Tcp, Transport::Udp] {
            for way in [Direction::ToServer, Direction::ToClient] {
                let Some(group) = set.groups.of(transport, app, Some(way)) else {
                    continue;
                };
                for origin in [Origin::Packet, Origin::Stream] {
                    for c in group.of(origin) {
                        for (i, l) in c.literals().enumerate() {
                            eprintln!(
                                "{name} {transport:?} {way:?} {origin:?} {i}: {}",
                                l.summary()
                            );
                            if i == 0 && name == "none" && origin == Origin::Packet {
                                for r in l.far_rules() {
                                    let rule = &set.rules[r as usize];
                                    eprintln!(
                                        "R {transport:?}{way:?} {:?} {:?}",
                                        rule.gate, rule.rule.sid
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
