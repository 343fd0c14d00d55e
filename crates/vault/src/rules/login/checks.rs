//! The checks of a login, each a question about role, claims and time alone, so that a login can
//! stop at the first that fails and an explanation can ask them all.

use std::{collections::BTreeMap, net::IpAddr};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    AuthConfiguration, Claims, Refusal, RoleDefinition, claims, jwt::ALGORITHMS, templates,
    times::Times,
};
use crate::rules::{quote::quoted, token};

/// What the checks look at.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The mount's configuration.
    pub configuration: &'a AuthConfiguration,
    /// The role.
    pub role: &'a RoleDefinition,
    /// The ID token's header: how it says that it was signed.
    pub algorithm: &'a str,
    /// The ID token's claims.
    pub claims: &'a Claims,
    /// From where the login comes.
    pub remote: IpAddr,
    /// The server's time.
    pub now: Timestamp,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginCheck {
    /// The algorithm is one that the mount accepts.
    Algorithm,
    /// The registered claims have their types.
    ClaimTypes,
    /// `iss` is the mount's.
    Issuer,
    /// `sub` is the role's.
    Subject,
    /// `aud` names one of the role's audiences.
    Audience,
    /// There is some time in it.
    TimePresent,
    /// It is valid already.
    NotBefore,
    /// It is valid still.
    Expiration,
    /// It does not come from the future.
    IssuedAt,
    /// If there is an audience, then the role has audiences.
    AudienceExpected,
    /// There is a name for who logs in.
    UserClaim,
    /// What becomes metadata are texts.
    ClaimMappings,
    /// Groups are texts.
    Groups,
    /// Claims have the role's values.
    BoundClaims,
    /// Policies that are templates can be filled in.
    PolicyTemplates,
    /// The name of who logs in is not empty.
    AliasName,
    /// The policies can be given by a login.
    Policies,
}

impl LoginCheck {
    /// All checks of a verified ID token, in the server's order.
    pub const ORDER: [Self; 17] = [
        Self::Algorithm,
        Self::ClaimTypes,
        Self::Issuer,
        Self::Subject,
        Self::Audience,
        Self::TimePresent,
        Self::NotBefore,
        Self::Expiration,
        Self::IssuedAt,
        Self::AudienceExpected,
        Self::UserClaim,
        Self::ClaimMappings,
        Self::Groups,
        Self::BoundClaims,
        Self::PolicyTemplates,
        Self::AliasName,
        Self::Policies,
    ];

    /// Asks this check alone.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn run(self, case: &Case<'_>) -> Result<(), Refusal> {
        match self {
            Self::Algorithm => algorithm(case),
            Self::ClaimTypes => Times::read(case.claims).map(drop).map_err(token_text),
            Self::Issuer => text_is(
                case,
                "iss",
                &case.configuration.bound_issuer,
                "invalid issuer (iss) claim",
            ),
            Self::Subject => text_is(
                case,
                "sub",
                &case.role.bound_subject,
                "invalid subject (sub) claim",
            ),
            Self::Audience => audience(case),
            Self::TimePresent => time_present(case),
            Self::NotBefore => not_before(case),
            Self::Expiration => expiration(case),
            Self::IssuedAt => issued_at(case),
            Self::AudienceExpected => audience_expected(case),
            Self::UserClaim => user(case).map(drop),
            Self::ClaimMappings => metadata(case).map(drop),
            Self::Groups => groups(case).map(drop),
            Self::BoundClaims => bound_claims(case),
            Self::PolicyTemplates => policies(case).map(drop),
            Self::AliasName => match user(case)? {
                "" => Err(Refusal::new(500, "missing name in alias")),
                _ => Ok(()),
            },
            Self::Policies => assignable(case),
        }
    }
}

fn bad(text: impl Into<String>) -> Refusal {
    Refusal::new(400, text)
}

/// A refusal of the ID token itself.
pub(super) fn token_text(text: impl AsRef<str>) -> Refusal {
    bad(format!("error validating token: {}", text.as_ref()))
}

