use super::list;

#[cfg(target_os = "linux")]
use super::linux::{default_of_ipv4, default_of_ipv6, parse_hardware_address};

#[test]
#[cfg(unix)]
fn the_loopback_interface_is_listed_with_its_address() {
    let interfaces = list();
    let loopback = interfaces
        .iter()
        .find(|one| one.loopback)
        .expect("loopback");
    assert!(loopback.index > 0);
    if loopback.up {
        assert!(
            loopback
                .addresses
                .iter()
                .any(|network| network.address.is_loopback())
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn loopback_is_captured_as_ethernet() {
    let interfaces = list();
    let loopback = interfaces
        .iter()
        .find(|one| one.loopback)
        .expect("loopback");
    assert_eq!(loopback.link, Some(1));
    assert_eq!(loopback.mac, None);
    assert!(loopback.mtu.is_some_and(|mtu| mtu > 0));
}

#[test]
#[cfg(target_os = "linux")]
fn the_default_route_with_the_lowest_metric_wins() {
    let routes = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
        wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
        eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
        tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000080\t0\t0\t0\n\
        eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
    assert_eq!(default_of_ipv4(routes).as_deref(), Some("eth0"));
    assert_eq!(default_of_ipv4("Iface\n"), None);
}

#[test]
#[cfg(target_os = "linux")]
fn a_default_route_of_ipv6_that_refuses_is_none() {
    let zeros = "0".repeat(32);
    let refusing =
        format!("{zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200200 lo\n");
    assert_eq!(default_of_ipv6(&refusing), None);
    let usable =
        format!("{zeros} 00 {zeros} 00 {zeros} 00000400 00000001 00000000 00000003 eth1\n");
    assert_eq!(
        default_of_ipv6(&(refusing + &usable)).as_deref(),
        Some("eth1")
    );
}

#[test]
#[cfg(target_os = "linux")]
fn hardware_addresses_are_read() {
    assert_eq!(
        parse_hardware_address("00:00:5e:00:53:01"),
        Some([0, 0, 0x5e, 0, 0x53, 1])
    );
    assert_eq!(parse_hardware_address("00:00:5e:00:53"), None);
}
