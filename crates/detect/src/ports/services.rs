//! Names of registered services.

mod table;

use table::SERVICES;

const TCP_ONLY: u8 = 1;
const UDP_ONLY: u8 = 2;
const BOTH: u8 = TCP_ONLY | UDP_ONLY;

/// Ports below 1024 that the registry leaves unassigned, first and last.
const UNASSIGNED_LOW: &[(u16, u16)] = &[
    (4, 4),
    (6, 6),
    (8, 8),
    (10, 10),
    (12, 12),
    (14, 16),
    (26, 26),
    (28, 28),
    (30, 30),
    (32, 32),
    (34, 34),
    (36, 36),
    (40, 40),
    (60, 60),
    (81, 81),
    (100, 100),
    (258, 258),
    (285, 285),
    (288, 307),
    (325, 332),
    (334, 343),
    (703, 703),
    (708, 708),
    (717, 728),
    (732, 740),
    (743, 743),
    (745, 746),
    (755, 757),
    (766, 766),
    (768, 768),
    (778, 779),
    (781, 782),
    (784, 799),
    (803, 807),
    (809, 809),
    (811, 827),
    (834, 846),
    (849, 852),
    (855, 859),
    (863, 872),
    (874, 885),
    (889, 899),
    (904, 909),
    (914, 952),
    (954, 988),
    (1001, 1009),
];

/// One bit per port and carrier, so that asking costs one look-up.
struct Known {
    tcp: [u64; 1024],
    udp: [u64; 1024],
}

static KNOWN: Known = Known {
    tcp: bits(TCP_ONLY),
    udp: bits(UDP_ONLY),
};

#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a wrong index is a compile error"
)]
const fn bits(carrier: u8) -> [u64; 1024] {
    let mut bits = [0; 1024];
    let mut index = 0;
    while index < SERVICES.len() {
        let (port, carriers, _) = SERVICES[index];
        if carriers & carrier != 0 {
            bits[port as usize / 64] |= 1 << (port % 64);
        }
        index += 1;
    }
    bits
}

/// Whether the port has a name in the table.
pub(crate) fn is_service(protocol: u8, port: u16) -> bool {
    let bits = match protocol {
        super::TCP => &KNOWN.tcp,
        super::UDP => &KNOWN.udp,
        _ => return false,
    };
    bits.get(usize::from(port / 64))
        .is_some_and(|word| word >> (port % 64) & 1 == 1)
}

/// The name of the service that is registered for a port.
pub fn service_name(protocol: u8, port: u16) -> Option<&'static str> {
    if !is_service(protocol, port) {
        return None;
    }
    let carrier = if protocol == super::TCP {
        TCP_ONLY
    } else {
        UDP_ONLY
    };
    let start = SERVICES.partition_point(|(other, ..)| *other < port);
    SERVICES
        .get(start..)?
        .iter()
        .take_while(|(other, ..)| *other == port)
        .find(|(_, carriers, _)| carriers & carrier != 0)
        .map(|(_, _, name)| *name)
}

/// Whether a port below 1024 belongs to somebody; the table names only the better known.
pub(super) fn is_assigned_low(port: u16) -> bool {
    !UNASSIGNED_LOW
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&port))
}
