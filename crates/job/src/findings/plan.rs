//! Why there is no plan, and which comparison decided a gate.

use build_token_expression::{Comparison, Side};
use build_token_http::UrlError;
use build_token_identity::IdTokenError;
use build_token_report::{Code, Finding, Reason};
use build_token_vault::{NameError, ServerUrl, ServerUrlError, ServerUrlProblem};

use super::vault::{NONE, known};
use super::{did_you_mean, place, reference};
use crate::connection::{ConnectionError, NameKind};
use crate::gate::GateError;
use crate::grants::{GrantError, Origin, Said};
use crate::lifetime;
use crate::plan::{AdoptedProblem, PlanError};
use crate::reach::ReachError;
use crate::shell::quoted;

/// The two values of the comparison that decided; an unset variable as `unset`.
#[must_use]
pub fn values(comparison: &Comparison, unset: &str) -> (String, String) {
    let value = |side: &Side| {
        side.value
            .as_ref()
            .map_or_else(|| unset.to_owned(), |value| format!("\"{value}\""))
    };
    let right = comparison.right.as_ref().map_or_else(String::new, value);
    (value(&comparison.left), right)
}

/// Why there is no plan.
#[must_use]
pub fn plan(error: &PlanError) -> Finding {
    match error {
        PlanError::Grant(error) => grant(error),
        PlanError::Gate(error) => gate(error),
        PlanError::Required {
            name,
            when,
            comparison,
        } => {
            let (left, right) = values(comparison, "null");
            Finding::new(Code::R03)
                .with("name", name)
                .with("when", &when.value)
                .with("comparison", &comparison.text)
                .with("left", left)
                .with("right", right)
        }
        PlanError::NoSecret { name } => Finding::new(Code::C11).with("name", name),
        PlanError::Reference { said, error, .. } => {
            located(reference::error(&said.value, error), said)
        }
        PlanError::Adopted { name, problem } => match problem {
            AdoptedProblem::Path => Finding::new(Code::Y05).with("variable", name),
            AdoptedProblem::ControlCharacter => Finding::new(Code::R15)
                .with("variable", name)
                .with("problem", "\\n, \\r, \\t …"),
        },
        PlanError::Connection(error) => connection(error),
        PlanError::NoIdToken { variable } => Finding::new(Code::Y11)
            .with("variable", variable)
            .because("problem", Reason::new("reason-unset")),
        PlanError::IdToken { variable, error } => id_token(variable, error),
        PlanError::Expired {
            expires_at, now, ..
        } => Finding::new(Code::J11)
            .with("expires", lifetime::format(*expires_at))
            .with("now", lifetime::format(*now)),
    }
}

/// What is wrong with the grants.
#[must_use]
pub fn grant(error: &GrantError) -> Finding {
    match error {
        GrantError::Pinned {
            spot,
            key,
            pinned,
            variable,
            value,
        } => {
            let file = spot
                .as_ref()
                .map_or(crate::names::CONFIG_FILE, |spot| &spot.file);
            let finding = Finding::new(Code::C06)
                .with("file", file)
                .with("key", key)
                .with("pinned", pinned)
                .with("variable", variable)
                .with("value", value);
            match spot {
                Some(spot) => finding.at(place(spot)),
                None => finding,
            }
        }
        GrantError::WiderReach {
            value,
            pinned,
            name,
        } => {
            let pinned = Some(pinned.join(", ")).filter(|text| !text.is_empty());
            known(Finding::new(Code::C12), "pinned", pinned, NONE)
                .with("value", value)
                .with("name", name)
        }
        GrantError::Reach { text, by, error } => {
            let said = Said {
                value: text.clone(),
                by: by.clone(),
            };
            located(Finding::new(Code::C07), &said)
                .with("text", text)
                .because("problem", reach(error))
        }
        GrantError::When { text, by, error } => {
            let said = Said {
                value: text.clone(),
                by: by.clone(),
            };
            located(Finding::new(Code::C09), &said)
                .with("when", text)
                .with("word", quoted(text))
                .with("problem", error.message())
        }
        GrantError::Name { name, by } => {
            let said = Said {
                value: name.clone(),
                by: by.clone(),
            };
            located(Finding::new(Code::C15), &said).with("name", name)
        }
        GrantError::Unknown {
            name,
            known: there,
            suggestion,
        } => did_you_mean(Finding::new(Code::C13), suggestion.as_ref())
            .with("name", name)
            .with("known", there.join(", ")),
    }
}

/// Why a condition cannot be decided.
#[must_use]
pub fn gate(error: &GateError) -> Finding {
    match error {
        GateError::Undefined {
            name,
            when,
            variables,
        } => {
            let variables: Vec<String> = variables.iter().map(|name| format!("${name}")).collect();
            located(Finding::new(Code::Y25), when)
                .with("name", name)
                .with("when", &when.value)
                .with("variables", variables.join(", "))
        }
        GateError::Evaluation { when, problem, .. } => located(Finding::new(Code::C09), when)
            .with("when", &when.value)
            .with("word", quoted(&when.value))
            .with("problem", problem),
    }
}

