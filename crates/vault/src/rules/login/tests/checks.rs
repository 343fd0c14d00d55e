//! Each check of a login on its own: what it says, and what it lets in.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{super::claims::glob, NOW, claims, configuration, log_in, refusal, role, with};

#[test]
fn an_id_token_becomes_an_identity() {
    let mappings = json!({ "claim_mappings": { "project_path": "path", "/nested/x/y": "deep", "none": "n" },
        "groups_claim": "groups", "token_ttl": "15m" });
    let identity = log_in(
        &configuration(json!({})),
        &with(role(), mappings),
        &claims(),
    )
    .unwrap();
    assert_eq!(identity.alias, "20");
    assert_eq!(
        json!(identity.metadata),
        json!({ "role": "r", "path": "g/p", "deep": "z" })
    );
    assert_eq!(identity.groups, ["a", "b"]);
    assert_eq!(identity.policies, ["default", "reader"]);
    assert_eq!(identity.token.ttl, 900);
}

#[test]
fn each_check_has_its_text() {
    let token = |text: &str| format!("error validating token: {text}");
    let bound = |text: &str| format!("error validating claims: {text}");
    let unmatched = |claim: &str| {
        bound(&format!(
            "claim \"{claim}\" does not match any associated bound claim values"
        ))
    };
    let cases = [
        (
            json!({}),
            json!({ "iss": "other" }),
            token("invalid issuer (iss) claim"),
        ),
        (
            json!({}),
            json!({ "iss": 3 }),
            token("json: cannot unmarshal number into Go struct field Claims.iss of type string"),
        ),
        (
            json!({ "bound_subject": "x" }),
            json!({}),
            token("invalid subject (sub) claim"),
        ),
        (
            json!({}),
            json!({ "aud": "x" }),
            token(
                "invalid audience (aud) claim: audience claim does not match any expected audience",
            ),
        ),
        (
            json!({}),
            json!({ "aud": 3 }),
            token("go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience"),
        ),
        (
            json!({}),
            json!({ "iat": null, "nbf": null, "exp": null }),
            token("no issued at (iat), not before (nbf), or expiration time (exp) claims in token"),
        ),
        (
            json!({}),
            json!({ "exp": "soon" }),
            token("go-jose/go-jose/jwt: expected number value to unmarshal NumericDate"),
        ),
        (
            json!({}),
            json!({ "exp": NOW - 61 }),
            token("invalid expiration time (exp) claim: token is expired"),
        ),
        (
            json!({}),
            json!({ "nbf": NOW + 61 }),
            token("invalid not before (nbf) claim: token not yet valid"),
        ),
        (
            json!({}),
            json!({ "iat": NOW + 61 }),
            token("invalid issued at (iat) claim: token issued in the future"),
        ),
        (
            json!({ "bound_audiences": null, "bound_subject": "project_path:g/p" }),
            json!({}),
            "audience claim found in JWT but no audiences bound to the role".to_owned(),
        ),
        (
            json!({ "user_claim": "none" }),
            json!({}),
            "claim \"none\" not found in token".to_owned(),
        ),
        (
            json!({ "user_claim": "runner_id" }),
            json!({}),
            "claim \"runner_id\" could not be converted to string".to_owned(),
        ),
        (
            json!({}),
            json!({ "project_id": "" }),
            "missing name in alias".to_owned(),
        ),
        (
            json!({ "claim_mappings": { "runner_id": "r" } }),
            json!({}),
            "error converting claim 'runner_id' to string".to_owned(),
        ),
        (
            json!({ "groups_claim": "none" }),
            json!({}),
            "failed to fetch groups: \"none\" claim not found in token".to_owned(),
        ),
        (
            json!({ "groups_claim": "nested" }),
            json!({}),
            "\"nested\" claim could not be converted to string list".to_owned(),
        ),
        (
            json!({ "groups_claim": "numbers" }),
            json!({}),
            "value 3 in groups claim could not be parsed as string".to_owned(),
        ),
        (
            json!({ "bound_claims": { "none": "x" } }),
            json!({}),
            bound("claim \"none\" is missing"),
        ),
        (
            json!({ "bound_claims": { "project_id": "21" } }),
            json!({}),
            unmatched("project_id"),
        ),
        (
            json!({ "bound_claims": { "ref_protected": true } }),
            json!({}),
            unmatched("ref_protected"),
        ),
        (
            json!({ "bound_claims": { "runner_id": "3" } }),
            json!({}),
            unmatched("runner_id"),
        ),
        (
            json!({ "bound_claims": { "numbers": 3 } }),
            json!({}),
            unmatched("numbers"),
        ),
        (
            json!({ "bound_claims": { "project_id": [] } }),
            json!({}),
            unmatched("project_id"),
        ),
        (
            json!({ "bound_claims": { "nested": "x" } }),
            json!({}),
            bound("received claim is not a string, bool, int or list: map[x:map[y:z]]"),
        ),
        (
            json!({ "token_policies": "root" }),
            json!({}),
            "auth methods cannot create root tokens".to_owned(),
        ),
        (
            json!({ "token_policies": "response-wrapping" }),
            json!({}),
            "cannot assign policy \"response-wrapping\"".to_owned(),
        ),
    ];
    for (role_changes, claim_changes, expected) in cases {
        let said = refusal(role_changes.clone(), claim_changes.clone());
        assert_eq!(
            said,
            Some(expected),
            "role {role_changes}, claims {claim_changes}"
        );
    }
}

#[test]
fn what_fits_is_let_in() {
    for (role_changes, claim_changes) in [
        (
            json!({}),
            json!({ "aud": ["x", "https://vault.example.com"] }),
        ),
        (json!({}), json!({ "exp": NOW - 59 })),
        (json!({}), json!({ "nbf": NOW + 60, "iat": NOW + 60 })),
        (
            json!({ "bound_claims": { "groups": ["z", "b"] } }),
            json!({}),
        ),
        (
            json!({ "bound_claims": { "runner_id": 3, "fraction": 3, "on": true } }),
            json!({}),
        ),
        (json!({ "bound_claims": { "/nested/x/y": "z" } }), json!({})),
        (
            json!({ "bound_claims": { "project_path": "g/*" }, "bound_claims_type": "glob" }),
            json!({}),
        ),
        (
            json!({ "user_claim": "/nested/x/y", "user_claim_json_pointer": true }),
            json!({}),
        ),
    ] {
        assert_eq!(
            refusal(role_changes.clone(), claim_changes.clone()),
            None,
            "{role_changes} {claim_changes}"
        );
    }
}

proptest! {
    /// `*` matches as a regular expression's `.*` would.
    #[test]
    fn globs_match_like_their_expansion(pattern in "[ab*]{0,6}", text in "[ab]{0,6}") {
        fn naive(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern.split_first(), text.split_first()) {
                (None, None) => true,
                (Some((b'*', rest)), _) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
                (Some((a, rest)), Some((b, more))) => a == b && naive(rest, more),
                _ => false,
            }
        }
        prop_assert_eq!(glob(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()), "{} {}", pattern, text);
    }

    /// Whatever the claims are, every check answers.
    #[test]
    fn no_claims_break_a_check(name in "(aud|exp|iat|nbf|iss|sub|project_id|groups|/nested/x/0)", value in any_json()) {
        let _ = refusal(json!({ "bound_claims": { &name: "x" }, "claim_mappings": { &name: "m" }, "groups_claim": name }),
            json!({ &name: value }));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
