//! Feeds the defragmenter and the flow table with IP datagrams cut out of the input: nothing may
//! panic, limits must hold, and nothing may be lost from the count.
//!
//! Each datagram has two bytes of length and one of seconds since the last before it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wirewatch_decode::{Datagram, Decoded, Options, decode_ip};
use wirewatch_flow::{Config, DefragmentConfig, Defragmenter, Packet, Policy, Scope, Seed, Table};

const MAX_BYTES: usize = 1 << 16;
const POLICIES: [Policy; 7] = [
    Policy::Bsd,
    Policy::BsdRight,
    Policy::Linux,
    Policy::First,
    Policy::Last,
    Policy::Windows,
    Policy::Solaris,
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, mut rest)) = data.split_first() else {
        return;
    };
    let mut run = Run::new(*choice);
    while let Some(([low, high, seconds], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (datagram, after) = after.split_at(length);
        run.ts += u64::from(*seconds) * 1_000_000_000;
        run.datagram(datagram);
        rest = after;
    }
    run.finish();
});

struct Run {
    defragmenter: Defragmenter,
    table: Table,
    ts: u64,
}

impl Run {
    fn new(choice: u8) -> Self {
        let defragment = DefragmentConfig {
            max_datagrams: 16,
            max_bytes: MAX_BYTES,
            policy: POLICIES[usize::from(choice) % POLICIES.len()],
            drop_ipv6_overlaps: choice & 0x80 != 0,
            ..DefragmentConfig::default()
        };
        let config = Config {
            max_flows: 64,
            active_timeout_s: u32::from(choice & 0x40),
            ..Config::default()
        };
        Self {
            defragmenter: Defragmenter::new(defragment),
            table: Table::new(config, Seed::Fixed(1)),
            ts: 1_700_000_000_000_000_000,
        }
    }

    fn datagram(&mut self, bytes: &[u8]) {
        let mut out = Decoded::default();
        decode_ip(bytes, &Options::default(), &mut out);
        for datagram in out.datagrams() {
            self.one(datagram, bytes);
        }
        assert!(self.defragmenter.memory_bytes() < MAX_BYTES + (192 << 10));
        self.table.expire(self.ts);
    }

    fn one(&mut self, datagram: &Datagram, bytes: &[u8]) {
        let packet = Packet {
            ts: self.ts,
            wire_bytes: bytes.len() as u64,
            packets: 1,
            interface: 0,
        };
        let scope = Scope::default();
        if datagram.fragment.is_none() {
            update(&mut self.table, datagram, &packet);
        } else if let Some(whole) = self
            .defragmenter
            .push(datagram, bytes, &scope, &packet)
            .complete
        {
            assert!(whole.bytes.len() <= 65_535 + 40);
            let mut out = Decoded::default();
            decode_ip(whole.bytes, &Options::default(), &mut out);
            for datagram in out.datagrams() {
                update(&mut self.table, datagram, &packet);
            }
        }
    }

    fn finish(mut self) {
        while self.table.finish(10) {}
        let records = self.table.ended.len() as u64;
        let counters = self.table.counters();
        assert_eq!(records, counters.created + counters.active);
        let counted = self.defragmenter.counters();
        assert_eq!(
            counted.fragments,
            counted.kept
                + counted.duplicates
                + counted.too_large
                + counted.empty
                + counted.cut
                + counted.too_many_pieces
        );
    }
}

fn update(table: &mut Table, datagram: &Datagram, packet: &Packet) {
    if let Some(lookup) = table.key(datagram, &Scope::default()) {
        let update = table.update(&lookup, datagram, packet);
        let flow = table.get(update.flow).expect("the flow of the packet");
        flow.conn_state();
        flow.history();
    }
}
