//! What Vault refused, or why it was not reached: each cause with its code and the facts of this job.

use build_token_identity::Claims;
use build_token_report::{Code, Finding, Reason};
use build_token_vault::{AnswerProblem, BadAnswer, Cause, Error, Facts, SecretRef};
use serde_json::Value;

use super::transport;
use crate::lifetime;
use crate::plan::Fetch;

/// The finding for an error of Vault's client, with what the job itself knows: its claims.
#[must_use]
pub fn finding(error: &Error, fetch: &Fetch) -> Finding {
    let finding = match &error.cause {
        Cause::Transport(error) => transport::finding(error),
        cause => Finding::new(code(cause, &error.facts)),
    };
    let finding = common(finding, error);
    let finding = secret(finding, &error.facts);
    let finding = claims(finding, &error.cause, fetch.id_token.claims());
    details(finding, &error.cause, &error.facts)
}

fn code(cause: &Cause, facts: &Facts) -> Code {
    match cause {
        Cause::Transport(_) => Code::V03,
        Cause::BadAnswer(_) => Code::R10,
        Cause::PlainHttpToTls => Code::V05,
        Cause::Sealed | Cause::NotInitialized | Cause::NoActiveNode => Code::V16,
        Cause::RateLimited { .. } => Code::V17,
        Cause::ServerFault | Cause::Upgrading => Code::V18,
        Cause::RequestTooLarge => Code::Y23,
        Cause::NamespaceNotFound | Cause::NamespaceLocked => Code::C21,
        Cause::LoginDenied => Code::V06,
        Cause::NotConfigured => Code::V24,
        Cause::RoleMissing => Code::Y02,
        Cause::RoleUnknown => Code::Y03,
        Cause::RoleIsOidc | Cause::MountIsOidc => Code::J08,
        Cause::IdTokenMissing | Cause::IdTokenMalformed => Code::R28,
        Cause::DiscoveryFailed => Code::J16,
        Cause::KeysUnreachable => Code::J15,
        Cause::Signature | Cause::Algorithm => Code::J13,
        Cause::Issuer => Code::J03,
        Cause::Subject => Code::J04,
        Cause::Audience => Code::J01,
        Cause::AudienceUnbound => Code::J02,
        Cause::Expired | Cause::NoTimes => Code::J11,
        Cause::NotYetValid | Cause::IssuedInFuture => Code::J12,
        Cause::UserClaim { .. } => Code::J09,
        Cause::MappedClaim { .. } | Cause::GroupsClaim { .. } => Code::J10,
        Cause::ClaimMissing { .. } => Code::J07,
        Cause::ClaimMismatch { claim } if claim.as_deref() == Some("ref_protected") => Code::J05,
        Cause::ClaimMismatch { .. } | Cause::ClaimType => Code::J06,
        Cause::PolicyTemplate | Cause::PolicyNotAllowed | Cause::LoginRefused => Code::V25,
        Cause::Wrapped | Cause::Mfa => Code::V22,
        Cause::EmptyClientToken | Cause::UnusableClientToken => Code::R18,
        Cause::InlineUnsupported => Code::R30,
        Cause::ReadDenied => Code::V07,
        Cause::SessionRefused | Cause::AlreadyGone => Code::V20,
        Cause::PathMissing => Code::C20,
        Cause::VersionDeleted { .. } => Code::V12,
        Cause::VersionDestroyed { .. } => Code::V13,
        Cause::WrongEngine => Code::V15,
        Cause::NoSuchMount => Code::V14,
        Cause::FieldMissing { .. } => Code::Y08,
        Cause::ValueNotText { .. } => Code::Y17,
        Cause::ValueEmpty => Code::R16,
        Cause::ValueLineBreak => Code::G23,
        Cause::ReadRefused | Cause::RevokeDenied | Cause::NotRevocable | Cause::RevokeRefused => {
            match facts.status {
                Some(status) if status >= 500 => Code::V18,
                _ => Code::V26,
            }
        }
    }
}

