use super::{Attempt, HOME, MILLISECOND, Outcome, Play, SECOND, TCP, THEM, UDP, US, WORLD};

const REFUSED: Option<Outcome> = Some(Outcome::Refused);
const ANSWERED: Option<Outcome> = Some(Outcome::Answered);

fn silent(play: Play) {
    let told = play.finish();
    let sentences: Vec<_> = told.iter().map(|one| one.signature.as_str()).collect();
    assert!(told.is_empty(), "{sentences:?}");
}

#[test]
fn a_browser_that_opens_two_hundred_connections() {
    let mut play = Play::new();
    for index in 0..200 {
        play.flow(US, WORLD + index % 60, TCP, 443, ANSWERED);
        play.wait(20 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn a_browser_behind_a_filter_that_swallows_everything() {
    let mut play = Play::new();
    for host in 0..120 {
        play.flow(US, WORLD + host, TCP, 443, None);
        play.flow(US, WORLD + host, UDP, 443, None);
        play.wait(500 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn a_resolver_that_asks_five_hundred_servers() {
    let mut play = Play::new();
    for host in 0..500 {
        let outcome = if host % 7 == 0 { None } else { ANSWERED };
        play.flow(US, WORLD + host, UDP, 53, outcome);
        play.wait(30 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn time_servers_of_a_pool() {
    let mut play = Play::new();
    for host in 0..40 {
        let outcome = if host % 4 == 0 { None } else { ANSWERED };
        play.flow(US, WORLD + host, UDP, 123, outcome);
        play.wait(SECOND);
    }
    silent(play);
}

/// Most peers have left; each has its own high port, a few the old default.
#[test]
fn a_torrent_with_a_thousand_peers() {
    let mut play = Play::new();
    for peer in 0..1000_u16 {
        let port = if peer % 8 == 0 {
            6881
        } else {
            10_000 + peer.wrapping_mul(47) % 50_000
        };
        let outcome = match peer % 5 {
            0 => ANSWERED,
            1 => REFUSED,
            _ => None,
        };
        let host = WORLD + u128::from(peer);
        play.flow(US, host, TCP, port, outcome);
        play.flow(
            US,
            host,
            UDP,
            port,
            if peer % 3 == 0 { ANSWERED } else { None },
        );
        play.wait(300 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn remote_peers_that_still_call_a_client_that_has_left() {
    let mut play = Play::new();
    for peer in 0..500 {
        play.flow(WORLD + peer, US, TCP, 51_413, REFUSED);
        play.flow(WORLD + peer, US, UDP, 51_413, None);
        play.wait(100 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn a_bitcoin_node_that_looks_for_its_peers() {
    let mut play = Play::new();
    for peer in 0..200 {
        let outcome = if peer % 6 == 0 { ANSWERED } else { None };
        play.flow(US, WORLD + peer, TCP, 8333, outcome);
        play.wait(1500 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn a_gateway_with_a_thousand_users() {
    let mut play = Play::new();
    for index in 0..20_000_u128 {
        let host = WORLD + (index * 7919) % 3000;
        let outcome = if index % 25 == 0 { None } else { ANSWERED };
        play.flow(
            US,
            host,
            TCP,
            if index % 3 == 0 { 80 } else { 443 },
            outcome,
        );
        play.wait(10 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn service_discovery_by_multicast_and_broadcast() {
    let mut play = Play::new();
    for index in 0..100 {
        play.flow(US, 0xffff_e000_00fb, UDP, 5353, None);
        play.flow(US, 0xffff_efff_fffa, UDP, 1900 + index, None);
        play.flow(US, HOME + 255, UDP, 137 + index, None);
        play.flow(US, 0xffff_ffff_ffff, UDP, 67, None);
        play.flow(US, HOME + 20 + u128::from(index), UDP, 137, None);
    }
    silent(play);
}

#[test]
fn health_checks_of_a_load_balancer() {
    let mut play = Play::new();
    for round in 0..200 {
        for host in 0..40 {
            let outcome = if host % 5 == 0 { REFUSED } else { ANSWERED };
            play.flow(US, HOME + 100 + host, TCP, 8080, outcome);
        }
        play.wait(SECOND * (1 + round % 2));
    }
    silent(play);
}

#[test]
fn replies_whose_questions_were_not_seen() {
    let mut play = Play::new();
    for index in 0..300 {
        let mut reply = play.attempt(THEM, US, UDP, 30_000 + index);
        reply.source_port = 53;
        let mut found = Vec::new();
        play.tracker.attempt(&reply, &mut found);
        play.keep(found);
        play.wait(100 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn classic_traceroute() {
    let mut play = Play::new();
    for probe in 0..90 {
        let outcome = if probe > 80 { REFUSED } else { None };
        play.flow(US, THEM, UDP, 33_434 + probe, outcome);
        play.wait(50 * MILLISECOND);
    }
    silent(play);
}

#[test]
fn media_streams_that_go_one_way() {
    let mut play = Play::new();
    for stream in 0..60 {
        play.flow(US, THEM, UDP, 16_384 + stream * 2, None);
        play.wait(SECOND);
    }
    silent(play);
}

#[test]
fn a_client_that_cannot_reach_passive_data_ports() {
    let mut play = Play::new();
    for transfer in 0..40 {
        play.flow(US, THEM, TCP, 49_152 + transfer * 31, None);
        play.wait(5 * SECOND);
    }
    silent(play);
}

#[test]
fn a_client_that_retries_one_dead_server_for_hours() {
    let mut play = Play::new();
    for _ in 0..5000 {
        play.flow(US, THEM, TCP, 443, REFUSED);
        play.wait(SECOND);
    }
    silent(play);
}

#[test]
fn many_answered_ports_of_one_server() {
    let mut play = Play::new();
    for port in 0..300 {
        play.flow(US, THEM, TCP, 20_000 + port, ANSWERED);
    }
    silent(play);
}

#[test]
fn answers_that_come_just_in_time() {
    let mut play = Play::new();
    let mut waiting: Vec<Attempt> = Vec::new();
    for host in 0..300 {
        let attempt = play.attempt(US, WORLD + host, TCP, 22);
        let mut found = Vec::new();
        play.tracker.attempt(&attempt, &mut found);
        waiting.push(attempt);
        if waiting.len() > 25 {
            let answered = waiting.remove(0);
            play.tracker
                .outcome(&answered, Outcome::Answered, &mut found);
        }
        play.keep(found);
        play.wait(100 * MILLISECOND);
    }
    assert!(play.told.is_empty());
}

#[test]
fn bare_acknowledgements_outside_of_flows() {
    let mut play = Play::new();
    for port in 0..300 {
        let attempt = play.attempt(THEM, US, TCP, port);
        let mut found = Vec::new();
        for flags in [0x10, 0x14, 0x11, 0x18, 0x04, 0x12] {
            play.tracker.stray(&attempt, flags, &mut found);
        }
        play.keep(found);
    }
    silent(play);
}
