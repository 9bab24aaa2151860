use super::kernel::place;
use super::layout::link::{ETHERNET, LINUX_SLL2, RAW};
use super::machine::{check, code, run};
use super::parse::parse;
use super::{Filter, Instruction, filtered, shortened};
use crate::{Counters, Error, Event, Packet, Polled, Source};
use std::time::Duration;

mod against_libpcap;
mod expressions;
mod packets;

const SNAP: u32 = 65_535;

fn own(expression: &str) -> Filter {
    Filter::compile_own(expression, ETHERNET, SNAP).expect(expression)
}

fn passes(expression: &str, packet: &[u8]) -> bool {
    own(expression).matches(packet, packet.len() as u32)
}

fn fault(expression: &str) -> String {
    let fault = parse(expression).expect_err(expression);
    format!("column {}: {}", fault.column, fault.reason)
}

#[test]
fn an_empty_expression_passes_everything() {
    assert!(passes("", &[]));
    assert!(passes("  ", &packets::tcp4(1, 2, 2)));
}

#[test]
fn a_fault_names_its_column_and_what_was_expected() {
    assert_eq!(
        fault("tcp port"),
        "column 9: expected a port number or a common service name, found the end"
    );
    assert_eq!(
        fault("host example.com"),
        "column 6: expected an address (host names are not looked up), found `example.com`"
    );
    assert_eq!(
        fault("tcp port 80 or port 70000"),
        "column 21: expected a port number or a common service name, found `70000`"
    );
    assert_eq!(
        fault("net 192.0.2.1/24"),
        "column 5: expected a network address without bits outside its mask"
    );
    assert_eq!(
        fault("(tcp or udp"),
        "column 12: expected `)`, found the end"
    );
    assert_eq!(
        fault("tcp[13:3] = 1"),
        "column 8: expected a size of 1, 2 or 4 bytes, found `3`"
    );
    assert_eq!(
        fault("ip[0] & 0xf"),
        "column 12: expected a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`), found the end"
    );
    assert_eq!(
        fault("tcp udp"),
        "column 5: expected `and`, `or` or the end, found `udp`"
    );
    assert_eq!(
        fault("vlan 5000"),
        "column 6: expected a number up to 4095, found `5000`"
    );
    assert_eq!(
        fault("len / 0 = 1"),
        "column 7: expected a divisor other than 0"
    );
    assert_eq!(
        fault("é"),
        "column 1: expected a word, a number or a symbol of the filter language"
    );
}

#[test]
fn a_fault_in_nested_parentheses_is_reported_where_it_is() {
    assert_eq!(
        fault("((ip[0] & 0xf) = )"),
        "column 18: expected a number, `len` or bytes of a header such as `tcp[13]`, found `)`"
    );
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("{}tcp{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(fault(&deep).contains("nested parentheses"));
    let negated = format!("{}tcp", "not ".repeat(10_000));
    assert!(fault(&negated).contains("nested"));
    let sum = format!("len = 1{}", " + len".repeat(10_000));
    assert!(fault(&sum).contains("in a row"));
}

#[test]
fn the_length_of_an_expression_is_bounded() {
    assert!(fault(&"tcp or ".repeat(20_000)).contains("at most 65536 bytes"));
}

#[test]
fn a_filter_that_needs_too_many_instructions_is_refused() {
    let many = vec!["portrange 1-2"; 400].join(" or ");
    let error = Filter::compile_own(&many, ETHERNET, SNAP).expect_err("too long");
    assert!(error.to_string().contains("4096 instructions"), "{error}");
}

#[test]
fn jumps_over_more_than_255_instructions_arrive() {
    let hosts: Vec<String> = (0..200).map(|last| format!("192.0.2.{last}")).collect();
    let expression = format!("tcp and ip host {}", hosts.join(" or "));
    let expression = format!("not ({expression})");
    let other = packets::ipv4([198, 51, 100, 1], [198, 51, 100, 2], 6, &[0; 20]);
    let listed = packets::ipv4([198, 51, 100, 1], [192, 0, 2, 199], 6, &[0; 20]);
    assert!(own(&expression).program().len() > 600);
    assert!(passes(&expression, &other));
    assert!(!passes(&expression, &listed));
}

#[test]
fn every_own_program_is_accepted_by_the_machine() {
    for expression in expressions::ALL {
        assert_eq!(check(own(expression).program()), Ok(()), "{expression}");
    }
}

#[test]
fn gre_is_a_protocol_of_its_own() {
    let gre = packets::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 47, &[0; 8]);
    assert!(passes("gre", &gre));
    assert!(Filter::compile("gre", ETHERNET, SNAP).is_ok());
    assert!(!passes("gre", &packets::tcp4(1, 2, 2)));
}

#[test]
fn a_vlan_filter_works_behind_a_cooked_header() {
    let mut packet = vec![0; 20];
    packet[0..2].copy_from_slice(&[0x81, 0x00]);
    packet.extend_from_slice(&[0x00, 0x05, 0x08, 0x00, 0x45]);
    let filter = |expression| Filter::compile_own(expression, LINUX_SLL2, SNAP).expect("compiles");
    assert!(filter("vlan 5 and ip").matches(&packet, 25));
    assert!(!filter("vlan 6").matches(&packet, 25));
}

#[test]
fn ethernet_addresses_are_refused_where_there_are_none() {
    let error = Filter::compile_own("ether host 00:00:5e:00:53:01", RAW, SNAP).expect_err("raw");
    assert!(error.to_string().contains("no Ethernet addresses"));
}

