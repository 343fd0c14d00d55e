//! What Vault refused, or why it was not reached: each cause with its code and the facts of this job.

use build_token_http::{Error as Http, RedirectRefusal, TlsProblem};
use build_token_identity::Claims;
use build_token_report::{Code, Finding, Reason};
use build_token_vault::{AnswerProblem, BadAnswer, Cause, Error, Facts, SecretRef};
use serde_json::Value;

use crate::lifetime;
use crate::plan::Fetch;

/// The finding for an error of Vault's client, with what the job itself knows: its claims.
#[must_use]
pub fn finding(error: &Error, fetch: &Fetch) -> Finding {
    let finding = match &error.cause {
        Cause::Transport(error) => transport(error),
        cause => Finding::new(code(cause, &error.facts)),
    };
    let finding = common(finding, &error.facts);
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

fn transport(error: &Http) -> Finding {
    let finding = |code| Finding::new(code).with("text", error);
    match error {
        Http::Tls { problem, .. } => finding(match problem {
            TlsProblem::UnknownAuthority | TlsProblem::AuthorityAsServer => Code::V01,
            TlsProblem::NameMismatch { .. } => Code::V02,
            TlsProblem::Expired | TlsProblem::NotYetValid => Code::V23,
            TlsProblem::Other => Code::V05,
        }),
        Http::PlainAnswer { .. } => finding(Code::V05),
        Http::NotHttp { .. } => {
            Finding::new(Code::R10).because("problem", Reason::new("reason-not-http"))
        }
        Http::Truncated { received, .. } => Finding::new(Code::R10).because(
            "problem",
            Reason::new("reason-truncated").with("bytes", received),
        ),
        Http::TooLarge { limit, .. } => Finding::new(Code::R10).because(
            "problem",
            Reason::new("reason-too-large").with("bytes", limit),
        ),
        Http::Timeout { .. } => finding(Code::V18),
        Http::Redirect { to, why, .. } => match why {
            RedirectRefusal::Downgrade => finding(Code::V05),
            RedirectRefusal::Elsewhere | RedirectRefusal::Unreadable => {
                Finding::new(Code::R09).with("target", to)
            }
        },
        Http::TooManyRedirects { to, .. } => Finding::new(Code::R09).with("target", to),
        Http::Roots { path, text } => Finding::new(Code::C23)
            .with("file", path.display())
            .with("problem", text),
        Http::Proxy { proxy, text } => {
            Finding::new(Code::C22).with("problem", format!("{proxy}: {text}"))
        }
        Http::BadHeader { .. } => {
            Finding::new(Code::R18).because("problem", Reason::new("reason-control"))
        }
        Http::NoSuchHost { .. }
        | Http::Refused { .. }
        | Http::Unreachable { .. }
        | Http::Closed { .. }
        | Http::Other { .. } => finding(Code::V03),
    }
}

/// The server's own words, or why there are none.
pub(super) fn words(error: &Error) -> String {
    let words = error.facts.text.clone();
    words.unwrap_or_else(|| error.cause.to_string())
}

fn common(finding: Finding, facts: &Facts) -> Finding {
    let words = facts.text.clone().unwrap_or_else(|| match facts.status {
        Some(status) => status.to_string(),
        None => "-".to_owned(),
    });
    let finding = if finding.facts.contains_key("text") {
        finding
    } else {
        finding.with("text", words)
    };
    finding
        .with("url", server(&facts.url))
        .with("namespace", or_dash(facts.namespace.as_ref()))
        .with("role", or_dash(facts.role.as_ref()))
        .with("status", or_dash(facts.status))
        .with("now", or_dash(facts.date.as_deref().map(server_time)))
        .request_id(facts.request_id.as_deref())
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
    finding
        .with("path", secret.api_read_path())
        .with("secret", secret.path())
        .with("field", secret.field())
        .with("source", secret)
        .with("parent", parent(secret))
        .with(
            "version",
            secret
                .version()
                .map_or_else(|| "latest".to_owned(), |version| version.to_string()),
        )
}

fn parent(secret: &SecretRef) -> &str {
    secret
        .path()
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent)
}

fn claims(finding: Finding, cause: &Cause, claims: &Claims) -> Finding {
    let text = |claim: Option<&str>| or_dash(claim);
    let claim = match cause {
        Cause::ClaimMissing { claim } | Cause::ClaimMismatch { claim } => claim.as_deref(),
        _ => None,
    };
    let value = claim
        .and_then(|claim| claims.get(claim))
        .map_or_else(|| "-".to_owned(), Value::to_string);
    let time = |seconds: Option<i64>| seconds.map_or_else(|| "-".to_owned(), lifetime::format);
    finding
        .with("audience", claims.audiences().join(", "))
        .with("issuer", text(claims.issuer()))
        .with("subject", text(claims.subject()))
        .with("ref", text(claims.ref_name()))
        .with("claim", text(claim))
        .with("value", value)
        .with("expires", time(claims.expires_at()))
        .with(
            "valid_from",
            time(claims.not_before().or(claims.issued_at())),
        )
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
        Cause::FieldMissing { fields } => finding.with("fields", fields.join(", ")),
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
        AnswerProblem::Html => Reason::new("reason-html"),
        AnswerProblem::NotUtf8 => Reason::new("reason-not-utf8"),
        AnswerProblem::NotJson => Reason::new("reason-not-json"),
        AnswerProblem::Shape { expected } => Reason::new("reason-shape").with("expected", expected),
    };
    finding
        .with(
            "content_type",
            answer.content_type.as_deref().unwrap_or("-"),
        )
        .because("problem", reason)
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
