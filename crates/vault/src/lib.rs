//! Vault and OpenBao: where a secret is, how a job gets it, and what each refusal means.
//!
//! A [`Client`] logs in, reads and revokes on one connection. Whatever goes wrong is an [`Error`]:
//! one [`Cause`] per failure mode, with [`Facts`] for the message.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod auth;
mod client;
mod encode;
mod error;
mod granted;
mod reference;
mod refusal;
mod server_url;
mod session;
mod settings;
mod text;

#[cfg(feature = "rules")]
pub mod rules;

pub use auth::{Auth, AuthMount, NameError, Namespace, Role};
pub use client::{Client, Server};
pub use error::{AnswerProblem, BadAnswer, Cause, Error, Facts, Step};
pub use reference::{
    DEFAULT_FIELD, DEFAULT_MOUNT, Note, Parsed, Part, Parts, RefError, RefProblem, SecretRef,
};
pub use server_url::{ServerUrl, ServerUrlError, ServerUrlProblem};
pub use session::{Session, Stored};
pub use settings::connection_settings;
