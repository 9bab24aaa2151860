//! Packets that look real enough for filters to tell them apart.

pub(super) const HARDWARE: [u8; 12] = [
    0x00, 0x00, 0x5e, 0x00, 0x53, 0x02, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01,
];

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = HARDWARE.to_vec();
    packet.extend_from_slice(&kind.to_be_bytes());
    packet.extend_from_slice(payload);
    packet
}

pub(super) fn ipv4(source: [u8; 4], destination: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let mut header = vec![0x45, 0];
    header.extend_from_slice(&length.to_be_bytes());
    header.extend_from_slice(&[0x12, 0x34, 0, 0, 64, protocol, 0, 0]);
    header.extend_from_slice(&source);
    header.extend_from_slice(&destination);
    header.extend_from_slice(payload);
    ethernet(0x0800, &header)
}

fn ipv6(destination: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    header.extend_from_slice(&[protocol, 64]);
    let address = |first: u16, last: u16| {
        let mut segments = [0u16; 8];
        (segments[0], segments[1], segments[7]) = (first, 0x0db8, last);
        segments.map(u16::to_be_bytes).concat()
    };
    header.extend_from_slice(&address(0x2001, 1));
    header.extend_from_slice(&address(destination, 2));
    header.extend_from_slice(payload);
    ethernet(0x86dd, &header)
}

fn tcp(source: u16, destination: u16, flags: u8) -> Vec<u8> {
    let mut segment = [source.to_be_bytes(), destination.to_be_bytes()].concat();
    segment.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    segment.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n");
    segment
}

fn udp(source: u16, destination: u16) -> Vec<u8> {
    let mut datagram = [source.to_be_bytes(), destination.to_be_bytes()].concat();
    datagram.extend_from_slice(&[0, 28, 0, 0]);
    datagram.extend_from_slice(&[0xab; 20]);
    datagram
}

pub(super) fn tcp4(source: u16, destination: u16, flags: u8) -> Vec<u8> {
    ipv4(
        [192, 0, 2, 1],
        [192, 0, 2, 2],
        6,
        &tcp(source, destination, flags),
    )
}

fn with_options(source: u16, destination: u16) -> Vec<u8> {
    let mut packet = tcp4(source, destination, 0x18);
    packet[14] = 0x47;
    packet.splice(34..34, [1, 1, 1, 1, 1, 1, 1, 0]);
    packet
}

fn fragment(offset: u16) -> Vec<u8> {
    let mut packet = ipv4([192, 0, 2, 1], [198, 51, 100, 7], 17, &udp(5000, 53));
    packet[20..22].copy_from_slice(&offset.to_be_bytes());
    packet
}

fn arp(kind: u16, operation: u8) -> Vec<u8> {
    let mut body = vec![0, 1, 8, 0, 6, 4, 0, operation];
    body.extend_from_slice(&[0x00, 0x00, 0x5e, 0x00, 0x53, 0x01, 192, 0, 2, 1]);
    body.extend_from_slice(&[0, 0, 0, 0, 0, 0, 192, 0, 2, 9]);
    let mut packet = ethernet(kind, &body);
    packet[..6].fill(0xff);
    packet.resize(60, 0);
    packet
}

fn tagged(mut packet: Vec<u8>, tpid: u16, id: u16) -> Vec<u8> {
    let tag = [tpid.to_be_bytes(), (0x6000 | id).to_be_bytes()].concat();
    packet.splice(12..12, tag);
    packet
}

