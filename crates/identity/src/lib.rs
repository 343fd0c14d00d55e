//! Who the job says it is: its ID token with the claims inside, and its job context.
//!
//! Nothing here is proof. The claims are read, never verified: Vault does that, with the keys of
//! the GitLab that issued the token. They serve to explain a refusal, to notice an expired token
//! before anybody is asked, and to say what is wrong with a value that is no ID token at all.
//! This crate does no I/O.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod claims;
mod id_token;
mod job_context;
mod json;
#[cfg(test)]
mod testing;

pub use claims::Claims;
pub use id_token::{IdToken, IdTokenError, MAX_ID_TOKEN_BYTES, Part};
pub use job_context::JobContext;
pub use json::JsonError;
