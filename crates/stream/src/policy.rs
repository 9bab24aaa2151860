//! Whose bytes are kept where segments behind a hole overlap.
//!
//! The policies and their names are those of Judy Novak and Steve Sturges, "Target-Based TCP
//! Stream Reassembly" (2007), after Shankar and Paxson, "Active Mapping" (2003). Hosts trim or
//! drop queued segments; whoever compares bounds afterwards sees the trimmed ones, except on Linux.

use std::ops::Range;

/// Which operating system's reassembly to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// The earlier segment keeps its bytes unless the later one begins before it.
    #[default]
    Bsd,
    /// As `Bsd`; Windows before Vista.
    Windows,
    /// As `Bsd`, and the later segment also wins if it begins at the same byte and is longer.
    Linux,
    /// As `Linux`, and the later segment also wins if both have the same bounds; before Linux 2.4.
    OldLinux,
    /// The segment that ends later wins; if both end together, the one that begins before.
    Solaris,
    /// The earlier segment always keeps its bytes; Windows since Vista.
    First,
    /// The later segment always wins; Cisco IOS.
    Last,
}

impl Policy {
    /// Every policy.
    pub const ALL: &[Self] = &[
        Self::Bsd,
        Self::Windows,
        Self::Linux,
        Self::OldLinux,
        Self::Solaris,
        Self::First,
        Self::Last,
    ];

    /// The policy with this name, in any case: those above, and the systems that Suricata's `host-os-policy` names.
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: [(&str, Policy); 15] = [
            ("bsd", Policy::Bsd),
            ("bsd-right", Policy::Bsd),
            ("macos", Policy::Bsd),
            ("irix", Policy::Bsd),
            ("hpux10", Policy::Bsd),
            ("windows", Policy::Windows),
            ("windows2k3", Policy::Windows),
            ("linux", Policy::Linux),
            ("old-linux", Policy::OldLinux),
            ("solaris", Policy::Solaris),
            ("old-solaris", Policy::Solaris),
            ("hpux11", Policy::Solaris),
            ("vista", Policy::First),
            ("first", Policy::First),
            ("last", Policy::Last),
        ];
        NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, policy)| *policy)
    }

    /// Whether the later of two segments wins the bytes that both have.
    pub(crate) fn later_wins(self, earlier: &Range<u64>, later: &Range<u64>) -> bool {
        let is_before = later.start < earlier.start;
        let is_same_start = later.start == earlier.start;
        match self {
            Self::Bsd | Self::Windows => is_before,
            Self::Linux => is_before || is_same_start && later.end > earlier.end,
            Self::OldLinux => is_before || is_same_start && later.end >= earlier.end,
            Self::Solaris => later.end > earlier.end || later.end == earlier.end && is_before,
            Self::First => false,
            Self::Last => true,
        }
    }

    /// Whether a segment that lost bytes at an edge is compared by what is left of it from then on.
    pub(crate) fn trims(self) -> bool {
        !matches!(self, Self::Linux | Self::OldLinux)
    }
}
