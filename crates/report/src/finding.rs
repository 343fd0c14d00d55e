//! A finding: a code, the facts, and where. The words are added when it is rendered.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Code, Exit};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// It works, and will hurt.
    Warning,
    /// It does not work, or must not.
    Error,
}

impl Severity {
    /// The word that is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// Where a finding is: a place in a file, or a path inside a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Option<String>,
    /// Line, counted from 1.
    pub line: Option<usize>,
    /// Column in characters, counted from 1.
    pub column: Option<usize>,
    /// The way to the value inside the document, as `tokens.NAME.reach`.
    pub path: Option<String>,
    /// The text of that line, for people; not part of the JSON.
    #[serde(skip)]
    pub excerpt: Option<String>,
}

/// What a check reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which cause.
    pub code: Code,
    /// How serious, normally the code's own severity.
    pub severity: Severity,
    /// The facts that the texts speak of, by their names in `locales/`. Never a secret.
    pub facts: BTreeMap<&'static str, String>,
    /// Facts that are sentences themselves, by their names in `locales/`.
    pub reasons: BTreeMap<&'static str, Reason>,
    /// Where.
    pub places: Vec<Place>,
    /// The server's id of the request that this came from.
    pub request_id: Option<String>,
}

/// A fact that is said in words: a message of `locales/`, with the facts of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The message's name; it starts with `reason-`.
    pub name: &'static str,
    /// Its arguments.
    pub facts: BTreeMap<&'static str, String>,
}

impl Reason {
    /// A reason without facts.
    #[must_use]
    pub fn new(name: &'static str) -> Reason {
        Reason {
            name,
            facts: BTreeMap::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Reason {
        self.facts.insert(name, printable(&value.to_string()));
        self
    }
}

impl Finding {
    /// A finding of this code, without facts.
    #[must_use]
    pub fn new(code: Code) -> Finding {
        Finding {
            code,
            severity: code.severity(),
            facts: BTreeMap::new(),
            reasons: BTreeMap::new(),
            places: Vec::new(),
            request_id: None,
        }
    }

    /// Adds a fact. `name` is the argument's name in `locales/`. Facts come from outside, so what
    /// could steer a terminal is replaced.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Finding {
        self.facts.insert(name, printable(&value.to_string()));
        self
    }

    /// Adds a fact that is said in words.
    #[must_use]
    pub fn because(mut self, name: &'static str, reason: Reason) -> Finding {
        self.reasons.insert(name, reason);
        self
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Finding {
        self.places.push(place);
        self
    }

    /// Sets the server's id of the request.
    #[must_use]
    pub fn request_id(mut self, id: Option<impl Into<String>>) -> Finding {
        self.request_id = id.map(Into::into);
        self
    }

    /// Changes how serious it is.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// The exit code of a command that ends because of this.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.code.exit()
    }
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if (c.is_control() && c != '\n') || turns_text(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// Unicode's line separators, and its marks that turn the direction of text (UAX 9): in a terminal they
/// make a line read as another.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_cannot_steer_a_terminal() {
        let finding = Finding::new(Code::V18).with("text", "a\u{1b}[2Jb\nc");
        assert_eq!(finding.facts["text"], "a\u{fffd}[2Jb\nc");
    }
}
