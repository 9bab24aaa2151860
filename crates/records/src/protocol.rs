//! Names of transport protocols as EVE spells them.

/// Numbers and names. Where two spellings are about, Suricata's is taken.
const NAMES: [(u8, &str); 33] = [
    (0, "HOPOPT"),
    (1, "ICMP"),
    (2, "IGMP"),
    (3, "GGP"),
    (4, "IP-in-IP"),
    (5, "ST"),
    (6, "TCP"),
    (8, "EGP"),
    (9, "IGP"),
    (17, "UDP"),
    (33, "DCCP"),
    (36, "XTP"),
    (41, "IPv6"),
    (43, "IPv6-Route"),
    (44, "IPv6-Frag"),
    (46, "RSVP"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (58, "IPv6-ICMP"),
    (59, "IPv6-NoNxt"),
    (60, "IPv6-Opts"),
    (88, "EIGRP"),
    (89, "OSPFIGP"),
    (94, "IPIP"),
    (97, "ETHERIP"),
    (103, "PIM"),
    (108, "IPComp"),
    (112, "VRRP"),
    (115, "L2TP"),
    (132, "SCTP"),
    (136, "UDPLite"),
    (137, "MPLS-in-IP"),
];

static BY_NUMBER: [Option<&str>; 256] = by_number();
static DIGITS: [[u8; 3]; 256] = digits();

/// The name of an IP protocol, or its number as three digits when it has none here.
pub fn name(number: u8) -> &'static str {
    let named = BY_NUMBER.get(usize::from(number)).copied().flatten();
    named.unwrap_or_else(|| {
        let digits = DIGITS.get(usize::from(number));
        digits.map_or("", |digits| std::str::from_utf8(digits).unwrap_or(""))
    })
}

/// The number of an IP protocol from what [`name`] gives.
pub fn number(name: &str) -> Option<u8> {
    let known = NAMES.iter().find(|(_, known)| *known == name);
    known
        .map(|(number, _)| *number)
        .or_else(|| name.parse().ok())
}

#[allow(clippy::indexing_slicing)] // runs at compile time
const fn by_number() -> [Option<&'static str>; 256] {
    let mut table = [None; 256];
    let mut index = 0;
    while index < NAMES.len() {
        table[NAMES[index].0 as usize] = Some(NAMES[index].1);
        index += 1;
    }
    table
}

#[allow(clippy::indexing_slicing)] // runs at compile time
const fn digits() -> [[u8; 3]; 256] {
    let mut table = [[b'0'; 3]; 256];
    let mut value = 0;
    while value < 256 {
        table[value] = [
            b'0' + (value / 100) as u8,
            b'0' + (value / 10 % 10) as u8,
            b'0' + (value % 10) as u8,
        ];
        value += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_protocols_have_suricatas_names() {
        assert_eq!([6, 17, 58].map(name), ["TCP", "UDP", "IPv6-ICMP"]);
    }

    #[test]
    fn unknown_protocols_are_three_digits() {
        assert_eq!([253, 61].map(name), ["253", "061"]);
    }

    #[test]
    fn every_number_comes_back() {
        for value in 0..=255 {
            assert_eq!(number(name(value)), Some(value));
        }
    }
}
