//! Which requests of a flow wait for their responses, by their numbers alone.

/// Requests that wait. Resolvers ask from many ports, so that each flow has a few.
const MAX_WAITING: usize = 32;

/// Responses that are remembered: a request that was sent again is answered again.
const MAX_ANSWERED: usize = 8;

/// The numbers of requests of one flow.
#[derive(Debug, Default)]
pub(super) struct Asked {
    waiting: Vec<u16>,
    answered: [u16; MAX_ANSWERED],
    answers: usize,
    /// Whether a request was seen: a flow that begins with a response began earlier.
    has_begun: bool,
    /// Whether requests may have been missed, or a response that nobody asked for was told already.
    is_over: bool,
}

impl Asked {
    /// Requests may have been missed.
    pub(super) fn lose(&mut self) {
        self.is_over = true;
        self.waiting = Vec::new();
    }

    /// A request was sent.
    pub(super) fn request(&mut self, number: u16) {
        self.has_begun = true;
        if self.is_over || self.waiting.contains(&number) {
            return;
        }
        if self.waiting.len() >= MAX_WAITING {
            return self.lose();
        }
        self.waiting.push(number);
    }

    /// A response came; whether nobody asked for it. That is said once in a flow.
    pub(super) fn is_unsolicited(&mut self, number: u16) -> bool {
        if !self.has_begun {
            self.lose();
        }
        if self.is_over {
            return false;
        }
        if let Some(place) = self.waiting.iter().position(|known| *known == number) {
            self.waiting.swap_remove(place);
            if let Some(slot) = self.answered.get_mut(self.answers % MAX_ANSWERED) {
                *slot = number;
            }
            self.answers = self.answers.wrapping_add(1);
            return false;
        }
        let known = self.answers.min(MAX_ANSWERED);
        let again = self.answered.iter().take(known).any(|it| *it == number);
        if !again {
            self.lose();
        }
        !again
    }

    /// Roughly how many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.waiting.capacity().saturating_mul(size_of::<u16>())
    }
}
