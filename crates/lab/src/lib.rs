//! Vault, GitLab and a git server on loopback, in one process.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod clock;
pub mod wire;