fn algorithm(case: &Case<'_>) -> Result<(), Refusal> {
    let supported = &case.configuration.supported_algorithms;
    let fits = if supported.is_empty() {
        ALGORITHMS.contains(&case.algorithm)
    } else {
        supported.iter().any(|name| name == case.algorithm)
    };
    if fits {
        return Ok(());
    }
    Err(token_text(
        "invalid algorithm (alg) header parameter: token signed with unexpected algorithm",
    ))
}

fn text_is(case: &Case<'_>, claim: &str, bound: &str, refusal: &str) -> Result<(), Refusal> {
    let found = case
        .claims
        .get(claim)
        .and_then(Value::as_str)
        .unwrap_or_default();
    if bound.is_empty() || found == bound {
        Ok(())
    } else {
        Err(token_text(refusal))
    }
}

fn audiences<'a>(case: &Case<'a>) -> Vec<&'a str> {
    match case.claims.get("aud") {
        Some(Value::String(only)) => vec![only],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn audience(case: &Case<'_>) -> Result<(), Refusal> {
    let (bound, found) = (&case.role.bound_audiences, audiences(case));
    if bound.is_empty() || bound.iter().any(|bound| found.contains(&bound.as_str())) {
        return Ok(());
    }
    Err(token_text(
        "invalid audience (aud) claim: audience claim does not match any expected audience",
    ))
}

fn audience_expected(case: &Case<'_>) -> Result<(), Refusal> {
    if case.role.bound_audiences.is_empty() && !audiences(case).is_empty() {
        return Err(bad(
            "audience claim found in JWT but no audiences bound to the role",
        ));
    }
    Ok(())
}

fn times(case: &Case<'_>) -> Option<Times> {
    Times::read(case.claims).ok()?.completed(case.role.leeways)
}

fn time_present(case: &Case<'_>) -> Result<(), Refusal> {
    match Times::read(case.claims).map(|times| times.completed(case.role.leeways)) {
        Ok(None) => Err(token_text(
            "no issued at (iat), not before (nbf), or expiration time (exp) claims in token",
        )),
        _ => Ok(()),
    }
}

/// Asks about a time with the clock put forward by the tolerance, or back.
fn clock(case: &Case<'_>, forward: bool, late: impl FnOnce(&Times, Timestamp) -> bool) -> bool {
    let skew = SignedDuration::from_secs(match case.role.leeways.clock_skew {
        0 => 60,
        skew => skew.max(0),
    });
    let now = if forward {
        case.now.checked_add(skew)
    } else {
        case.now.checked_sub(skew)
    };
    times(case).is_none_or(|times| now.is_ok_and(|now| late(&times, now)))
}

fn not_before(case: &Case<'_>) -> Result<(), Refusal> {
    if clock(case, true, |times, now| at_least(now, times.not_before)) {
        return Ok(());
    }
    Err(token_text(
        "invalid not before (nbf) claim: token not yet valid",
    ))
}

fn expiration(case: &Case<'_>) -> Result<(), Refusal> {
    if clock(case, false, |times, now| at_most(now, times.expiration)) {
        return Ok(());
    }
    Err(token_text(
        "invalid expiration time (exp) claim: token is expired",
    ))
}

fn issued_at(case: &Case<'_>) -> Result<(), Refusal> {
    if clock(case, true, |times, now| at_least(now, times.issued_at)) {
        return Ok(());
    }
    Err(token_text(
        "invalid issued at (iat) claim: token issued in the future",
    ))
}

fn at_least(now: Timestamp, second: i64) -> bool {
    now.as_second() >= second
}

fn at_most(now: Timestamp, second: i64) -> bool {
    now.as_second() < second || now.as_second() == second && now.subsec_nanosecond() == 0
}

/// Who logs in: the user claim's text.
pub(super) fn user<'a>(case: &Case<'a>) -> Result<&'a str, Refusal> {
    let name = &case.role.user_claim;
    let found = if case.role.user_claim_json_pointer {
        claims::claim(case.claims, name)
    } else {
        case.claims.get(name).filter(|value| !value.is_null())
    };
    match found {
        None => Err(bad(format!("claim {} not found in token", quoted(name)))),
        // As a pointer the audience is always a list, even if it is only one.
        Some(Value::String(text)) if !(case.role.user_claim_json_pointer && name == "aud") => {
            Ok(text)
        }
        Some(_) => Err(bad(format!(
            "claim {} could not be converted to string",
            quoted(name)
        ))),
    }
}

