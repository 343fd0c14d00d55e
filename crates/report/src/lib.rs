//! What a check reports, and how a person or a program reads it: findings, the catalogue of codes,
//! the texts in two languages, and the renderers.
//!
//! Libraries return errors as values; one place turns them into a [`Finding`], which holds a stable
//! [`Code`] and the facts, never a secret. The words come from `locales/`, when something is said
//! and not before.
#![deny(missing_docs)]

mod code;
mod finding;
mod language;
mod render;
mod texts;

pub use code::{Code, Exit};
pub use finding::{Finding, Place, Reason, Severity};
pub use language::Language;
pub use render::{human, json, json_list};
pub use texts::Texts;
