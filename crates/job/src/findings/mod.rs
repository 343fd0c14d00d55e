//! The one place where errors become findings: which code, and the facts that its texts speak of.
//!
//! The facts' names are the arguments of the code's texts in `locales/`.

pub mod reference;
pub mod sources;
pub mod vault;

mod plan;
mod transport;

use std::fmt::Display;

use build_token_report::{Code, Finding, Place, Reason, Severity};
use build_token_vault::SecretRef;

pub use plan::{gate, grant, plan, values};

use crate::acquire::Leak;
use crate::agent::{Event, NoNewOne};
use crate::environment::Danger;
use crate::lifetime;
use crate::names;
use crate::obtain::Token;
use crate::reach::{Reach, ReachError};
use crate::signals::Told;
use crate::supervise::LaunchError;
use crate::yaml::{Spot, YamlError};

/// A place in a file, as findings have it.
fn place(spot: &Spot) -> Place {
    Place {
        file: Some(spot.file.clone()),
        line: Some(spot.line).filter(|line| *line > 0),
        column: Some(spot.column),
        path: None,
        excerpt: Some(spot.excerpt.clone()),
    }
}

/// A file that cannot be read; `named_by` is the option or the variable that names it, or its usual name.
#[must_use]
pub fn unreadable(file: &str, named_by: &str) -> Finding {
    let reason = match named_by {
        names::CONFIG_FILE | names::SOURCES_FILE => Reason::new("reason-usual-file"),
        option => Reason::new("reason-named-by").with("option", option),
    };
    Finding::new(Code::C01)
        .with("file", file)
        .because("reason", reason)
        .because("remedy", Reason::new("reason-fix-path"))
}

/// What is wrong with one of our YAML files.
#[must_use]
pub fn yaml(error: &YamlError) -> Finding {
    let finding = |code, spot: &Spot| Finding::new(code).with("file", &spot.file).at(place(spot));
    match error {
        YamlError::Syntax { spot, problem } => finding(Code::C02, spot).with("problem", problem),
        YamlError::UnknownKey {
            spot,
            key,
            suggestion,
            known,
        } => did_you_mean(finding(Code::C03, spot), *suggestion)
            .with("key", key)
            .with("known", known.join(", ")),
        YamlError::MissingKey { spot, key } => finding(Code::C04, spot)
            .with("expected", format!("`{key}`"))
            .with("found", ""),
        YamlError::WrongType {
            spot,
            expected,
            found,
        } => {
            let finding = finding(Code::C04, spot).with("found", parenthesis(found));
            match kind(expected) {
                Some(kind) => finding.because("expected", Reason::new(kind)),
                None => finding.with("expected", expected),
            }
        }
        YamlError::DuplicateKey { spot, key, parent } if parent.as_deref() == Some("tokens") => {
            finding(Code::C08, spot).with("key", key)
        }
        YamlError::DuplicateKey { spot, key, .. } => finding(Code::C05, spot).with("key", key),
    }
}

/// What the parser calls a kind of value, in words of our own.
fn kind(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "mapping start" | "a mapping" => "reason-kind-mapping",
        "sequence start" => "reason-kind-list",
        "boolean" | "true | false" => "reason-kind-boolean",
        "string scalar" | "string" | "a string" | "scalar" => "reason-kind-text",
        _ => return None,
    })
}

fn parenthesis(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" ({text})")
    }
}

/// Adds the word that was probably meant.
fn did_you_mean(finding: Finding, suggestion: Option<impl Display>) -> Finding {
    match suggestion {
        Some(word) => finding.because(
            "suggestion",
            Reason::new("reason-did-you-mean").with("word", word),
        ),
        None => finding.with("suggestion", ""),
    }
}

/// Something that should not be possible.
#[must_use]
pub fn bug(problem: impl Display) -> Finding {
    Finding::new(Code::R23).with("problem", problem)
}

/// The child did not start.
#[must_use]
pub fn launch(error: &LaunchError) -> Finding {
    match error {
        LaunchError::NotFound { program } => Finding::new(Code::R01).with("program", program),
        LaunchError::CannotExecute { program, source } => Finding::new(Code::R02)
            .with("program", program)
            .with("problem", source),
    }
}

/// A session lives on.
#[must_use]
pub fn leak(leak: &Leak) -> Finding {
    let accessor = Some(&leak.accessor).filter(|accessor| !accessor.is_empty());
    let finding = Finding::new(Code::R04)
        .with("url", &leak.url)
        .with("lease", format!("{}s", leak.lease_seconds));
    let finding = vault::known(finding, "accessor", accessor, vault::NONE);
    let finding = vault::known(finding, "namespace", leak.namespace.as_ref(), vault::NONE);
    vault::words(finding, "text", &leak.error)
}

/// Something dangerous was inherited. A job that traces its variables is told of by `env` only: what
/// `run` starts is masked.
#[must_use]
pub fn danger(danger: Danger) -> Option<Finding> {
    match danger {
        Danger::TraceRedact => Some(Finding::new(Code::R06)),
        Danger::NoVerify => Some(Finding::new(Code::R07)),
        Danger::DebugTrace => Some(Finding::new(Code::R08).severity(Severity::Warning)),
    }
}

/// The helper has something to tell.
#[must_use]
pub fn agent(event: &Event) -> Option<Finding> {
    match event {
        Event::Renewed { .. } => None,
        Event::Stranger { process } => Some(Finding::new(Code::R13).with("process", process)),
        Event::Refused { name, url, why } => {
            let finding = |code| Finding::new(code).with("name", name).with("url", url);
            Some(match why {
                NoNewOne::Adopted => finding(Code::G16).severity(Severity::Warning),
                NoNewOne::Unchanged => {
                    finding(Code::R29).because("detail", Reason::new("reason-token-unchanged"))
                }
                NoNewOne::Unavailable(words) => finding(Code::R29).with("detail", words),
            })
        }
    }
}

/// The helper's directory cannot be made.
#[must_use]
pub fn no_directory(error: &std::io::Error) -> Finding {
    Finding::new(Code::R11).with("problem", error)
}

/// We were told to end before there was a child.
#[must_use]
pub fn told(told: Told) -> Finding {
    Finding::new(Code::R20).with("signal", told.signal)
}

/// The secret's metadata narrow the reach.
#[must_use]
pub fn narrowed(name: &str, reach: &[Reach]) -> Finding {
    let left: Vec<String> = reach.iter().map(Reach::to_string).collect();
    let finding = Finding::new(Code::R21).with("name", name);
    if left.is_empty() {
        // git gets nothing any more: that will be noticed, so it is said loudly.
        finding.with("reach", "-").severity(Severity::Warning)
    } else {
        finding.with("reach", left.join(", "))
    }
}

/// The secret's metadata have a reach that cannot be read.
#[must_use]
pub fn metadata_reach(from: &SecretRef, text: &str, error: &ReachError) -> Finding {
    Finding::new(Code::R27)
        .with("path", from.api_metadata_path())
        .with("text", text)
        .because("problem", plan::reach(error))
}

/// The command gets a token in no form: no variable was wanted, and no reach says where git may send it.
#[must_use]
pub fn not_delivered(token: &Token) -> Finding {
    Finding::new(Code::R39).with("name", &token.name)
}

/// The token dies before the job has to end.
#[must_use]
pub fn expires_early(name: &str, expires_at: i64, ends_at: i64) -> Finding {
    Finding::new(Code::R05)
        .with("name", name)
        .with("expires", lifetime::format(expires_at))
        .with("ends", lifetime::format(ends_at))
}
