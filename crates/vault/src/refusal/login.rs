//! Refusals at login. All but denial are 400, also those that lie between Vault and GitLab.

use super::{between, is_bad_token};
use crate::error::Cause;

/// The cause of a login that was answered with `status` and `text`.
///
/// Vault's trouble with GitLab comes first: it quotes errors of the network and of TLS, which
/// have nothing to do with the way from the job to Vault.
pub(crate) fn login(status: u16, text: &str) -> Cause {
    upstream(text)
        .or_else(|| setup(text))
        .or_else(|| standard_claims(text))
        .or_else(|| other_claims(text))
        .or_else(|| signature(text))
        .unwrap_or(match status {
            403 | 404 => Cause::LoginDenied,
            500..=599 => Cause::ServerFault,
            _ => Cause::LoginRefused,
        })
}

/// Whether an inline request was answered by a server that looked for a token as if there were no
/// such headers, or that cannot do this request inline. `marked` is a login refused as such.
pub(crate) fn ignores_inline_auth(status: u16, text: &str, marked: bool) -> bool {
    let cannot = [
        "cannot layer inline authentication",
        "inline authentication cannot generate",
    ];
    let no_token = matches!(status, 400 | 401 | 403) && is_bad_token(text);
    cannot.iter().any(|words| text.contains(words)) || (no_token && !marked)
}

/// Vault → GitLab.
fn upstream(text: &str) -> Option<Cause> {
    let has = |words: &str| text.contains(words);
    if has("unsupported config type") {
        return Some(Cause::MountIsOidc);
    }
    if has("error configuring token validator")
        || has("error checking oidc discovery URL")
        || has("error checking jwks URL")
    {
        return Some(Cause::DiscoveryFailed);
    }
    has("fetching keys").then_some(Cause::KeysUnreachable)
}

/// The mount, the role, and whether there is an ID token at all.
fn setup(text: &str) -> Option<Cause> {
    let has = |words: &str| text.contains(words);
    Some(if has("could not load configuration") {
        Cause::NotConfigured
    } else if has("missing role") {
        Cause::RoleMissing
    } else if has("role \"") && has("could not be found") {
        Cause::RoleUnknown
    } else if has("role with oidc role_type is not allowed") {
        Cause::RoleIsOidc
    } else if has("missing client token") {
        Cause::LoginDenied
    } else if has("missing token") {
        Cause::IdTokenMissing
    } else if has("must have three parts") || has("illegal base64") || has("malformed jwt") {
        Cause::IdTokenMalformed
    } else if has("failed to template policy") {
        Cause::PolicyTemplate
    } else if has("cannot create root tokens") || has("cannot assign policy") {
        Cause::PolicyNotAllowed
    } else {
        return None;
    })
}

/// Issuer, subject, audience and times.
fn standard_claims(text: &str) -> Option<Cause> {
    let has = |words: &str| text.contains(words);
    Some(
        if has("invalid issuer (iss)") || has("iss claim does not match") {
            Cause::Issuer
        } else if has("invalid subject (sub)") || has("sub claim does not match") {
            Cause::Subject
        } else if has("no audiences bound to the role") {
            Cause::AudienceUnbound
        } else if has("invalid audience (aud)") || has("aud claim does not match") {
            Cause::Audience
        } else if has("no issued at (iat), not before (nbf), or expiration time") {
            Cause::NoTimes
        } else if has("token is expired") || has("Token is expired") {
            Cause::Expired
        } else if has("token not yet valid") {
            Cause::NotYetValid
        } else if has("token issued in the future") {
            Cause::IssuedInFuture
        } else {
            return None;
        },
    )
}

/// The role's own claims.
fn other_claims(text: &str) -> Option<Cause> {
    let has = |words: &str| text.contains(words);
    let quoted = || between(text, "claim \"", '"').map(str::to_owned);
    Some(if has("failed to fetch groups") || has("in groups claim") {
        let claim = between(text, "groups: \"", '"').map(str::to_owned);
        Cause::GroupsClaim { claim }
    } else if has("string list") {
        Cause::GroupsClaim {
            claim: between(text, "\"", '"').map(str::to_owned),
        }
    } else if has("error converting claim '") {
        Cause::MappedClaim {
            claim: between(text, "claim '", '\'').map(str::to_owned),
        }
    } else if has("received claim is not a") {
        Cause::ClaimType
    } else if has("claim \"") && has("is missing") {
        Cause::ClaimMissing { claim: quoted() }
    } else if has("claim \"") && has("does not match") {
        Cause::ClaimMismatch { claim: quoted() }
    } else if has("not found in token") || has("could not be converted to string") {
        Cause::UserClaim { claim: quoted() }
    } else if has("missing name in alias") {
        Cause::UserClaim { claim: None }
    } else {
        return None;
    })
}

/// The signature, where nothing better is known.
fn signature(text: &str) -> Option<Cause> {
    let has = |words: &str| text.contains(words);
    if has("unexpected algorithm") || has("unexpected signature algorithm") {
        return Some(Cause::Algorithm);
    }
    let unverified = has("error verifying token signature")
        || has("no known key successfully validated")
        || has("failed to verify id token signature");
    unverified.then_some(Cause::Signature)
}