/// The metadata: mapped claims that are there, and the role's name is added later.
pub(super) fn metadata(case: &Case<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut metadata = BTreeMap::new();
    for (claim, key) in &case.role.claim_mappings {
        match claims::claim(case.claims, claim) {
            None => {}
            Some(Value::String(text)) if claim != "aud" => {
                metadata.insert(key.clone(), text.clone());
            }
            Some(_) => return Err(bad(format!("error converting claim '{claim}' to string"))),
        }
    }
    Ok(metadata)
}

/// The names of groups.
pub(super) fn groups(case: &Case<'_>) -> Result<Vec<String>, Refusal> {
    let name = &case.role.groups_claim;
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let claim = claims::claim(case.claims, name).ok_or_else(|| {
        bad(format!(
            "failed to fetch groups: {} claim not found in token",
            quoted(name)
        ))
    })?;
    let single = std::slice::from_ref(claim);
    let members = match claim {
        Value::Array(members) => members.as_slice(),
        Value::Object(_) => {
            return Err(bad(format!(
                "{} claim could not be converted to string list",
                quoted(name)
            )));
        }
        _ => single,
    };
    let mut groups = Vec::new();
    for member in members {
        match member {
            Value::String(group) if group.is_empty() => {}
            Value::String(group) => groups.push(group.clone()),
            other => {
                let shown = claims::shown(other);
                return Err(bad(format!(
                    "value {shown} in groups claim could not be parsed as string"
                )));
            }
        }
    }
    Ok(groups)
}

fn bound_claims(case: &Case<'_>) -> Result<(), Refusal> {
    for (name, bound) in &case.role.bound_claims {
        bound_claim(case, name, bound)
            .map_err(|text| bad(format!("error validating claims: {text}")))?;
    }
    Ok(())
}

/// Whether one claim has one of a role's values.
fn bound_claim(case: &Case<'_>, name: &str, bound: &Value) -> Result<(), String> {
    let found = claims::claim(case.claims, name)
        .ok_or_else(|| format!("claim {} is missing", quoted(name)))?;
    let kinds = "is not a string, bool, int or list";
    let values = claims::claim_values(found)
        .ok_or_else(|| format!("received claim {kinds}: {}", claims::shown(found)))?;
    let wanted = claims::bound_values(bound)
        .ok_or_else(|| format!("bound claim {kinds}: {}", claims::shown(bound)))?;
    let fits = |wanted: &claims::Scalar<'_>, value: &claims::Scalar<'_>| match (wanted, value) {
        (claims::Scalar::Incomparable, _) => false,
        (claims::Scalar::Text(pattern), claims::Scalar::Text(text)) if case.role.globs => {
            claims::glob(pattern, text)
        }
        _ => !case.role.globs && wanted == value,
    };
    if wanted
        .iter()
        .any(|wanted| values.iter().any(|value| fits(wanted, value)))
    {
        return Ok(());
    }
    Err(format!(
        "claim {} does not match any associated bound claim values",
        quoted(name)
    ))
}

/// The policies of the session, `default` not yet added.
pub(super) fn policies(case: &Case<'_>) -> Result<Vec<String>, Refusal> {
    let written = &case.role.token.policies;
    if !case.role.policies_template_claims {
        return Ok(written.clone());
    }
    let mut policies = Vec::new();
    for (index, policy) in written.iter().enumerate() {
        let filled = templates::render(policy, case.claims).map_err(|error| {
            Refusal::new(500, format!("failed to template policy [{index}]: {error}"))
        })?;
        if !filled.is_empty() && !policies.contains(&filled) {
            policies.push(filled);
        }
    }
    Ok(policies)
}

fn assignable(case: &Case<'_>) -> Result<(), Refusal> {
    let policies = token::sanitize_policies(&policies(case)?, !case.role.token.no_default_policy);
    for policy in &policies {
        if policy == "root" {
            return Err(bad("auth methods cannot create root tokens"));
        }
        if !token::is_assignable(policy) {
            return Err(bad(format!("cannot assign policy {}", quoted(policy))));
        }
    }
    Ok(())
}
