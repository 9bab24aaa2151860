//! Doubly linked lists threaded through one dense array of eight bytes per node.
//!
//! Each node is in at most one list. Lists are circles through a head node, so
//! linking and unlinking have no special cases. The links are kept apart from
//! what is linked, so that unlinking a node does not pull its neighbours' flows into the cache.

/// A set of lists over the nodes 0, 1, 2...
#[derive(Debug)]
pub(crate) struct Lists {
    heads: u32,
    links: Vec<Link>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

impl Lists {
    pub(crate) const BYTES_PER_NODE: usize = size_of::<Link>();

    pub(crate) fn new(heads: u32, nodes: usize) -> Self {
        let mut links = Vec::new();
        // When memory is short the array grows as it is used.
        let _ = links.try_reserve_exact(heads as usize + nodes);
        links.extend((0..heads).map(alone));
        Self { heads, links }
    }

    /// Makes sure that `node` exists; a new node is in no list.
    pub(crate) fn ensure(&mut self, node: u32) {
        let mut next = self.links.len() as u32;
        while next <= node.saturating_add(self.heads) {
            self.links.push(alone(next));
            next += 1;
        }
    }

    /// Appends a node that is in no list.
    pub(crate) fn push_back(&mut self, list: u32, node: u32) {
        let node = node.wrapping_add(self.heads);
        let previous = self.link(list).before;
        self.set(
            node,
            Link {
                before: previous,
                after: list,
            },
        );
        self.set_after(previous, node);
        self.set_before(list, node);
    }

    /// Takes a node out of whatever list it is in.
    pub(crate) fn unlink(&mut self, node: u32) {
        let node = node.wrapping_add(self.heads);
        let Link { before, after } = self.link(node);
        self.set_after(before, after);
        self.set_before(after, before);
        self.set(node, alone(node));
    }

    /// The oldest node of a list.
    pub(crate) fn first(&self, list: u32) -> Option<u32> {
        self.link(list).after.checked_sub(self.heads)
    }

    /// All nodes of a list, the oldest first.
    pub(crate) fn nodes(&self, list: u32) -> impl Iterator<Item = u32> {
        let mut at = list;
        std::iter::from_fn(move || {
            at = self.link(at).after;
            at.checked_sub(self.heads)
        })
    }

    /// What unlinking a node reads first.
    #[inline]
    pub(crate) fn touch(&self, node: u32) -> u32 {
        self.link(node.wrapping_add(self.heads)).after
    }

    /// The newest node of a list.
    pub(crate) fn last(&self, list: u32) -> Option<u32> {
        self.link(list).before.checked_sub(self.heads)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.links.len() * size_of::<Link>()
    }

    fn link(&self, at: u32) -> Link {
        self.links.get(at as usize).copied().unwrap_or(alone(at))
    }

    fn set(&mut self, at: u32, link: Link) {
        if let Some(place) = self.links.get_mut(at as usize) {
            *place = link;
        }
    }

    fn set_before(&mut self, at: u32, before: u32) {
        if let Some(place) = self.links.get_mut(at as usize) {
            place.before = before;
        }
    }

    fn set_after(&mut self, at: u32, after: u32) {
        if let Some(place) = self.links.get_mut(at as usize) {
            place.after = after;
        }
    }
}

/// A node that is only linked to itself: a head without nodes, or a node in no list.
fn alone(at: u32) -> Link {
    Link {
        before: at,
        after: at,
    }
}

#[cfg(test)]
mod tests;
