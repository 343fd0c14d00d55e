//! Vault and OpenBao: where a secret is, how a job gets it, and what each refusal means.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "rules")]
pub mod rules;
