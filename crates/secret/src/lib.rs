//! Secrets in memory, and what keeps them out of everything that is written.
//!
//! A [`Secret`] cannot be printed by accident: it has no `Display`, its `Debug` shows a
//! [`Fingerprint`], and its memory is zeroed on drop. A [`Masker`] replaces every secret that it
//! knows, in every one of its [`forms()`], by `[MASKED]` while a log streams through it; tokens that it
//! does not know it recognises by their shape. This crate does no I/O.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod encode;
mod fingerprint;
mod forms;
mod masker;
mod scan;
mod secret;
mod shapes;
mod spans;
mod stream;

pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use forms::{Form, FormKind, forms};
pub use masker::Masker;
pub use secret::Secret;
pub use stream::MaskStream;

/// What stands in the output where a secret was.
pub const MASK: &[u8] = b"[MASKED]";
