//! What can be wrong with DNS, multicast DNS and LLMNR, under the names that Suricata's rules use.

use crate::application::Event;

pub(super) const MALFORMED_DATA: Event = Event {
    code: "dns.malformed_data",
    description: "A question or an answer of a DNS message cannot be read.",
};
pub(super) const NOT_A_REQUEST: Event = Event {
    code: "dns.not_a_request",
    description: "A DNS client sent a message that says to be a response.",
};
pub(super) const NOT_A_RESPONSE: Event = Event {
    code: "dns.not_a_response",
    description: "A DNS server sent a message that says to be a request.",
};
pub(super) const Z_FLAG_SET: Event = Event {
    code: "dns.z_flag_set",
    description: "The reserved bit of a DNS header is set.",
};
pub(super) const INVALID_OPCODE: Event = Event {
    code: "dns.invalid_opcode",
    description: "A DNS message is of a kind that is not assigned.",
};
pub(super) const NAME_TOO_LONG: Event = Event {
    code: "dns.name_too_long",
    description: "A name in a DNS message has more than 1,025 bytes.",
};
pub(super) const INFINITE_LOOP: Event = Event {
    code: "dns.infinite_loop",
    description: "The pointers of a name in a DNS message run in a circle.",
};
pub(super) const TOO_MANY_POINTERS: Event = Event {
    code: "dns.too_many_pointers",
    description: "A name in a DNS message has more than 64 pointers, and they do not run in a circle.",
};
pub(super) const TOO_MANY_LABELS: Event = Event {
    code: "dns.too_many_labels",
    description: "A name in a DNS message has more than 255 labels.",
};
pub(super) const INVALID_ADDITIONALS: Event = Event {
    code: "dns.invalid_additionals",
    description: "The additional records of a DNS message cannot be read.",
};
pub(super) const INVALID_AUTHORITIES: Event = Event {
    code: "dns.invalid_authorities",
    description: "The authority records of a DNS message cannot be read.",
};
pub(super) const UNSOLICITED_RESPONSE: Event = Event {
    code: "dns.unsolicited_response",
    description: "A DNS server sent a response that no request seen asked for; told once in a flow.",
};
pub(super) const MDNS_MALFORMED: Event = Event {
    code: "mdns.malformed_data",
    description: "A multicast DNS message cannot be read.",
};
pub(super) const MDNS_Z_FLAG_SET: Event = Event {
    code: "mdns.z_flag_set",
    description: "The reserved bit of a multicast DNS header is set.",
};
pub(super) const MDNS_INVALID_OPCODE: Event = Event {
    code: "mdns.invalid_opcode",
    description: "A multicast DNS message is of a kind that is not assigned.",
};
pub(super) const MDNS_NAME_TOO_LONG: Event = Event {
    code: "mdns.name_too_long",
    description: "A name in a multicast DNS message has more than 1,025 bytes.",
};
pub(super) const MDNS_INFINITE_LOOP: Event = Event {
    code: "mdns.infinite_loop",
    description: "The pointers of a name in a multicast DNS message run in a circle.",
};
pub(super) const MDNS_TOO_MANY_POINTERS: Event = Event {
    code: "mdns.too_many_pointers",
    description: "A name in a multicast DNS message has more than 64 pointers, and they do not run in a circle.",
};
pub(super) const MDNS_TOO_MANY_LABELS: Event = Event {
    code: "mdns.too_many_labels",
    description: "A name in a multicast DNS message has more than 255 labels.",
};
pub(super) const MDNS_INVALID_ADDITIONALS: Event = Event {
    code: "mdns.invalid_additionals",
    description: "The additional records of a multicast DNS message cannot be read.",
};
pub(super) const MDNS_INVALID_AUTHORITIES: Event = Event {
    code: "mdns.invalid_authorities",
    description: "The authority records of a multicast DNS message cannot be read.",
};
pub(super) const LLMNR_MALFORMED: Event = Event {
    code: "llmnr.malformed_data",
    description: "An LLMNR message cannot be read.",
};
