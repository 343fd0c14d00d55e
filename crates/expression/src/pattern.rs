//! A regular expression between slashes, matched as GitLab's RE2 would match it.

use regex::bytes::Regex;
use thiserror::Error;

use crate::re2::{self, FLAGS, Re2Error};

/// Longer patterns are not read, so that none can cost us more than a fraction of a second.
const MAX_BYTES: usize = 16 * 1024;

/// A valid pattern, `/…/` with flags, compiled.
///
/// The flags are `i` (case does not matter), `s` (`.` matches a line break too), `m` (`^` and `$`
/// match at lines) and `U` (`x*` takes as little as it can, `x*?` as much). Without `m`, `^` and
/// `$` stand for the beginning and the end of the whole text.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// The text does not have the form of a pattern at all.
    #[error("not of the form /…/ with flags i, s, m, U")]
    Form,
    /// RE2 would refuse the regular expression.
    #[error(transparent)]
    Syntax(#[from] Re2Error),
    /// The regular expression is longer than 16 KiB, or would take too much memory.
    #[error("the pattern is too large")]
    TooLarge,
    /// The engine's own reason: an unknown Unicode class, or groups nested too deeply.
    #[error("{0}")]
    Engine(String),
}

impl Pattern {
    /// Reads a pattern, be it written in an expression or held by a variable.
    ///
    /// # Errors
    ///
    /// When `text` has not the form `/…/flags`, or what is between the slashes is not a regular
    /// expression of RE2.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let unescaped = text.replace("\\/", "/");
        let (body, flags) = split(&unescaped).ok_or(PatternError::Form)?;
        if body.len() > MAX_BYTES {
            return Err(PatternError::TooLarge);
        }
        let translated = re2::translate(body, flags)?;
        let regex = Regex::new(&translated).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
            other => PatternError::Engine(other.to_string()),
        })?;
        let text = text.to_owned();
        Ok(Self { text, regex })
    }

    /// The pattern as it was written, slashes and flags included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern is found anywhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }
}

/// As in Ruby, two patterns are equal when they were written alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// The regular expression and the flags. GitLab looks at lines: in a text of several, the first
/// line that has the form is the pattern.
fn split(text: &str) -> Option<(&str, &str)> {
    text.split('\n').find_map(|line| {
        let (body, flags) = line.strip_prefix('/')?.rsplit_once('/')?;
        let known = flags.chars().all(|flag| FLAGS.contains(flag));
        known.then_some((body, flags))
    })
}
