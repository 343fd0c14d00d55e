//! GitLab's REST API, as far as an access token may ask about itself: who it is, what it can reach,
//! and its own end.
//!
//! These three calls work with any scope, also with `read_repository` alone, which is what makes a
//! refused clone explainable with nothing but the build token at hand. Blocking, on
//! `build-token-http`; nothing here prints, and no secret is in any error.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod client;
mod error;
mod instance;
mod token;

pub use client::GitLab;
pub use error::{Error, Refusal};
pub use instance::{CiServer, Instance, InstanceError};
pub use token::{AccessLevel, Associations, Group, Project, TokenSelf};
