//! The components' sources: what is wrong with their list, what is worth knowing about it, and what
//! became of each remote.

mod refusal;

use build_token_report::{Code, Finding, Reason, Severity};

use super::{did_you_mean, place, values, yaml};
use crate::gate::Decision;
use crate::reach::Reach;
use crate::sources::check::{Checked, Outcome};
use crate::sources::{
    Channel, Component, ComponentNote, Credential, ExportNote, NotARemote, Note, Prospect,
    Resolution, SourcesError,
};
use crate::yaml::nearest;

/// What the texts say beside the components.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The list of components, as the user calls it.
    pub file: &'a str,
    /// The grants that count.
    pub prospect: &'a Prospect,
}

/// Why the components cannot be known.
#[must_use]
pub fn error(error: &SourcesError) -> Finding {
    match error {
        SourcesError::Yaml(error) => yaml(error),
        SourcesError::NoComponent { file } => Finding::new(Code::C04)
            .with("file", file)
            .with("expected", "`component: { remote, alternative, security }`")
            .with("found", ""),
        SourcesError::Remote {
            spot,
            component,
            channel,
            why,
        } => Finding::new(Code::C27)
            .with("source", format!("{component}.{channel}"))
            .because("problem", not_a_remote(*why))
            .at(place(spot)),
        SourcesError::Variable { variable, why } => Finding::new(Code::C27)
            .with("source", variable)
            .because("problem", not_a_remote(*why)),
    }
}

fn not_a_remote(why: NotARemote) -> Reason {
    Reason::new(match why {
        NotARemote::Empty => "reason-empty",
        NotARemote::ControlCharacter => "reason-control",
        NotARemote::NoHost => "reason-no-host",
        NotARemote::NoAddress => "reason-no-address",
    })
}

/// There is no component of that name.
#[must_use]
pub fn unknown(name: &str, resolution: &Resolution, file: &str) -> Finding {
    let known: Vec<&str> = resolution
        .components
        .iter()
        .map(|component| component.name.as_str())
        .collect();
    did_you_mean(Finding::new(Code::C33), nearest(name, &known))
        .with("name", name)
        .with("file", file)
        .with("known", known.join(", "))
}

/// What is worth knowing about a resolution: first about the whole, then about each component.
#[must_use]
pub fn notes(resolution: &Resolution, facts: Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = resolution
        .notes
        .iter()
        .map(|note| whole(note, resolution, facts))
        .collect();
    findings.extend(without_mirror(resolution, facts.file));
    for component in &resolution.components {
        let about = component
            .notes
            .iter()
            .filter_map(|note| single(note, component, resolution.channel, facts));
        findings.extend(about);
    }
    findings
}

fn whole(note: &Note, resolution: &Resolution, facts: Facts<'_>) -> Finding {
    match note {
        Note::Misread(misread) => Finding::new(Code::Y27)
            .with("variable", misread.variable)
            .with("value", &misread.value)
            .with("counts", misread.counts)
            .with("channel", resolution.channel),
        Note::NoCredential => Finding::new(Code::Y26)
            .with("channel", resolution.channel)
            .with("components", names(resolution, |one| one.needs_token))
            .because("detail", not_granted(facts.prospect)),
        Note::JobToken => {
            let names = facts
                .prospect
                .grants
                .iter()
                .map(|grant| grant.name.as_str());
            Finding::new(Code::R22).with("name", names.collect::<Vec<_>>().join(", "))
        }
        Note::AlternativePrivateToken => Finding::new(Code::G24),
    }
}

/// Which comparison decided that there is no token.
fn not_granted(prospect: &Prospect) -> Reason {
    let decided = prospect
        .grants
        .iter()
        .find_map(|grant| match &grant.decision {
            Ok(Decision::NotEntitled(comparison)) => Some((&grant.name, comparison)),
            _ => None,
        });
    match decided {
        Some((name, comparison)) => {
            let (left, right) = values(comparison, "null");
            Reason::new("reason-not-entitled")
                .with("name", name)
                .with("comparison", &comparison.text)
                .with("left", left)
                .with("right", right)
        }
        None => Reason::new("reason-not-entitled-plain"),
    }
}

