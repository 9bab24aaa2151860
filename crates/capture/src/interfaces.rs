//! The network interfaces of this machine.
//!
//! For the list a user chooses from, for the default interface, and for guessing
//! which networks are the user's own.

#[cfg(unix)]
mod addresses;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

/// The most interfaces that are listed, and addresses of each: container hosts have thousands.
const MAX_INTERFACES: usize = 4096;

/// An address with the length of its network's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Address of the interface itself.
    pub address: IpAddr,
    /// Leading bits that are the network's.
    pub prefix: u8,
}

/// One network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InterfaceInfo {
    /// Name, as capture takes it.
    pub name: String,
    /// Number in the system; 0 where it has none.
    pub index: u32,
    /// Switched on.
    pub up: bool,
    /// Connected: a cable, a radio link, a peer.
    pub running: bool,
    /// The loopback interface.
    pub loopback: bool,
    /// Its addresses.
    pub addresses: Vec<Network>,
    /// Hardware address, where it has one.
    pub mac: Option<[u8; 6]>,
    /// Most bytes of a packet behind its link header.
    pub mtu: Option<u32>,
    /// Link type its packets are captured with, a LINKTYPE_ number, where it is known before capture.
    pub link: Option<u16>,
    /// What it is, in words: a driver, a kind or what the system calls it. May be empty.
    pub description: String,
    /// A radio.
    pub wireless: bool,
    /// Packets to the Internet leave through it.
    pub is_default_route: bool,
}

/// All interfaces, in the system's order.
pub fn list() -> Vec<InterfaceInfo> {
    #[cfg(unix)]
    let mut interfaces = addresses::interfaces();
    #[cfg(not(unix))]
    let mut interfaces = Vec::new();
    #[cfg(target_os = "linux")]
    linux::complete(&mut interfaces);
    if interfaces.is_empty() || cfg!(target_os = "macos") {
        add_from_libpcap(&mut interfaces);
    }
    interfaces.truncate(MAX_INTERFACES);
    interfaces
}

/// Descriptions, and on Windows the interfaces themselves.
fn add_from_libpcap(interfaces: &mut Vec<InterfaceInfo>) {
    const LOOPBACK: u32 = 1;
    const UP: u32 = 2;
    const RUNNING: u32 = 4;
    const WIRELESS: u32 = 8;
    let devices = crate::libpcap::library().and_then(|library| library.devices().ok());
    for device in devices.unwrap_or_default() {
        match interfaces.iter_mut().find(|one| one.name == device.name) {
            Some(interface) => {
                interface.description = device.description;
                interface.wireless = device.flags & WIRELESS != 0;
            }
            None if cfg!(unix) => {}
            None => interfaces.push(InterfaceInfo {
                name: device.name,
                description: device.description,
                loopback: device.flags & LOOPBACK != 0,
                up: device.flags & UP != 0,
                running: device.flags & RUNNING != 0,
                wireless: device.flags & WIRELESS != 0,
                ..InterfaceInfo::default()
            }),
        }
    }
}
