//! Names of EtherNet/IP's commands and states, and of CIP's services, classes and states.
//!
//! The CIP Networks Library, volume 1 (appendices A and B) and volume 2 (chapter 2).

pub(super) fn command(command: u16) -> Option<&'static str> {
    Some(match command {
        0x00 => "nop",
        0x04 => "list_services",
        0x63 => "list_identity",
        0x64 => "list_interfaces",
        0x65 => "register_session",
        0x66 => "unregister_session",
        0x6f => "send_rr_data",
        0x70 => "send_unit_data",
        0x72 => "indicate_status",
        0x73 => "cancel",
        _ => return None,
    })
}

pub(super) fn status(status: u32) -> Option<&'static str> {
    Some(match status {
        0x00 => "success",
        0x01 => "invalid_command",
        0x02 => "no_resources",
        0x03 => "incorrect_data",
        0x64 => "invalid_session",
        0x65 => "invalid_length",
        0x69 => "unsupported_protocol_version",
        0x6a => "encapsulated_header_not_allowed",
        _ => return None,
    })
}

pub(super) fn service(service: u8) -> Option<&'static str> {
    Some(match service {
        0x01 => "Get Attributes All",
        0x02 => "Set Attributes All",
        0x03 => "Get Attribute List",
        0x04 => "Set Attribute List",
        0x05 => "Reset",
        0x06 => "Start",
        0x07 => "Stop",
        0x08 => "Create",
        0x09 => "Delete",
        0x0a => "Multiple Service Packet",
        0x0d => "Apply Attributes",
        0x0e => "Get Attribute Single",
        0x10 => "Set Attribute Single",
        0x11 => "Find Next Object Instance",
        0x15 => "Restore",
        0x16 => "Save",
        0x17 => "No Operation",
        0x18 => "Get Member",
        0x19 => "Set Member",
        0x1a => "Insert Member",
        0x1b => "Remove Member",
        0x1c => "Group Sync",
        0x4b => "Execute PCCC",
        0x4c => "Read Tag",
        0x4d => "Write Tag",
        0x4e => "Forward Close",
        0x52 => "Unconnected Send",
        0x54 => "Forward Open",
        0x5b => "Large Forward Open",
        _ => return None,
    })
}

pub(super) fn class(class: u32) -> Option<&'static str> {
    Some(match class {
        0x01 => "Identity",
        0x02 => "Message Router",
        0x03 => "DeviceNet",
        0x04 => "Assembly",
        0x05 => "Connection",
        0x06 => "Connection Manager",
        0x07 => "Register",
        0x08 => "Discrete Input Point",
        0x09 => "Discrete Output Point",
        0x0a => "Analog Input Point",
        0x0b => "Analog Output Point",
        0x0f => "Parameter",
        0x10 => "Parameter Group",
        0x12 => "Group",
        0x1d => "Discrete Input Group",
        0x1e => "Discrete Output Group",
        0x1f => "Discrete Group",
        0x2b => "Acknowledge Handler",
        0x37 => "File",
        0x39 => "Safety Supervisor",
        0x3a => "Safety Validator",
        0x43 => "Time Sync",
        0x47 => "Device Level Ring",
        0x48 => "Quality of Service",
        0xf0 => "ControlNet",
        0xf4 => "Port",
        0xf5 => "TCP/IP Interface",
        0xf6 => "Ethernet Link",
        _ => return None,
    })
}

pub(super) fn cip_status(status: u8) -> Option<&'static str> {
    Some(match status {
        0x00 => "Success",
        0x01 => "Connection failure",
        0x02 => "Resource unavailable",
        0x03 => "Invalid parameter value",
        0x04 => "Path segment error",
        0x05 => "Path destination unknown",
        0x06 => "Partial transfer",
        0x07 => "Connection lost",
        0x08 => "Service not supported",
        0x09 => "Invalid attribute value",
        0x0a => "Attribute list error",
        0x0b => "Already in requested mode/state",
        0x0c => "Object state conflict",
        0x0d => "Object already exists",
        0x0e => "Attribute not settable",
        0x0f => "Privilege violation",
        0x10 => "Device state conflict",
        0x11 => "Reply data too large",
        0x12 => "Fragmentation of a primitive value",
        0x13 => "Not enough data",
        0x14 => "Attribute not supported",
        0x15 => "Too much data",
        0x16 => "Object does not exist",
        0x1a => "Routing failure, request packet too large",
        0x1b => "Routing failure, response packet too large",
        0x1c => "Missing attribute list entry data",
        0x1d => "Invalid attribute value list",
        0x1e => "Embedded service error",
        0x1f => "Vendor specific error",
        0x20 => "Invalid parameter",
        0x26 => "Invalid path size",
        _ => return None,
    })
}
