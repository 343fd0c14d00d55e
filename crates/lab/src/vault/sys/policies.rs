//! `sys/policies/acl`, and `sys/policy`, its older name.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use build_token_vault::rules::{
    acl::Operation,
    fields::{self, Kind, positive_seconds},
    kv,
    policy::Policy,
    quote::quoted,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

use super::super::{
    endpoint::{Call, Endpoint, Rest},
    reply::{Answer, Fault, Reply},
    state::StoredPolicy,
};

const FIELDS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("policy", Kind::Text),
    ("ttl", Kind::Seconds),
    ("expiration", Kind::Text),
    ("cas", Kind::Integer),
    ("cas_required", Kind::Switch),
];
const LEGACY_FIELDS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("policy", Kind::Text),
    ("rules", Kind::Text),
    ("ttl", Kind::Seconds),
    ("expiration", Kind::Text),
    ("cas", Kind::Integer),
    ("cas_required", Kind::Switch),
];

pub(super) const LIST: Endpoint =
    Endpoint::new("policies/acl", Rest::Slash, &[], &[(Operation::List, list)]);
pub(super) const ONE: Endpoint =
    Endpoint::new("policies/acl/", Rest::Some("name"), FIELDS, OPERATIONS);
pub(super) const LEGACY_LIST: Endpoint = Endpoint::new(
    "policy",
    Rest::Slash,
    &[],
    &[(Operation::Read, list), (Operation::List, list)],
);
pub(super) const LEGACY_ONE: Endpoint =
    Endpoint::new("policy/", Rest::Some("name"), LEGACY_FIELDS, OPERATIONS);

const OPERATIONS: &[(Operation, super::super::endpoint::Handler)] = &[
    (Operation::Read, read),
    (Operation::Update, write),
    (Operation::Delete, delete),
    (Operation::List, list),
];

fn is_legacy(call: &Call<'_>) -> bool {
    call.inner.starts_with("policy")
}

/// Policies with a directory in their name come after those without, and `root` is last.
fn list(call: &Call<'_>) -> Answer {
    let directory = call.text("name");
    let mut names = kv::scan(&call.core.state().policies, "");
    names.retain(|name| name.starts_with(&directory));
    if directory.is_empty() {
        names.push("root".to_owned());
    }
    let mut data = json!({ "keys": names });
    if is_legacy(call) {
        data["policies"] = data["keys"].clone();
    }
    Ok(Some(Reply::data(data)))
}

fn read(call: &Call<'_>) -> Answer {
    let name = call.text("name").to_lowercase();
    let text_name = if is_legacy(call) { "rules" } else { "policy" };
    if name == "root" {
        let data = json!({ "name": name, text_name: "", "version": 0, "cas_required": false });
        return Ok(Some(Reply::data(data)));
    }
    let state = call.core.state();
    let alive = |stored: &&StoredPolicy| stored.expires.is_none_or(|expires| call.now < expires);
    let Some(stored) = state.policies.get(&name).filter(alive) else {
        return Ok(None);
    };
    let mut data = json!({
        "name": name,
        text_name: stored.text,
        "version": stored.version,
        "cas_required": stored.cas_required,
    });
    if let Some(expires) = stored.expires {
        data["expiration"] = expires.to_string().into();
    }
    if let Some(modified) = stored.modified {
        data["modified"] = modified.to_string().into();
    }
    Ok(Some(Reply::data(data)))
}

fn write(call: &Call<'_>) -> Answer {
    let given = call.text("name");
    let name = given.to_lowercase();
    let mut warnings = Vec::new();
    if name != given {
        warnings.push(format!("policy name was converted to {name}"));
    }
    let mut text = call.text("policy");
    if text.is_empty() && is_legacy(call) {
        text = call.text("rules");
        warnings.push("'rules' is deprecated, please use 'policy' instead".to_owned());
    }
    if text.is_empty() {
        return Err(Fault::refused("'policy' parameter not supplied or empty"));
    }
    if let Some(decoded) = STANDARD
        .decode(&text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
    {
        text = decoded;
    }
    let expires = expiry(call)?;
    let policy =
        Policy::parse(&name, &text, call.now).map_err(|error| Fault::refused(error.to_string()))?;
    if name == "root" || name == "response-wrapping" {
        return Err(Fault::refused(format!(
            "cannot update {} policy",
            quoted(&name)
        )));
    }
    let mut state = call.core.state();
    let known = state.policies.get(&name);
    check_cas(call, known)?;
    let stored = StoredPolicy {
        policy: Arc::new(policy),
        text,
        version: known.map_or(0, |known| known.version) + 1,
        cas_required: call.switch("cas_required"),
        modified: Some(call.now),
        expires,
    };
    state.policies.insert(name, stored);
    Ok(Reply::only_warnings(warnings))
}

fn expiry(call: &Call<'_>) -> Result<Option<Timestamp>, Fault> {
    let expiration = call.data.get("expiration").filter(|value| !value.is_null());
    let expires = match (expiration, call.read("ttl", positive_seconds)) {
        (Some(_), Some(_)) => {
            return Err(Fault::refused(
                "cannot supply both 'expiration' and 'ttl' for policies",
            ));
        }
        (Some(Value::String(text)), None) => Some(text.parse().map_err(|_| {
            let error = fields::conversion("expiration", "could not parse string as date and time");
            Fault::refused(format!("Field validation failed: {error}"))
        })?),
        (Some(other), None) => {
            Timestamp::from_second(fields::integer(other).unwrap_or_default()).ok()
        }
        (None, Some(ttl)) => call.now.checked_add(SignedDuration::from_secs(ttl)).ok(),
        (None, None) => None,
    };
    if expires.is_some_and(|expires| expires <= call.now) {
        return Err(Fault::refused(
            "refusing to update policy as expiration time has already elapsed",
        ));
    }
    Ok(expires)
}

fn check_cas(call: &Call<'_>, known: Option<&StoredPolicy>) -> Result<(), Fault> {
    match call.read("cas", fields::integer) {
        None if known.is_some_and(|known| known.cas_required)
            || call.switch("cas_required") && known.is_none() =>
        {
            Err(Fault::refused(
                "check-and-set parameter required for this call",
            ))
        }
        None => Ok(()),
        Some(-1) if known.is_some() => Err(Fault::refused(
            "check-and-set parameter set to -1 on existing entry",
        )),
        Some(cas) => {
            let current = known.map_or(0, |known| known.version);
            let fits = u64::try_from(cas) == Ok(current) || cas == -1 && known.is_none();
            if fits {
                Ok(())
            } else {
                Err(Fault::refused(
                    "check-and-set parameter did not match the current version",
                ))
            }
        }
    }
}

fn delete(call: &Call<'_>) -> Answer {
    match call.text("name").to_lowercase().as_str() {
        "default" => Err(Fault::refused("cannot delete default policy")),
        name @ ("root" | "response-wrapping") => Err(Fault::refused(format!(
            "cannot delete {} policy",
            quoted(name)
        ))),
        name => {
            call.core.state().policies.remove(name);
            Ok(None)
        }
    }
}
