use std::net::Ipv4Addr;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    claims::glob,
    jwt::{Jwt, Padding},
    *,
};
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

#[test]
fn the_first_check_that_fails_is_the_one_that_is_told() {
    let wrong = json!({ "iss": "x", "aud": "x", "exp": NOW - 900, "project_id": null });
    assert_eq!(
        refusal(json!({}), wrong).unwrap(),
        "error validating token: invalid issuer (iss) claim"
    );
    let wrong = json!({ "aud": "x", "exp": NOW - 900 });
    assert!(refusal(json!({}), wrong).unwrap().contains("(aud)"));
    let wrong = json!({ "exp": NOW - 900, "project_id": null });
    assert!(refusal(json!({}), wrong).unwrap().contains("(exp)"));
}

#[test]
fn every_check_can_be_asked_alone() {
    let configuration = configuration(json!({}));
    let (role, _) = RoleDefinition::read(
        &map(with(role(), json!({ "bound_subject": "x" }))),
        None,
        Limits::default(),
    )
    .unwrap();
    let claims = map(with(claims(), json!({ "iss": "x", "exp": NOW - 900 })));
    let case = Case {
        configuration: &configuration,
        role: &role,
        algorithm: "HS256",
        claims: &claims,
        remote: Ipv4Addr::LOCALHOST.into(),
        now: now(),
    };
    let failing: Vec<LoginCheck> = LoginCheck::ORDER
        .into_iter()
        .filter(|check| check.run(&case).is_err())
        .collect();
    let expected = [
        LoginCheck::Algorithm,
        LoginCheck::Issuer,
        LoginCheck::Subject,
        LoginCheck::Expiration,
    ];
    assert_eq!(failing, expected);
}

#[test]
fn missing_times_are_made_up() {
    for (role_changes, claim_changes, is_let_in) in [
        // Only an expiry: valid from 150 seconds before it, with 60 seconds of tolerance.
        (
            json!({}),
            json!({ "iat": null, "nbf": null, "exp": NOW + 210 }),
            true,
        ),
        (
            json!({}),
            json!({ "iat": null, "nbf": null, "exp": NOW + 211 }),
            false,
        ),
        (
            json!({ "not_before_leeway": "10m" }),
            json!({ "iat": null, "nbf": null, "exp": NOW + 600 }),
            true,
        ),
        // No expiry: 150 seconds of life.
        (
            json!({}),
            json!({ "nbf": null, "exp": null, "iat": NOW - 210 }),
            true,
        ),
        (
            json!({}),
            json!({ "nbf": null, "exp": null, "iat": NOW - 211 }),
            false,
        ),
        (
            json!({ "expiration_leeway": -1 }),
            json!({ "nbf": null, "exp": null, "iat": NOW - 61 }),
            false,
        ),
        (
            json!({}),
            json!({ "exp": 0, "nbf": null, "iat": NOW - 100 }),
            true,
        ),
        // A present time is judged with the tolerance alone.
        (
            json!({ "clock_skew_leeway": -1 }),
            json!({ "exp": NOW - 1 }),
            false,
        ),
        (
            json!({ "clock_skew_leeway": "2m" }),
            json!({ "exp": NOW - 119 }),
            true,
        ),
        (
            json!({ "expiration_leeway": "1h" }),
            json!({ "exp": NOW - 119 }),
            false,
        ),
        (json!({}), json!({ "exp": 1e300 }), false),
    ] {
        let said = refusal(role_changes.clone(), claim_changes.clone());
        assert_eq!(
            said.is_none(),
            is_let_in,
            "{role_changes} {claim_changes}: {said:?}"
        );
    }
}

