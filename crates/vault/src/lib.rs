//! Vault and OpenBao: where a secret is, how a job gets it, and what each refusal means.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod auth;
mod encode;
mod reference;
mod server_url;

#[cfg(feature = "rules")]
pub mod rules;

pub use auth::{Auth, AuthMount, NameError, Namespace, Role};
pub use reference::{
    DEFAULT_FIELD, DEFAULT_MOUNT, Note, Parsed, Part, Parts, RefError, RefProblem, SecretRef,
};
pub use server_url::{ServerUrl, ServerUrlError, ServerUrlProblem};
