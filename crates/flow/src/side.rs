//! The two directions of a flow.

/// Which way a packet of a flow travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the host that opened the flow.
    ToServer,
    /// Back to it.
    ToClient,
}

impl Side {
    /// The opposite direction.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }
}

/// One value for each direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PerSide<T> {
    /// What belongs to packets towards the server.
    pub to_server: T,
    /// What belongs to packets towards the client.
    pub to_client: T,
}

impl<T> PerSide<T> {
    /// The value of one direction.
    #[inline]
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::ToServer => &self.to_server,
            Side::ToClient => &self.to_client,
        }
    }

    /// The value of one direction, to change.
    #[inline]
    pub fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::ToServer => &mut self.to_server,
            Side::ToClient => &mut self.to_client,
        }
    }

    /// The values of the sender and of the receiver of a packet that travels to `side`.
    #[inline]
    pub(crate) fn pair_mut(&mut self, side: Side) -> (&mut T, &mut T) {
        match side {
            Side::ToServer => (&mut self.to_server, &mut self.to_client),
            Side::ToClient => (&mut self.to_client, &mut self.to_server),
        }
    }
}
