//! Vault, GitLab and git on loopback, so that everything can be tried on one machine.
#![deny(missing_docs)]

pub mod clock;
pub mod vault;
pub mod wire;