/// Adds the server's own words, or why there are none.
pub(super) fn words(finding: Finding, name: &'static str, error: &Error) -> Finding {
    match (&error.facts.text, &error.cause) {
        (Some(text), _) => finding.with(name, text),
        (None, Cause::Transport(error)) => finding.because(name, transport::words(error)),
        (None, Cause::NotRevocable) => finding.because(name, Reason::new("reason-batch-token")),
        (None, _) => finding.because(name, Reason::new("reason-no-words")),
    }
}

/// Adds a fact that may not be there; `otherwise` says so.
pub(super) fn known(
    finding: Finding,
    name: &'static str,
    value: Option<impl ToString>,
    otherwise: &'static str,
) -> Finding {
    match value {
        Some(value) => finding.with(name, value),
        None => finding.because(name, Reason::new(otherwise)),
    }
}

fn common(finding: Finding, error: &Error) -> Finding {
    let facts = &error.facts;
    let finding = match finding.code {
        Code::R09 | Code::R10 | Code::C22 | Code::C23 => finding,
        _ => words(finding, "text", error),
    };
    let finding = known(finding, "namespace", facts.namespace.as_ref(), NONE);
    let finding = known(finding, "role", facts.role.as_ref(), "reason-default-role");
    let finding = known(finding, "status", facts.status, NONE);
    let date = facts.date.as_deref().map(server_time);
    known(finding, "now", date, "reason-not-known")
        .with("url", server(&facts.url))
        .with("request", request(facts))
        .request_id(facts.request_id.as_deref())
}

/// What is said of a fact that is not there.
pub(super) const NONE: &str = "reason-none";

/// Method and path, as the server's log has them.
fn request(facts: &Facts) -> String {
    let method = if facts.secret.is_some() {
        "GET"
    } else {
        "POST"
    };
    let path = &facts.url[server(&facts.url).len()..];
    format!("{method} {path}")
}

/// The server's own clock, in our format.
fn server_time(date: &str) -> String {
    lifetime::parse_http(date).map_or_else(|| date.to_owned(), lifetime::format)
}

/// Scheme, host and port of a URL.
fn server(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |index| index + 3);
    let end = url[after_scheme..]
        .find('/')
        .map_or(url.len(), |index| after_scheme + index);
    &url[..end]
}

fn secret(finding: Finding, facts: &Facts) -> Finding {
    let finding = match &facts.auth_mount {
        Some(mount) => finding.with("mount", mount),
        None => finding,
    };
    let Some(secret) = &facts.secret else {
        return finding;
    };
    let finding = if facts.auth_mount.is_none() {
        finding.with("mount", secret.mount())
    } else {
        finding
    };
    let finding = finding
        .with("path", secret.api_read_path())
        .with("secret", secret.path())
        .with("field", secret.field())
        .with("source", secret)
        .with("parent", parent(secret));
    known(finding, "version", secret.version(), "reason-latest")
}

fn parent(secret: &SecretRef) -> &str {
    secret
        .path()
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent)
}

fn claims(finding: Finding, cause: &Cause, claims: &Claims) -> Finding {
    let claim = match cause {
        Cause::ClaimMissing { claim } | Cause::ClaimMismatch { claim } => claim.as_deref(),
        _ => None,
    };
    let value = claim.and_then(|claim| claims.get(claim));
    let audiences = Some(claims.audiences().join(", ")).filter(|text| !text.is_empty());
    let valid_from = claims.not_before().or(claims.issued_at());
    [
        ("audience", audiences),
        ("issuer", claims.issuer().map(str::to_owned)),
        ("subject", claims.subject().map(str::to_owned)),
        ("ref", claims.ref_name().map(str::to_owned)),
        ("claim", claim.map(str::to_owned)),
        ("value", value.map(Value::to_string)),
        ("expires", claims.expires_at().map(lifetime::format)),
        ("valid_from", valid_from.map(lifetime::format)),
    ]
    .into_iter()
    .fold(finding, |finding, (name, value)| {
        known(finding, name, value, NONE)
    })
}