/// One of each kind.
pub(super) fn all() -> Vec<Vec<u8>> {
    let (one, two, far) = ([192, 0, 2, 1], [192, 0, 2, 2], [198, 51, 100, 7]);
    let mut fragment6 = vec![6, 0, 0, 0, 0, 0, 0, 1];
    fragment6.extend_from_slice(&tcp(80, 4000, 0x10));
    let mut multicast = ipv4(one, [224, 0, 0, 251], 17, &udp(5353, 5353));
    multicast[..6].copy_from_slice(&[0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb]);
    let sctp: Vec<u8> = [&3868u16.to_be_bytes()[..], &3868u16.to_be_bytes(), &[0; 24]].concat();
    let mut list = vec![
        tcp4(40_000, 80, 0x02),
        tcp4(80, 40_000, 0x12),
        tcp4(40_000, 443, 0x10),
        tcp4(443, 40_000, 0x18),
        tcp4(22, 22, 0x04),
        tcp4(40_001, 8080, 0x11),
        with_options(40_000, 80),
        with_options(53, 1023),
        ipv4(two, far, 17, &udp(5000, 53)),
        ipv4(far, two, 17, &udp(53, 5000)),
        ipv4([10, 1, 2, 3], [10, 200, 0, 1], 17, &udp(123, 123)),
        ipv4([172, 16, 5, 4], [203, 0, 113, 77], 6, &tcp(1, 65_535, 0x29)),
        ipv4(one, two, 1, &[8, 0, 0, 0, 0, 1, 0, 1]),
        ipv4(two, one, 1, &[0, 0, 0, 0, 0, 1, 0, 1]),
        ipv4(
            far,
            one,
            1,
            &[[3, 3, 0, 0, 0, 0, 0, 0].as_slice(), &[0x45; 28]].concat(),
        ),
        ipv4(one, [224, 0, 0, 22], 2, &[0x22, 0, 0, 0, 0, 0, 0, 0]),
        ipv4(one, two, 47, &[0, 0, 8, 0, 0x45, 0, 0, 20]),
        ipv4(one, two, 50, &[0x11; 40]),
        ipv4(
            one,
            two,
            51,
            &[6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0],
        ),
        ipv4(one, two, 103, &[0x20, 0, 0, 0]),
        ipv4(one, [224, 0, 0, 18], 112, &[0x31, 1, 100, 1]),
        ipv4(one, two, 132, &sctp),
        ipv4(one, far, 89, &[2, 1, 0, 44]),
        fragment(0x2000),
        fragment(0x00b9),
        fragment(0x4000),
        multicast,
        ipv6(0x2001, 6, &tcp(40_000, 443, 0x02)),
        ipv6(0x2001, 6, &tcp(80, 40_000, 0x18)),
        ipv6(0x2001, 17, &udp(5000, 53)),
        ipv6(0xff02, 17, &udp(5353, 5353)),
        ipv6(0x2001, 58, &[128, 0, 0, 0, 0, 1, 0, 1]),
        ipv6(0xff02, 58, &[[135, 0, 0, 0].as_slice(), &[0; 20]].concat()),
        ipv6(0x2001, 132, &sctp),
        ipv6(0x2001, 44, &fragment6),
        ipv6(0x2001, 50, &[0x22; 30]),
        arp(0x0806, 1),
        arp(0x0806, 2),
        arp(0x8035, 3),
        ethernet(0x888e, &[1; 46]),
        ethernet(0x88cc, &[2; 100]),
        ethernet(0x0026, &[0x42, 0x42, 3, 0, 0, 0, 0, 0]),
        ethernet(0x8847, &[0, 1, 1, 64, 0x45, 0, 0, 20]),
    ];
    let vlans = [
        tagged(tcp4(40_000, 80, 0x02), 0x8100, 100),
        tagged(ipv4(two, far, 17, &udp(5000, 53)), 0x8100, 200),
        tagged(ipv6(0x2001, 6, &tcp(40_000, 443, 0x02)), 0x88a8, 100),
        tagged(tagged(tcp4(40_000, 443, 0x18), 0x8100, 20), 0x88a8, 100),
        tagged(tagged(arp(0x0806, 1), 0x8100, 30), 0x8100, 300),
    ];
    list.extend(vlans);
    let mut long = ipv4(one, two, 17, &udp(9, 9));
    long.resize(1400, 0x55);
    list.push(long);
    list
}
