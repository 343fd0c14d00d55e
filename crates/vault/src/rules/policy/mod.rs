//! Vault's policy language: HCL 1 or JSON, as OpenBao reads it, with the places of its stanzas, so
//! that a refusal can point at the line that decides.

mod capability;
mod decode;
mod hcl;
mod json;
mod lexer;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::{collections::BTreeMap, ops::Range};

use jiff::Timestamp;
use serde_json::Value;

pub use capability::Capabilities;
pub(crate) use decode::several;
pub use lexer::Position;

/// A policy, ready to be asked by an [`super::acl::Acl`].
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Its name; `root` allows everything.
    pub name: String,
    /// Its stanzas, in the order of the text.
    pub rules: Vec<PathRule>,
    /// Whether a path has a template in it, so that the rules depend on who asks.
    pub templated: bool,
}

/// One `path "…" { … }` stanza.
#[derive(Clone, Debug)]
pub struct PathRule {
    /// The path, wildcards and templates as written, without a leading `/`.
    pub path: String,
    /// What it grants; [`Capabilities::DENY`] stands alone.
    pub capabilities: Capabilities,
    /// What it asks of a request's parameters.
    pub parameters: ParameterRules,
    /// The least and the largest time to live of a wrapped answer, in seconds; 0 is no limit.
    pub wrapping: (i64, i64),
    /// The largest page that a list may ask for; 0 is no limit.
    pub pagination_limit: i64,
    /// From when on the stanza counts no longer.
    pub expires: Option<Timestamp>,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
}

/// What a stanza asks of a request's parameters; names are in lower case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterRules {
    /// Only these, with one of these values; an empty list is any value, `*` any name.
    pub allowed: Option<BTreeMap<String, Vec<Value>>>,
    /// None of these, or not with these values.
    pub denied: Option<BTreeMap<String, Vec<Value>>>,
    /// All of these.
    pub required: Vec<String>,
}

/// Why a policy was not accepted: the server's text, which begins with `failed to parse policy: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse policy: {0}")]
pub struct ParseError(pub(crate) String);

impl Policy {
    /// Reads a policy's text. Stanzas that have expired at `now` are passed over unread.
    ///
    /// # Errors
    /// What the server would say.
    pub fn parse(name: &str, text: &str, now: Timestamp) -> Result<Self, ParseError> {
        let is_json = text.trim_start().starts_with('{');
        let items = if is_json {
            json::parse(text)
        } else {
            hcl::parse(text)
        };
        let (rules, templated) = items
            .and_then(|items| decode::rules(&items, now))
            .map_err(ParseError)?;
        Ok(Self {
            name: name.to_owned(),
            rules,
            templated,
        })
    }

    /// The policy that allows everything.
    #[must_use]
    pub fn root() -> Self {
        Self {
            name: "root".to_owned(),
            ..Self::default()
        }
    }
}
