//! Roles and configurations as they are written.

use serde_json::{Value, json};

use super::{super::*, map, role, with};
use crate::rules::token::Limits;

#[test]
fn roles_are_refused_with_the_servers_texts() {
    for (changes, expected) in [
        (json!({ "role_type": "x" }), "invalid 'role_type': x"),
        (
            json!({ "role_type": null }),
            "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
        ),
        (
            json!({ "user_claim": null }),
            "a user claim must be defined on the role",
        ),
        (
            json!({ "bound_audiences": null }),
            "must have at least one bound constraint when creating/updating a role",
        ),
        (
            json!({ "bound_claims_type": "x" }),
            "invalid 'bound_claims_type': x",
        ),
        (
            json!({ "bound_claims_type": "glob", "bound_claims": { "a": 3 } }),
            "claim is not a string: 3",
        ),
        (
            json!({ "bound_claims_type": "glob", "bound_claims": { "a": { "b": 1 } } }),
            "claim is not a string or list: map[b:1]",
        ),
        (
            json!({ "claim_mappings": { "a": "role" } }),
            "metadata key \"role\" is reserved and may not be a mapping destination",
        ),
        (
            json!({ "claim_mappings": { "a": "x", "b": "x" } }),
            "multiple keys are mapped to metadata key \"x\"",
        ),
        (
            json!({ "token_ttl": "2h", "token_max_ttl": "1h" }),
            "'token_ttl' cannot be greater than 'token_max_ttl'",
        ),
        (
            json!({ "ttl": "2h", "max_ttl": "1h" }),
            "ttl should not be greater than max ttl",
        ),
        (
            json!({ "token_type": "default-batch" }),
            "invalid 'token_type' value \"default-batch\"",
        ),
        (
            json!({ "token_type": "batch", "token_num_uses": 1 }),
            "'token_type' cannot be 'batch' or 'default_batch' when set to generate tokens with limited use count",
        ),
        (
            json!({ "token_type": "batch", "token_period": 1 }),
            "'token_type' cannot be 'batch' or 'default_batch' when set to generate periodic tokens",
        ),
        (
            json!({ "token_period": "9999h" }),
            "'period' of '\"9999h0m0s\"' is greater than the backend's maximum lease TTL of '\"768h0m0s\"'",
        ),
        (
            json!({ "token_strictly_bind_ip": true, "token_bound_cidrs": "10.0.0.0/8" }),
            "'token_strictly_bind_ip' conflicts with 'token_bound_cidrs'; set only one",
        ),
        (
            json!({ "token_ttl": -1 }),
            "error converting input for field \"token_ttl\": cannot provide negative value '-1'",
        ),
        (
            json!({ "callback_mode": "x" }),
            "invalid 'callback_mode': x",
        ),
    ] {
        let read =
            RoleDefinition::read(&map(with(role(), changes.clone())), None, Limits::default());
        assert_eq!(read.err().as_deref(), Some(expected), "{changes}");
    }
}

#[test]
fn an_update_keeps_what_it_does_not_mention_but_not_the_type() {
    let first = map(with(role(), json!({ "token_ttl": "1h" })));
    let (first, _) = RoleDefinition::read(&first, None, Limits::default()).unwrap();
    let update = map(json!({ "role_type": "jwt", "bound_subject": "x" }));
    let (second, _) = RoleDefinition::read(&update, Some(&first), Limits::default()).unwrap();
    assert_eq!(
        (second.token.ttl, second.bound_subject.as_str()),
        (3600, "x")
    );
    let update = map(json!({ "bound_subject": "x" }));
    assert!(RoleDefinition::read(&update, Some(&first), Limits::default()).is_err());
}

#[test]
fn configurations_name_their_keys_once() {
    let read = |given: Value| AuthConfiguration::read(&map(given), None).map(|read| read.keys);
    let one =
        "exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set";
    assert_eq!(read(json!({})), Err(one.to_owned()));
    assert_eq!(
        read(json!({ "jwks_url": "a", "oidc_discovery_url": "b" })),
        Err(one.to_owned())
    );
    assert_eq!(
        read(json!({ "jwks_url": "a" })),
        Ok(KeySource::Jwks("a".into(), String::new()))
    );
    let data = map(json!({ "jwks_url": "a", "jwt_supported_algs": ["RS256", "HS256"] }));
    let configuration = AuthConfiguration::read(&data, None).unwrap();
    let text = "invalid jwt_supported_algs: unsupported signing algorithm \"HS256\"";
    assert_eq!(configuration.check(&data), Err(text.to_owned()));
}
