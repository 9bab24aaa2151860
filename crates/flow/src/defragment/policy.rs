//! Whose bytes are kept where fragments overlap.
//!
//! The policies and their names are those of Judy Novak, "Target-Based
//! Fragmentation Reassembly" (2005), after Shankar and Paxson, "Active Mapping" (2003).

use std::ops::Range;

/// Which operating system's reassembly to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// The earlier fragment keeps its bytes unless the later one begins before it.
    #[default]
    Bsd,
    /// The later fragment wins unless it begins before the earlier one.
    BsdRight,
    /// The earlier fragment keeps its bytes only if it begins before the later one.
    Linux,
    /// The earlier fragment always keeps its bytes.
    First,
    /// The later fragment always wins.
    Last,
    /// As `First`, except that a fragment which begins before and ends after another replaces it.
    Windows,
    /// As `First`, except that a fragment which begins before another and ends with or after it replaces it.
    Solaris,
}

impl Policy {
    /// The policy with this name in Suricata's configuration, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: [(&str, Policy); 7] = [
            ("bsd", Policy::Bsd),
            ("bsd-right", Policy::BsdRight),
            ("linux", Policy::Linux),
            ("first", Policy::First),
            ("last", Policy::Last),
            ("windows", Policy::Windows),
            ("solaris", Policy::Solaris),
        ];
        NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, policy)| *policy)
    }

    /// Whether the later of two fragments wins the bytes that both have.
    pub(super) fn later_wins(self, earlier: &Range<u32>, later: &Range<u32>) -> bool {
        match self {
            Self::Bsd => later.start < earlier.start,
            Self::BsdRight => later.start >= earlier.start,
            Self::Linux => later.start <= earlier.start,
            Self::First => false,
            Self::Last => true,
            Self::Windows => later.start < earlier.start && later.end > earlier.end,
            Self::Solaris => later.start < earlier.start && later.end >= earlier.end,
        }
    }
}
