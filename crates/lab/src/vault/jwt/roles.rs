//! `auth/<mount>/role`: which ID tokens get which session.

use std::sync::Arc;

use build_token_vault::rules::{
    acl::Operation,
    fields::Kind,
    login::{RoleDefinition, RoleType},
};
use serde_json::{Value, json};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest, page},
        reply::{Answer, Fault, Reply},
    },
    mount,
};

const FIELDS: &[(&str, Kind)] = &with_name();

/// A role's parameters, and the name that its path gives.
const fn with_name() -> [(&'static str, Kind); RoleDefinition::FIELDS.len() + 1] {
    let mut fields = [("name", Kind::Text); RoleDefinition::FIELDS.len() + 1];
    let mut index = 0;
    while index < RoleDefinition::FIELDS.len() {
        fields[index + 1] = RoleDefinition::FIELDS[index];
        index += 1;
    }
    fields
}

pub(super) const LIST: Endpoint = Endpoint::new(
    "role",
    Rest::Slash,
    &[("after", Kind::Text), ("limit", Kind::Integer)],
    &[(Operation::List, list)],
);
pub(super) const ONE: Endpoint = Endpoint::new(
    "role/",
    Rest::Name("name"),
    FIELDS,
    &[
        (Operation::Read, read),
        (Operation::Create, write),
        (Operation::Update, write),
        (Operation::Delete, delete),
    ],
)
.exists(exists);

fn name(call: &Call<'_>) -> String {
    call.text("name").to_lowercase()
}

fn exists(call: &Call<'_>) -> bool {
    let known = mount(call, &mut call.core.state(), |jwt| {
        jwt.roles.contains_key(&name(call))
    });
    known.unwrap_or_default()
}

fn list(call: &Call<'_>) -> Answer {
    let names = mount(call, &mut call.core.state(), |jwt| {
        jwt.roles.keys().cloned().collect()
    })?;
    Ok(Some(Reply::keys(page(call, names))))
}

fn write(call: &Call<'_>) -> Answer {
    let mut state = call.core.state();
    let limits = state
        .mounts
        .get(call.mount)
        .map(|mount| mount.limits())
        .unwrap_or_default();
    let warnings = mount(call, &mut state, |jwt| {
        let previous = jwt.roles.get(&name(call)).map(AsRef::as_ref);
        let (role, warnings) = RoleDefinition::read(&call.data, previous, limits)?;
        jwt.roles.insert(name(call), Arc::new(role));
        Ok(warnings)
    })?;
    warnings
        .map(Reply::only_warnings)
        .map_err(|text: String| Fault::refused(text))
}

fn delete(call: &Call<'_>) -> Answer {
    mount(call, &mut call.core.state(), |jwt| {
        jwt.roles.remove(&name(call))
    })?;
    Ok(None)
}

fn read(call: &Call<'_>) -> Answer {
    let role = mount(call, &mut call.core.state(), |jwt| {
        jwt.roles.get(&name(call)).cloned()
    })?;
    Ok(role.map(|role| Reply::data(shown(&role))))
}

/// Lists and maps that were never set are `null`, those of the token are empty.
fn shown(role: &RoleDefinition) -> Value {
    let or_null = |name: &str, value: Value| {
        if role.given.contains(name) {
            value
        } else {
            Value::Null
        }
    };
    let token = &role.token;
    let networks: Vec<String> = token
        .bound_networks
        .iter()
        .map(ToString::to_string)
        .collect();
    let mappings: serde_json::Map<String, Value> = role
        .claim_mappings
        .iter()
        .map(|(claim, key)| (claim.clone(), key.as_str().into()))
        .collect();
    let browser = |name: &str, default: Value| role.browser.get(name).cloned().unwrap_or(default);
    let mut shown = json!({
        "role_type": match role.role_type { RoleType::Jwt => "jwt", RoleType::Oidc => "oidc" },
        "expiration_leeway": role.leeways.expiration,
        "not_before_leeway": role.leeways.not_before,
        "clock_skew_leeway": role.leeways.clock_skew,
        "bound_audiences": or_null("bound_audiences", role.bound_audiences.clone().into()),
        "bound_subject": role.bound_subject,
        "bound_claims_type": if role.globs { "glob" } else { "string" },
        "bound_claims": or_null("bound_claims", role.bound_claims.clone().into()),
        "claim_mappings": or_null("claim_mappings", mappings.into()),
        "oauth2_metadata": browser("oauth2_metadata", Value::Null),
        "user_claim": role.user_claim,
        "user_claim_json_pointer": role.user_claim_json_pointer,
        "groups_claim": role.groups_claim,
        "allowed_redirect_uris": browser("allowed_redirect_uris", Value::Null),
        "callback_mode": browser("callback_mode", json!("client")),
        "oidc_scopes": browser("oidc_scopes", Value::Null),
        "verbose_oidc_logging": browser("verbose_oidc_logging", json!(false)),
        "max_age": browser("max_age", json!(0)),
        "token_policies_template_claims": role.policies_template_claims,
        "token_bound_cidrs": networks,
        "token_explicit_max_ttl": token.explicit_max_ttl,
        "token_max_ttl": token.max_ttl,
        "token_no_default_policy": token.no_default_policy,
        "token_period": token.period,
        "token_policies": token.policies,
        "token_type": token.kind.name(),
        "token_ttl": token.ttl,
        "token_num_uses": token.num_uses,
        "token_strictly_bind_ip": token.strictly_bind_ip,
    });
    if let Some(interval) = role
        .browser
        .get("poll_interval")
        .filter(|interval| **interval != json!(0))
    {
        shown["poll_interval"] = interval.clone();
    }
    // Old names are shown where they were used, with what became of them.
    for old in role.deprecated.keys() {
        shown[old] = shown[format!("token_{old}")].clone();
    }
    shown
}
