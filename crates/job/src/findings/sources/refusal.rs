//! Why GitLab, or git before it, refused a remote: each cause with what is known about it.

use build_token_gitlab::AccessLevel;
use build_token_report::{Finding, Reason, Severity};

use crate::sources::check::{Absence, Preferred, Refusal, TokenState};
use crate::sources::{Component, Credential};

/// The finding of a refusal. `about` adds the component, its URL and git's words.
pub(super) fn finding(
    refusal: &Refusal,
    component: &Component,
    credential: Option<Credential>,
    about: impl Fn(Finding) -> Finding,
) -> Finding {
    // Whatever the code's own severity: this component cannot be fetched.
    let finding = about(Finding::new(refusal.code()).severity(Severity::Error));
    match refusal {
        Refusal::Token { state } => token(finding, state),
        Refusal::RoleTooLow { project, level } => {
            role(finding, project_or(project.as_ref(), component), *level)
        }
        Refusal::ProjectNotFound { project, absence } => {
            absent(finding, project_or(project.as_ref(), component), absence)
        }
        Refusal::JobTokenNotAllowed { from, to } => finding.with("from", from).with("to", to),
        Refusal::JobTokenPermissions { project } => finding.with("project", project),
        Refusal::NoCredential { host } => finding
            .with("host", host)
            .because("detail", Reason::new(no_credential(component, credential))),
        Refusal::NoPassword { host } => finding.with("host", host),
        Refusal::ForeignCredential { public } => finding.because(
            "detail",
            Reason::new(match public {
                Some(true) => "reason-foreign-public",
                Some(false) => "reason-foreign-private",
                None => "reason-foreign-not-asked",
            }),
        ),
        Refusal::RateLimited { retry_after } => finding.because(
            "detail",
            match retry_after {
                Some(wait) => {
                    Reason::new("reason-limited-wait").with("wait", format!("{}s", wait.as_secs()))
                }
                None => Reason::new("reason-limited"),
            },
        ),
        Refusal::ProactiveAuthIgnored { version } | Refusal::GitTooOld { version } => {
            finding.with("version", version)
        }
        Refusal::Submodule { path, url } => finding.with("path", path).with("inner", url),
        Refusal::MalformedUrl => {
            let said = Reason::new("reason-git-says").with("text", &finding.facts["text"]);
            finding
                .with("source", component.remote.as_deref().unwrap_or("-"))
                .because("problem", said)
                .because("remedy", Reason::new("reason-fix-malformed"))
        }
        Refusal::PreferredCredential { preferred } => {
            finding.because("detail", Reason::new(sits(*preferred)))
        }
        // GitLab's whole message is better than the line of it that git's words begin with.
        Refusal::UserBlocked { message } => finding.with("text", message),
        Refusal::OtherHelper | Refusal::StaleCredential | Refusal::HttpDisabled => finding,
    }
}

/// The project's path; where nobody could tell it, the component's name.
fn project_or<'a>(project: Option<&'a String>, component: &'a Component) -> &'a str {
    project.unwrap_or(&component.name)
}

fn because(finding: Finding, detail: Reason, remedy: &'static str) -> Finding {
    finding
        .because("detail", detail)
        .because("remedy", Reason::new(remedy))
}

fn token(finding: Finding, state: &TokenState) -> Finding {
    let (detail, remedy) = match state {
        TokenState::Revoked => (
            Reason::new("reason-token-revoked"),
            "reason-fix-token-revoked",
        ),
        TokenState::Expired {
            expires_at: Some(expires_at),
        } => (
            Reason::new("reason-token-expired").with("expires", expires_at),
            "reason-fix-token",
        ),
        TokenState::Expired { expires_at: None } => (
            Reason::new("reason-token-expired-undated"),
            "reason-fix-token",
        ),
        TokenState::Unknown => (Reason::new("reason-token-unknown"), "reason-fix-token"),
        TokenState::MissingScope { scopes } => (
            Reason::new("reason-token-scopes").with("scopes", list(scopes)),
            "reason-fix-token",
        ),
        TokenState::NotAnAccessToken => (Reason::new("reason-token-kind"), "reason-fix-token"),
        TokenState::ProofRequired => (Reason::new("reason-token-proof"), "reason-fix-token"),
        TokenState::GoodForTheApi => (Reason::new("reason-token-api-only"), "reason-fix-token"),
        TokenState::JobToken => (Reason::new("reason-token-job"), "reason-fix-token-job"),
        TokenState::NotKnown => (Reason::new("reason-token-not-asked"), "reason-fix-token"),
    };
    because(finding, detail, remedy)
}

fn role(finding: Finding, project: &str, level: Option<AccessLevel>) -> Finding {
    let (name, remedy) = match level {
        Some(level) if level < AccessLevel::REPORTER => ("reason-role-too-low", "reason-fix-role"),
        Some(_) => ("reason-role-enough", "reason-fix-repository"),
        None => ("reason-role-not-known", "reason-fix-role-or-repository"),
    };
    let detail = Reason::new(name).with("project", project);
    let detail = match level {
        Some(AccessLevel(number)) => detail.with("level", number),
        None => detail,
    };
    because(finding, detail, remedy)
}

fn absent(finding: Finding, project: &str, absence: &Absence) -> Finding {
    let (name, remedy) = match absence {
        Absence::OutOfScope { similar, truncated } => (
            match (similar.is_empty(), truncated) {
                (true, false) => "reason-out-of-scope",
                (true, true) => "reason-out-of-scope-unread",
                (false, false) => "reason-out-of-scope-similar",
                (false, true) => "reason-out-of-scope-similar-unread",
            },
            "reason-fix-scope",
        ),
        Absence::NoRepository => ("reason-no-repository", "reason-fix-first-commit"),
        Absence::NeverSent => ("reason-never-sent", "reason-fix-never-sent"),
        Absence::NoTokenOffered => ("reason-no-token-offered", "reason-fix-offer"),
        Absence::NotKnown => ("reason-absent-not-known", "reason-fix-scope"),
    };
    let detail = Reason::new(name).with("project", project);
    let detail = match absence {
        Absence::OutOfScope { similar, .. } if !similar.is_empty() => {
            detail.with("similar", similar.join(", "))
        }
        _ => detail,
    };
    because(finding, detail, remedy)
}

fn no_credential(component: &Component, credential: Option<Credential>) -> &'static str {
    match (component.needs_token, credential) {
        (true, Some(_)) => "reason-helper-silent",
        (true, None) => "reason-no-token-for-it",
        (false, _) => "reason-not-meant",
    }
}

fn sits(preferred: Option<Preferred>) -> &'static str {
    match preferred {
        Some(Preferred::ExtraHeader) => "reason-preferred-header",
        Some(Preferred::Rewrite) => "reason-preferred-rewrite",
        Some(Preferred::Netrc) => "reason-preferred-netrc",
        None => "reason-preferred-not-known",
    }
}

fn list(words: &[String]) -> String {
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(", ")
    }
}
