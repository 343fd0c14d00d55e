mod checks;
mod jwt_parser;
mod order;
mod roles;

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::*;
use crate::rules::{fields::Parameters, token::Limits};

const NOW: i64 = 1_795_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn map(value: Value) -> Parameters {
    let Value::Object(map) = value else {
        panic!("a map is wanted")
    };
    map
}

/// The base with some members replaced; `null` takes a member away.
fn with(base: Value, changes: Value) -> Value {
    let mut base = map(base);
    for (name, value) in map(changes) {
        if value.is_null() {
            base.remove(&name)
        } else {
            base.insert(name, value)
        };
    }
    base.into()
}

fn claims() -> Value {
    json!({
        "iss": "https://gitlab.example.com", "sub": "project_path:g/p", "aud": "https://vault.example.com",
        "iat": NOW, "nbf": NOW - 5, "exp": NOW + 300, "project_id": "20", "project_path": "g/p",
        "ref_protected": "true", "runner_id": 3, "fraction": 3.7, "groups": ["a", "b"], "on": true,
        "nested": { "x": { "y": "z" } }, "numbers": [3],
    })
}

fn role() -> Value {
    json!({
        "role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
        "token_policies": "reader",
    })
}

fn configuration(changes: Value) -> AuthConfiguration {
    let base =
        json!({ "jwt_validation_pubkeys": "key", "bound_issuer": "https://gitlab.example.com" });
    AuthConfiguration::read(&map(with(base, changes)), None).unwrap()
}

fn log_in(
    configuration: &AuthConfiguration,
    role: &Value,
    claims: &Value,
) -> Result<Identity, Refusal> {
    let (role, _) = RoleDefinition::read(&map(role.clone()), None, Limits::default()).unwrap();
    let request = LoginRequest {
        role: "r",
        id_token: "x",
        remote: Ipv4Addr::LOCALHOST.into(),
    };
    let verify = |_: &str| {
        Ok(Verified {
            algorithm: "RS256".to_owned(),
            claims: map(claims.clone()),
        })
    };
    login(configuration, ("r", Some(&role)), request, verify, now())
}

fn refusal(role_changes: Value, claim_changes: Value) -> Option<String> {
    let configuration = configuration(json!({}));
    log_in(
        &configuration,
        &with(role(), role_changes),
        &with(claims(), claim_changes),
    )
    .err()
    .map(|refusal| refusal.text)
}