fn connection(error: &ConnectionError) -> Finding {
    match error {
        ConnectionError::NoServer => Finding::new(Code::Y01),
        ConnectionError::Url { said, error } => server_url(said, error),
        ConnectionError::Name { kind, said, error } => located(Finding::new(Code::C14), said)
            .with("value", &said.value)
            .with(
                "kind",
                match kind {
                    NameKind::AuthMount => "auth mount",
                    NameKind::Role => "role",
                    NameKind::Namespace => "namespace",
                },
            )
            .because("problem", name(*error)),
        ConnectionError::Pinned(error) => grant(error),
    }
}

fn server_url(said: &Said, error: &ServerUrlError) -> Finding {
    let meant = || meant(&said.value);
    let (code, suggestion, problem) = match &error.problem {
        ServerUrlProblem::Path { instead } => (
            Code::C16,
            Some(instead.clone()),
            Reason::new("reason-has-path"),
        ),
        ServerUrlProblem::Query { instead } => (
            Code::C16,
            Some(instead.clone()),
            Reason::new("reason-has-query"),
        ),
        ServerUrlProblem::Url(UrlError::Credentials) => {
            (Code::C16, meant(), Reason::new("reason-credentials"))
        }
        ServerUrlProblem::Url(error) => {
            let problem = match unexpanded(&said.value) {
                Some(name) => Reason::new("reason-unexpanded").with("name", name),
                None => url(error),
            };
            (Code::V04, meant(), problem)
        }
    };
    // What is shown has no credential in it; the variable's own text may have.
    let finding = located(Finding::new(code), said).with("value", &error.shown);
    known(finding, "suggestion", suggestion, "reason-own-url").because("problem", problem)
}

/// The name in `$NAME` or `${NAME}`, where nobody put its value in its place.
fn unexpanded(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let braced = rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let name = braced.unwrap_or(rest);
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some(name)
}

/// The URL that was probably meant: with https, and without a credential and blanks.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let url = ServerUrl::parse(&format!("https://{host}")).ok()?;
    Some(url.to_string())
}

fn url(error: &UrlError) -> Reason {
    match error {
        UrlError::Empty => Reason::new("reason-empty"),
        UrlError::Spaces => Reason::new("reason-spaces"),
        UrlError::NoScheme => Reason::new("reason-no-scheme"),
        UrlError::UnknownScheme { scheme } => Reason::new("reason-scheme").with("scheme", scheme),
        UrlError::Credentials => Reason::new("reason-credentials"),
        UrlError::NoHost => Reason::new("reason-no-host"),
        UrlError::Port { port } => Reason::new("reason-port").with("port", port),
        UrlError::PlainHttp { host } => Reason::new("reason-plain-http").with("host", host),
        UrlError::Syntax => Reason::new("reason-not-a-url"),
    }
}

fn name(error: NameError) -> Reason {
    Reason::new(match error {
        NameError::Empty => "reason-empty",
        NameError::ControlCharacter => "reason-control",
        NameError::Segment => "reason-segment",
    })
}

/// Why a text is no reach.
pub(super) fn reach(error: &ReachError) -> Reason {
    match error {
        ReachError::NoScheme => Reason::new("reason-no-scheme"),
        ReachError::Scheme(scheme) => Reason::new("reason-scheme").with("scheme", scheme),
        ReachError::UserInformation => Reason::new("reason-credentials"),
        ReachError::Host => Reason::new("reason-no-host"),
        ReachError::Path(text) => {
            Reason::new("reason-reach-path").with("text", format!("`{text}`"))
        }
    }
}

fn id_token(variable: &str, error: &IdTokenError) -> Finding {
    let code = match error {
        IdTokenError::Empty | IdTokenError::Unexpanded { .. } => Code::Y11,
        IdTokenError::LooksLikePath => Code::R37,
        _ => Code::R28,
    };
    let problem = match error {
        IdTokenError::Empty => Reason::new("reason-empty"),
        IdTokenError::Unexpanded { name } => Reason::new("reason-unexpanded").with("name", name),
        IdTokenError::LooksLikePath => Reason::new("reason-path"),
        IdTokenError::TooLong { bytes } => Reason::new("reason-too-long").with("bytes", bytes),
        IdTokenError::TrailingLineBreak => Reason::new("reason-trailing-line-break"),
        IdTokenError::LineBreak { position } => {
            Reason::new("reason-line-break").with("position", position)
        }
        IdTokenError::Space { position } => Reason::new("reason-space").with("position", position),
        IdTokenError::OnlyDots { dots } => Reason::new("reason-only-dots").with("dots", dots),
        IdTokenError::WrongParts { parts } => {
            Reason::new("reason-wrong-parts").with("parts", parts)
        }
        IdTokenError::EmptyPart { part } => Reason::new("reason-part-empty").with("part", part),
        IdTokenError::NotBase64Url { part } => {
            Reason::new("reason-damaged-part").with("part", part)
        }
        IdTokenError::NotJson { part, .. } => {
            Reason::new("reason-part-not-json").with("part", part)
        }
    };
    Finding::new(code)
        .with("variable", variable)
        .because("problem", problem)
}

/// Adds who said a value, and where.
fn located(finding: Finding, said: &Said) -> Finding {
    match &said.by {
        Origin::File(spot) => finding.with("source", &spot.file).at(place(spot)),
        Origin::Variable(name) => finding.with("source", name),
        Origin::Default => finding.with("source", "default"),
    }
}