#[test]
fn a_program_that_jumps_out_of_itself_is_refused() {
    let jump = Instruction::plain(code::JMP | code::JA, 5);
    let give = Instruction::plain(code::RET, 1);
    assert!(check(&[jump, give]).is_err());
    assert!(check(&[give, jump]).is_err());
    assert!(check(&[]).is_err());
    assert!(check(&vec![give; 4097]).is_err());
    assert!(check(&[Instruction::plain(code::ST, 16), give]).is_err());
    assert!(check(&[Instruction::plain(code::ALU | code::DIV, 0), give]).is_err());
}

#[test]
fn loads_outside_the_packet_and_divisions_by_zero_reject_it() {
    let give = Instruction::plain(code::RET, 1);
    let load = |offset| {
        [
            Instruction::plain(code::LD | code::ABS | code::W, offset),
            give,
        ]
    };
    assert_eq!(run(&load(0), &[0; 4], 4), 1);
    assert_eq!(run(&load(1), &[0; 4], 4), 0);
    assert_eq!(run(&load(u32::MAX), &[0; 4], 4), 0);
    let divide = [Instruction::plain(code::ALU | code::DIV | code::X, 0), give];
    assert_eq!(run(&divide, &[], 0), 0);
}

#[test]
fn any_checked_program_stops_without_a_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let packet = packets::tcp4(1000, 80, 2);
    let mut ran = 0;
    for _ in 0..200_000 {
        let program: Vec<Instruction> = (0..=random() % 6)
            .map(|_| Instruction {
                code: (random() % 0x100) as u16,
                jt: (random() % 4) as u8,
                jf: (random() % 4) as u8,
                k: (random() % 40) as u32,
            })
            .chain([Instruction::plain(code::RET, 1)])
            .collect();
        if check(&program).is_ok() {
            run(&program, &packet, 54);
            ran += 1;
        }
    }
    assert!(ran > 1000);
}

#[test]
fn a_kernel_filter_looks_at_the_tag_beside_the_packet() {
    let placed = place("vlan 100 and ip", ETHERNET, SNAP).expect("compiles");
    assert!(placed.here.is_none());
    let ancillary: Vec<u32> = placed
        .program
        .iter()
        .map(|instruction| instruction.k)
        .filter(|k| *k >= 0xffff_f000)
        .collect();
    assert_eq!(ancillary, [0xffff_f030, 0xffff_f02c]);
}

#[test]
fn a_kernel_filter_for_cooked_packets_has_no_header_to_look_at() {
    let placed = place("ip and dst port 53", LINUX_SLL2, SNAP).expect("compiles");
    assert!(placed.here.is_none());
    assert_eq!(check(&placed.program), Ok(()));
    assert_eq!(placed.program[0].k, 0xffff_f000);
}

#[test]
fn a_filter_that_the_kernel_cannot_run_is_run_here() {
    let placed = place("len > 100", LINUX_SLL2, SNAP).expect("compiles");
    assert!(placed.here.is_some());
}

#[test]
fn long_expressions_are_shortened_in_messages() {
    assert_eq!(shortened(&"x".repeat(500)).len(), 203);
    assert_eq!(shortened("tcp"), "tcp");
}

/// A source over a list of packets.
struct Listed(Vec<(u16, Vec<u8>)>, usize);

impl Source for Listed {
    fn poll(&mut self, _: Duration, take: &mut dyn FnMut(&[Packet<'_>])) -> Result<Polled, Error> {
        let Some((link, bytes)) = self.0.get(self.1) else {
            return Ok(Polled::End);
        };
        self.1 += 1;
        take(&[Packet {
            number: self.1 as u64,
            link: *link,
            wire_length: bytes.len() as u32,
            checksum_pending: false,
            bytes,
            ..Packet::NONE
        }]);
        Ok(Polled::Packets(1))
    }
    fn interfaces(&self) -> Vec<String> {
        vec!["list".to_owned()]
    }
    fn counters(&self) -> Counters {
        Counters {
            packets: self.1 as u64,
            ..Counters::default()
        }
    }
    fn events(&mut self) -> Vec<Event> {
        Vec::new()
    }
    fn progress(&self) -> Option<f64> {
        None
    }
}

fn numbers_of(source: &mut impl Source) -> Vec<u64> {
    let mut numbers = Vec::new();
    while source
        .poll(Duration::ZERO, &mut |group| {
            numbers.extend(group.iter().map(|packet| packet.number));
        })
        .expect("reads")
        != Polled::End
    {}
    numbers
}

#[test]
fn filtered_packets_keep_their_numbers_and_the_others_are_counted() {
    let raw = packets::tcp4(1000, 443, 2)[14..].to_vec();
    let list = vec![
        (ETHERNET, packets::tcp4(1000, 80, 2)),
        (ETHERNET, packets::tcp4(1000, 443, 2)),
        (RAW, raw),
        (ETHERNET, packets::tcp4(80, 1000, 2)),
    ];
    let mut source = filtered(Listed(list, 0), "tcp port 443").expect("compiles");
    assert_eq!(numbers_of(&mut source), [2, 3]);
    assert_eq!(source.counters().filtered, 2);
    assert_eq!(source.counters().packets, 2);
}

#[test]
fn a_wrong_expression_is_refused_before_a_packet_is_read() {
    let error = filtered(Listed(vec![], 0), "tcp port")
        .err()
        .expect("wrong");
    assert!(error.to_string().contains("column 9"), "{error}");
}

#[test]
fn a_filter_without_meaning_on_a_link_type_is_told_once() {
    let raw = packets::tcp4(1000, 443, 2)[14..].to_vec();
    let list = vec![(RAW, raw.clone()), (RAW, raw)];
    let mut source = filtered(Listed(list, 0), "ether host 00:00:5e:00:53:01").expect("compiles");
    assert!(numbers_of(&mut source).is_empty());
    let events = source.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].code, "capture.filter_unusable");
}