#[test]
fn what_comes_before_the_keys() {
    let read = |role: Value| {
        RoleDefinition::read(&map(role), None, Limits::default())
            .unwrap()
            .0
    };
    let ask = |role: Option<&RoleDefinition>, id_token: &str| {
        let request = LoginRequest {
            role: "r",
            id_token,
            remote: Ipv4Addr::LOCALHOST.into(),
        };
        let never =
            |_: &str| -> Result<Verified, KeyError> { panic!("the keys must not be asked") };
        let refusal = login(
            &configuration(json!({})),
            ("r", role),
            request,
            never,
            now(),
        )
        .unwrap_err();
        (refusal.status, refusal.text)
    };
    assert_eq!(
        ask(None, "x"),
        (400, "role \"r\" could not be found".to_owned())
    );
    let browser = read(json!({ "user_claim": "a", "allowed_redirect_uris": "http://x" }));
    assert_eq!(
        ask(Some(&browser), "x"),
        (400, "role with oidc role_type is not allowed".to_owned())
    );
    assert_eq!(
        ask(Some(&read(role())), ""),
        (400, "missing token".to_owned())
    );
    let far = read(with(role(), json!({ "token_bound_cidrs": "10.0.0.0/8" })));
    assert_eq!(ask(Some(&far), "x"), (403, "permission denied".to_owned()));

    let text = |given: &str, configuration: Option<&AuthConfiguration>| {
        role_name(configuration, given).map_err(|refusal| refusal.text)
    };
    assert_eq!(
        text("", None),
        Err("could not load configuration".to_owned())
    );
    assert_eq!(
        text("", Some(&configuration(json!({})))),
        Err("missing role".to_owned())
    );
    assert_eq!(
        text("", Some(&configuration(json!({ "default_role": "ABC" })))),
        Ok("abc".to_owned())
    );
    assert_eq!(
        text(" R ", Some(&configuration(json!({})))),
        Ok(" r ".to_owned())
    );
}

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

#[test]
fn policies_can_be_templates_over_claims() {
    let role = |policies: Value| {
        with(
            role(),
            json!({ "token_policies": policies, "token_policies_template_claims": true }),
        )
    };
    let identity = log_in(
        &configuration(json!({})),
        &role(json!(["p-{{.project_id}}", "{{ .nested.x.y }}"])),
        &claims(),
    );
    assert_eq!(identity.unwrap().policies, ["default", "p-20", "z"]);
    let refusal = log_in(
        &configuration(json!({})),
        &role(json!(["{{.none}}"])),
        &claims(),
    )
    .unwrap_err();
    assert_eq!(refusal.status, 500);
    assert!(
        refusal.text.starts_with("failed to template policy [0]: "),
        "{refusal}"
    );
}

#[test]
fn structural_faults_have_the_parsers_texts() {
    let three = "go-jose/go-jose: compact JWS format must have three parts";
    for (token, expected) in [
        ("", three),
        ("a.b", three),
        ("a.b.c.d", three),
        ("!!.b.c", "illegal base64 data at input byte 0"),
        ("YWJj.b.c", "illegal base64 data at input byte 0"),
        (
            "YWJj.Yg.Yw",
            "invalid character 'a' looking for beginning of value",
        ),
        (
            "W10.Yg.Yw",
            "json: cannot unmarshal array into Go value of type jose.rawHeader",
        ),
        (
            "eyJhbGciOjN9.Yg.Yw",
            "failed to unmarshal algorithm: json: cannot unmarshal number into Go value of type string: \"3\"",
        ),
        ("{}", "go-jose/go-jose: missing payload in JWS message"),
    ] {
        assert_eq!(
            Jwt::parse(token, Padding::Refused).err().as_deref(),
            Some(expected),
            "{token}"
        );
    }
    let spaced = Jwt::parse(" eyJh bGciOiJSUzI1NiJ9.e30.Yg==\n", Padding::Allowed).unwrap();
    assert_eq!(
        (spaced.algorithm(), spaced.claims().unwrap().len()),
        ("RS256", 0)
    );
    assert!(Jwt::parse("eyJhbGciOiJSUzI1NiJ9.e30.Yg==", Padding::Refused).is_err());
}

proptest! {
    #[test]
    fn no_text_breaks_the_jwt_parser(token in "(\\PC|[.A-Za-z0-9_=-]){0,60}") {
        if let Ok(jwt) = Jwt::parse(&token, Padding::Allowed) {
            let _ = (jwt.check_algorithm(), jwt.claims(), jwt.key_id().len());
        }
    }

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
