//! What Linux tells more about interfaces: `/sys/class/net` and the routes in `/proc`.

use std::fs;
use std::path::{Path, PathBuf};

use super::InterfaceInfo;
use crate::live::device::{Framing, Inquiry};

pub(super) fn complete(interfaces: &mut [InterfaceInfo]) {
    let inquiry = Inquiry::open().ok();
    let default = default_route();
    for interface in interfaces {
        let folder = Path::new("/sys/class/net").join(&interface.name);
        interface.mac = hardware_address(&folder);
        interface.wireless = folder.join("wireless").exists() || folder.join("phy80211").exists();
        interface.description = description(&folder, interface);
        interface.is_default_route = default.as_ref() == Some(&interface.name);
        if let Some(inquiry) = &inquiry {
            interface.mtu = inquiry.mtu(&interface.name);
            interface.link = inquiry
                .device(&interface.name)
                .map(|device| Framing::of(device.hardware_type).link());
        }
    }
}

fn hardware_address(folder: &Path) -> Option<[u8; 6]> {
    let text = fs::read_to_string(folder.join("address")).ok()?;
    parse_hardware_address(text.trim()).filter(|address| *address != [0; 6])
}

pub(super) fn parse_hardware_address(text: &str) -> Option<[u8; 6]> {
    let mut address = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut address {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(address)
}

/// Its kind (bridge, vlan, veth ...), else its driver.
fn description(folder: &Path, interface: &InterfaceInfo) -> String {
    if interface.loopback {
        return "loopback".to_owned();
    }
    let kind = fs::read_to_string(folder.join("uevent"))
        .ok()
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("DEVTYPE=").map(str::to_owned))
        });
    let driver = || {
        let link: PathBuf = fs::read_link(folder.join("device/driver")).ok()?;
        Some(link.file_name()?.to_string_lossy().into_owned())
    };
    kind.or_else(driver).unwrap_or_default()
}

/// The interface of the default route; of IPv4 before IPv6, and of the lowest metric.
fn default_route() -> Option<String> {
    // The routes of this thread's network namespace, not of the first thread's.
    let folder = Path::new("/proc/thread-self/net");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    default_of_ipv4(&read("route")).or_else(|| default_of_ipv6(&read("ipv6_route")))
}

/// Columns of `/proc/net/route`: interface, destination, gateway, flags, two counters, metric, mask.
pub(super) fn default_of_ipv4(routes: &str) -> Option<String> {
    const ALL: &str = "00000000";
    routes
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let [name, destination, _, flags, _, _, metric, mask, ..] = columns.as_slice() else {
                return None;
            };
            let usable = is_usable(flags) && *destination == ALL && *mask == ALL;
            usable.then(|| (metric.parse().unwrap_or(u32::MAX), (*name).to_owned()))
        })
        .min()
        .map(|(_, name)| name)
}

/// Columns of `/proc/net/ipv6_route`: destination, its prefix, source, its prefix, next hop, metric, two counters, flags, interface.
pub(super) fn default_of_ipv6(routes: &str) -> Option<String> {
    routes
        .lines()
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let [_, prefix, _, _, _, metric, _, _, flags, name] = columns.as_slice() else {
                return None;
            };
            let usable = *prefix == "00" && is_usable(flags) && *name != "lo";
            usable.then(|| {
                let metric = u32::from_str_radix(metric, 16).unwrap_or(u32::MAX);
                (metric, (*name).to_owned())
            })
        })
        .min()
        .map(|(_, name)| name)
}

/// Up, and not a route that refuses packets (`RTF_UP`, `RTF_REJECT`).
fn is_usable(flags: &str) -> bool {
    u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 != 0 && flags & 0x0200 == 0)
}