fn details(finding: Finding, cause: &Cause, facts: &Facts) -> Finding {
    match cause {
        Cause::BadAnswer(answer) => bad_answer(finding, answer),
        Cause::ReadDenied => finding.because(
            "session",
            match &facts.policies {
                Some(policies) => {
                    Reason::new("reason-session-policies").with("policies", policies.join(", "))
                }
                None => Reason::new("reason-inline-policies"),
            },
        ),
        Cause::Wrapped => finding.because("text", Reason::new("reason-wrapped")),
        Cause::Mfa => finding.because("text", Reason::new("reason-mfa")),
        Cause::Sealed => state(finding, "reason-sealed", "reason-unseal"),
        Cause::NotInitialized => state(finding, "reason-not-initialised", "reason-initialise"),
        Cause::NoActiveNode => state(finding, "reason-no-active-node", "reason-elect"),
        Cause::ServerFault | Cause::Upgrading => match (facts.status, &facts.text) {
            (Some(status), Some(text)) => finding.because(
                "text",
                Reason::new("reason-answered")
                    .with("status", status)
                    .with("text", text),
            ),
            (Some(status), None) => finding.because(
                "text",
                Reason::new("reason-answered-only").with("status", status),
            ),
            (None, _) => finding,
        },
        Cause::RateLimited { leases: true, .. } => {
            finding.because("remedy", Reason::new("reason-fewer-leases"))
        }
        Cause::RateLimited {
            retry_after: Some(wait),
            ..
        } => finding.because(
            "remedy",
            Reason::new("reason-come-again").with("wait", format!("{}s", wait.as_secs())),
        ),
        Cause::RateLimited { .. } => {
            finding.because("remedy", Reason::new("reason-fewer-requests"))
        }
        Cause::FieldMissing { fields } => {
            let fields = Some(fields.join(", ")).filter(|text| !text.is_empty());
            known(finding, "fields", fields, NONE)
        }
        Cause::ValueNotText { found } => finding.with("kind", found),
        Cause::ValueLineBreak => {
            store_again(finding, facts).because("problem", Reason::new("reason-line-break-plain"))
        }
        Cause::EmptyClientToken => finding.because("problem", Reason::new("reason-nothing")),
        Cause::UnusableClientToken => {
            finding.because("problem", Reason::new("reason-line-break-plain"))
        }
        Cause::IdTokenMissing | Cause::IdTokenMalformed => finding
            .with("variable", "ID token")
            .because("problem", Reason::new("reason-server-sees-no-jwt")),
        Cause::VersionDeleted { version, at } => {
            let finding = finding.with("deleted_at", at);
            match version {
                Some(version) => finding.with("version", version),
                None => finding,
            }
        }
        Cause::VersionDestroyed {
            version: Some(version),
        } => finding.with("version", version),
        _ => finding,
    }
}

/// What keeps the server from answering, and who can change that.
fn state(finding: Finding, state: &'static str, remedy: &'static str) -> Finding {
    finding
        .because("state", Reason::new(state))
        .because("remedy", Reason::new(remedy))
}

/// How the stored value is replaced by one without a line break.
fn store_again(finding: Finding, facts: &Facts) -> Finding {
    let Some(secret) = &facts.secret else {
        return finding;
    };
    let remedy = Reason::new("reason-store-again")
        .with("mount", secret.mount())
        .with("secret", secret.path())
        .with("field", secret.field());
    finding.because("remedy", remedy)
}

fn bad_answer(finding: Finding, answer: &BadAnswer) -> Finding {
    let reason = match &answer.problem {
        AnswerProblem::Truncated { received } => {
            Reason::new("reason-truncated").with("bytes", received)
        }
        AnswerProblem::TooLarge { limit } => Reason::new("reason-too-large").with("bytes", limit),
        AnswerProblem::Empty => Reason::new("reason-empty-answer"),
        AnswerProblem::Html => Reason::new("reason-html"),
        AnswerProblem::NotUtf8 => Reason::new("reason-not-utf8"),
        AnswerProblem::NotJson => Reason::new("reason-not-json"),
        AnswerProblem::Shape { expected: "object" } => Reason::new("reason-no-object"),
        AnswerProblem::Shape { expected } => Reason::new("reason-shape").with("expected", expected),
    };
    known(finding, "content_type", answer.content_type.as_ref(), NONE).because("problem", reason)
}
