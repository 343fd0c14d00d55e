//! What a policy can allow on a path.

use std::ops::BitOr;

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(u16);

/// The names in the order of the alphabet, as answers list them.
const NAMES: [(&str, Capabilities); 9] = [
    ("create", Capabilities::CREATE),
    ("delete", Capabilities::DELETE),
    ("deny", Capabilities::DENY),
    ("list", Capabilities::LIST),
    ("patch", Capabilities::PATCH),
    ("read", Capabilities::READ),
    ("scan", Capabilities::SCAN),
    ("sudo", Capabilities::SUDO),
    ("update", Capabilities::UPDATE),
];

impl Capabilities {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Refuses everything, whatever else is said for the same path.
    pub const DENY: Self = Self(1);
    /// Write what is not there yet.
    pub const CREATE: Self = Self(1 << 1);
    /// Read.
    pub const READ: Self = Self(1 << 2);
    /// Write what is there.
    pub const UPDATE: Self = Self(1 << 3);
    /// Delete.
    pub const DELETE: Self = Self(1 << 4);
    /// List one level.
    pub const LIST: Self = Self(1 << 5);
    /// Use paths that ask for root privileges.
    pub const SUDO: Self = Self(1 << 6);
    /// Change parts.
    pub const PATCH: Self = Self(1 << 7);
    /// List all levels.
    pub const SCAN: Self = Self(1 << 8);

    /// The capability of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, capability)| *capability)
    }

    /// What the old word `policy = "…"` stands for.
    #[must_use]
    pub fn of_old_policy(name: &str) -> Option<Self> {
        let read = Self::READ | Self::LIST;
        let write = read | Self::CREATE | Self::UPDATE | Self::DELETE;
        match name {
            "deny" => Some(Self::DENY),
            "read" => Some(read),
            "write" => Some(write),
            "sudo" => Some(write | Self::SUDO),
            _ => None,
        }
    }

    /// Whether all of `other` is in it.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names, in the order of the alphabet.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        NAMES
            .iter()
            .filter(|(_, one)| self.contains(*one))
            .map(|(name, _)| *name)
            .collect()
    }
}

impl BitOr for Capabilities {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