/// Many components have no mirror, and that is usual: one finding for all of them.
fn without_mirror(resolution: &Resolution, file: &str) -> Option<Finding> {
    let fallback = |component: &Component| {
        component.notes.iter().find_map(|note| match note {
            ComponentNote::NoSecurityRemote { fallback } => Some(*fallback),
            _ => None,
        })
    };
    let from = resolution.components.iter().find_map(fallback)?;
    Some(
        Finding::new(Code::C30)
            .with("fallback", from)
            .with(
                "components",
                names(resolution, |one| fallback(one).is_some()),
            )
            .with("file", file),
    )
}

fn names(resolution: &Resolution, which: impl Fn(&Component) -> bool) -> String {
    let names: Vec<&str> = resolution
        .components
        .iter()
        .filter(|component| which(component))
        .map(|component| component.name.as_str())
        .collect();
    names.join(", ")
}

fn single(
    note: &ComponentNote,
    component: &Component,
    channel: Channel,
    facts: Facts<'_>,
) -> Option<Finding> {
    let source = component.from.as_ref().map_or("-", |from| from.as_str());
    let no_token = |detail, remedy| {
        Finding::new(Code::C28)
            .with("component", &component.name)
            .with("url", remote(component.remote.as_ref()))
            .with("source", source)
            .because("detail", detail)
            .because("remedy", Reason::new(remedy))
    };
    Some(match note {
        // Told of once for all.
        ComponentNote::NoSecurityRemote { .. } => return None,
        ComponentNote::NoRemote => Finding::new(Code::C29)
            .with("component", &component.name)
            .with("channel", channel)
            .with("file", facts.file),
        // It was cut, so nothing fails here; the build's own code still sees it.
        ComponentNote::CredentialInRemote => Finding::new(Code::C24)
            .with("component", &component.name)
            .with("source", source)
            .severity(Severity::Warning),
        ComponentNote::OutsideReach => {
            let reach: Vec<String> = facts
                .prospect
                .reach()
                .iter()
                .map(Reach::to_string)
                .collect();
            let reach = if reach.is_empty() {
                "-".to_owned()
            } else {
                reach.join(", ")
            };
            no_token(
                Reason::new("reason-outside-reach").with("reach", reach),
                "reason-fix-reach",
            )
        }
        ComponentNote::NotHttps => no_token(Reason::new("reason-not-https"), "reason-fix-https"),
    })
}

/// What the exported variables do not cover.
#[must_use]
pub fn export(note: &ExportNote) -> Finding {
    match note {
        ExportNote::Ambiguous {
            variable,
            components,
        } => Finding::new(Code::C31)
            .with("variable", variable)
            .with("components", components.join(", "))
            .with("component", components.first().map_or("-", String::as_str)),
        ExportNote::NoVariable { component } => {
            Finding::new(Code::C32).with("component", component)
        }
    }
}

/// Why a component cannot be fetched; nothing when it can, or when the [`notes`] have said that it
/// has no remote. `credential` is what it was meant to get, if it needs one.
#[must_use]
pub fn checked(
    checked: &Checked,
    component: &Component,
    credential: Option<Credential>,
) -> Option<Finding> {
    let words = checked.words.as_deref().filter(|words| !words.is_empty());
    let about = |finding: Finding| {
        finding
            .with("component", &checked.name)
            .with("url", remote(checked.remote.as_ref()))
            .with("text", words.unwrap_or("-"))
            .request_id(checked.request_id.as_deref())
    };
    Some(match &checked.outcome {
        Outcome::Reachable { .. } | Outcome::NoRemote => return None,
        Outcome::NotAsked => Finding::new(Code::C27)
            .with("source", &checked.name)
            .because("problem", Reason::new("reason-starts-program")),
        Outcome::Refused(refusal) => refusal::finding(refusal, component, credential, about),
        Outcome::TimedOut { after } => {
            about(Finding::new(Code::R31)).with("limit", format!("{}s", after.as_secs()))
        }
        Outcome::Unreachable => about(Finding::new(Code::R32)),
        Outcome::Failed => about(Finding::new(Code::R33)),
    })
}

fn remote(remote: Option<&String>) -> &str {
    remote.map_or("-", String::as_str)
}

#[cfg(test)]
mod tests;
