//! Vault, GitLab and git on loopback, so that everything can be tried on one machine.
//!
//! [`Lab::start`] starts three servers in this process and seeds them with the reference
//! deployment. Everything secret in a lab is public, so it listens on loopback only.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod admin;
mod backend;
pub mod client;
pub mod clock;
pub mod demo;
mod error;
mod git;
mod gitlab;
mod lab;
mod log;
mod options;
mod seed;
mod server;
mod servers;
mod services;
mod tls;
pub mod vault;
pub mod wire;

pub use error::LabError;
pub use gitlab::Mint;
pub use lab::Lab;
pub use log::{Credential, LoggedRequest, Server};
pub use options::{Options, VaultBackend};
