//! Where a flow stands: its protocol's class, its state and why it ended, in one byte.
//!
//! Class and state together choose the timeout, so their bits are the number of it.

use crate::flow::{Class, EndReason, State};

/// State in the two lowest bits, class in the next two, the reason of the end above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing(u8);

const CLASS: u32 = 2;
const END: u32 = 4;

impl Standing {
    /// How many timeouts there are.
    pub(crate) const TIMEOUTS: usize = 1 << END;

    pub(crate) fn new(class: Class) -> Self {
        Self((class as u8) << CLASS | State::New as u8)
    }

    #[inline]
    pub(crate) fn state(self) -> State {
        match self.0 & 3 {
            0 => State::New,
            1 => State::Established,
            2 => State::Closed,
            _ => State::Bypassed,
        }
    }

    #[inline]
    pub(crate) fn class(self) -> Class {
        match self.0 >> CLASS & 3 {
            0 => Class::Tcp,
            1 => Class::Udp,
            2 => Class::Icmp,
            _ => Class::Other,
        }
    }

    /// The timeout's number among [`Self::TIMEOUTS`].
    #[inline]
    pub(crate) fn timeout(self) -> usize {
        usize::from(self.0) & (Self::TIMEOUTS - 1)
    }

    pub(crate) fn end(self) -> Option<EndReason> {
        let index = (self.0 >> END).checked_sub(1)?;
        EndReason::ALL.get(usize::from(index)).copied()
    }

    #[inline]
    pub(crate) fn set_state(&mut self, state: State) {
        self.0 = self.0 & !3 | state as u8;
    }

    pub(crate) fn set_end(&mut self, reason: EndReason) {
        self.0 = self.0 & 0xf | (reason as u8 + 1) << END;
    }
}

#[cfg(test)]
mod tests;
