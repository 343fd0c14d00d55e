//! Which check speaks first, and what is decided before the keys are asked.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{super::*, NOW, claims, configuration, log_in, map, now, refusal, role, with};
use crate::rules::token::Limits;

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
