//! Interfaces and their addresses, from `getifaddrs`.

use std::ffi::CStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{InterfaceInfo, MAX_INTERFACES, Network};

/// The most entries of the system's list that are read: each interface has one per address.
const MAX_ENTRIES: usize = 16 * MAX_INTERFACES;

pub(super) fn interfaces() -> Vec<InterfaceInfo> {
    let mut first: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: the pointer is ours to fill.
    if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
        return Vec::new();
    }
    let mut interfaces = Vec::new();
    let mut next = first;
    for _ in 0..MAX_ENTRIES {
        // SAFETY: the list was made by `getifaddrs`, ends in null and lives until it is freed below.
        let Some(entry) = (unsafe { next.as_ref() }) else {
            break;
        };
        add(&mut interfaces, entry);
        next = entry.ifa_next;
    }
    // SAFETY: `first` came from `getifaddrs` and is not used afterwards.
    unsafe { libc::freeifaddrs(first) };
    interfaces
}

fn add(interfaces: &mut Vec<InterfaceInfo>, entry: &libc::ifaddrs) {
    if entry.ifa_name.is_null() {
        return;
    }
    // SAFETY: a string of the list, not null.
    let c_name = unsafe { CStr::from_ptr(entry.ifa_name) };
    let name = c_name.to_string_lossy();
    let position = interfaces.iter().position(|one| one.name == name);
    let position = position.unwrap_or_else(|| {
        let flag = |flag: libc::c_int| i64::from(entry.ifa_flags) & i64::from(flag) != 0;
        interfaces.push(InterfaceInfo {
            name: name.into_owned(),
            // SAFETY: the string ends in a zero byte.
            index: unsafe { libc::if_nametoindex(entry.ifa_name) },
            up: flag(libc::IFF_UP),
            running: flag(libc::IFF_RUNNING),
            loopback: flag(libc::IFF_LOOPBACK),
            ..InterfaceInfo::default()
        });
        interfaces.len() - 1
    });
    let Some(interface) = interfaces.get_mut(position) else {
        return;
    };
    // SAFETY: addresses of the list, or null.
    let (address, mask) = unsafe { (ip_of(entry.ifa_addr), ip_of(entry.ifa_netmask)) };
    if let Some(address) = address {
        interface.addresses.push(Network {
            address,
            prefix: mask.map_or(host_prefix(address), ones),
        });
    }
}

fn host_prefix(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn ones(mask: IpAddr) -> u8 {
    match mask {
        IpAddr::V4(mask) => mask.to_bits().leading_ones() as u8,
        IpAddr::V6(mask) => mask.to_bits().leading_ones() as u8,
    }
}

/// The IP address in a socket address.
///
/// # Safety
/// The pointer is null or points to a socket address as long as its family says.
unsafe fn ip_of(address: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as the caller promises.
    let family = unsafe { address.as_ref() }?.sa_family;
    match libc::c_int::from(family) {
        libc::AF_INET => {
            // SAFETY: the family says which type it is; it may not be aligned for that.
            let address = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            let bytes = address.sin_addr.s_addr.to_ne_bytes();
            Some(Ipv4Addr::from(bytes).into())
        }
        libc::AF_INET6 => {
            // SAFETY: the family says which type it is; it may not be aligned for that.
            let address = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(address.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}
