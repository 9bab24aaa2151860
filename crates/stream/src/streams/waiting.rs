//! Streams that wait for a hole to be filled, the longest first.
//!
//! A circle of links through node 0, so that linking and unlinking have no special cases.

/// The list.
#[derive(Debug)]
pub(crate) struct Waiting {
    links: Vec<Link>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Link {
    before: u32,
    after: u32,
}

impl Waiting {
    pub(crate) const BYTES_PER_NODE: usize = size_of::<Link>();

    pub(crate) fn new(nodes: usize) -> Self {
        let mut links = Vec::new();
        // When memory is short the array grows as it is used.
        let _ = links.try_reserve_exact(nodes + 1);
        links.push(Link::default());
        Self { links }
    }

    /// Appends a stream that is not in the list.
    pub(crate) fn push(&mut self, slot: u32) {
        let node = slot + 1;
        while self.links.len() <= node as usize {
            self.links.push(Link::default());
        }
        let last = self.link(0).before;
        self.set(
            node,
            Link {
                before: last,
                after: 0,
            },
        );
        self.change(last, |link| link.after = node);
        self.change(0, |link| link.before = node);
    }

    /// Takes a stream out.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Link { before, after } = self.link(slot + 1);
        self.change(before, |link| link.after = after);
        self.change(after, |link| link.before = before);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let first = self.link(0).after.checked_sub(1);
        std::iter::successors(first, |slot| self.link(slot + 1).after.checked_sub(1))
    }

    fn link(&self, node: u32) -> Link {
        self.links.get(node as usize).copied().unwrap_or_default()
    }

    fn set(&mut self, node: u32, link: Link) {
        self.change(node, |place| *place = link);
    }

    fn change(&mut self, node: u32, change: impl FnOnce(&mut Link)) {
        if let Some(link) = self.links.get_mut(node as usize) {
            change(link);
        }
    }
}
