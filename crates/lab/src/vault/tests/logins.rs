//! From an ID token to a secret.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{KEY, Server};

fn parameter(key: &str, value: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "key": key, "value": value }).to_string())
}

#[test]
fn a_job_logs_in_reads_and_revokes() {
    let server = Server::seeded();
    let before = server.vault.sessions();
    let auth = server.login("job");
    assert_eq!(auth["policies"], json!(["default", "reader"]));
    assert_eq!(auth["metadata"], json!({ "role": "job" }));
    assert_eq!(
        (&auth["renewable"], &auth["orphan"]),
        (&json!(true), &json!(true))
    );
    let token = auth["client_token"].as_str().unwrap();
    let (status, answer) = server.ask(token, "GET", "ci/data/build-token", Value::Null);
    assert_eq!(
        (status, &answer["data"]["data"]),
        (200, &json!({ "token": "glpat-x" }))
    );
    assert_eq!(answer["data"]["metadata"]["version"], 1);
    let denied = (
        403,
        "1 error occurred:\n\t* permission denied\n\n".to_owned(),
    );
    assert_eq!(
        server.refusal(token, "GET", "ci/metadata/build-token", Value::Null),
        denied
    );
    assert_eq!(
        server
            .ask(token, "POST", "auth/token/revoke-self", Value::Null)
            .0,
        204
    );
    let gone = (403, "permission denied".to_owned());
    assert_eq!(
        server.refusal(token, "GET", "ci/data/build-token", Value::Null),
        gone
    );
    assert_eq!(server.vault.sessions(), before);
}

#[test]
fn what_is_wrong_is_said_as_the_server_says_it() {
    let server = Server::seeded();
    let login = |path: &str, role: &str, jwt: String| {
        server.refusal("", "POST", path, json!({ "role": role, "jwt": jwt }))
    };
    let said = |status: u16, text: &str| (status, text.to_owned());
    assert_eq!(
        login("auth/none/login", "job", "x".into()),
        said(403, "permission denied")
    );
    assert_eq!(
        login("auth/jwt/login", "none", "x".into()),
        said(400, "role \"none\" could not be found")
    );
    assert_eq!(
        login("auth/jwt/login", "", "x".into()),
        said(400, "missing role")
    );
    assert_eq!(
        login("auth/jwt/login", "job", String::new()),
        said(400, "missing token")
    );
    let start = "error validating token: error verifying token signature: ";
    let unknown = format!("{start}no known key successfully validated the token signature");
    let forged = server.id_token(json!({})).replace(".ey", ".eyA");
    assert_eq!(login("auth/jwt/login", "job", forged), said(400, &unknown));
    let unsigned = KEY.sign(&json!({ "alg": "none" }), &json!({}));
    assert_eq!(
        login("auth/jwt/login", "job", unsigned),
        said(400, &unknown)
    );
    let three = format!("{start}go-jose/go-jose: compact JWS format must have three parts");
    assert_eq!(
        login("auth/jwt/login", "job", "a.b".into()),
        said(400, &three)
    );
    let expired = "error validating token: invalid expiration time (exp) claim: token is expired";
    let old = server.clock.now().as_second() - 900;
    let token = server.id_token(json!({ "exp": old + 300, "iat": old, "nbf": old }));
    assert_eq!(login("auth/jwt/login", "job", token), said(400, expired));
    assert_eq!(
        server.refusal("", "GET", "auth/jwt/login", Value::Null),
        said(405, "unsupported operation")
    );
}

#[test]
fn the_clock_moves_expiry() {
    let server = Server::seeded();
    let jwt = server.id_token(json!({}));
    server.clock.shift(jiff::SignedDuration::from_mins(10));
    let (status, _) = server.ask(
        "",
        "POST",
        "auth/jwt/login",
        json!({ "role": "job", "jwt": jwt }),
    );
    assert_eq!(status, 400);
}

#[test]
fn inline_auth_is_one_request_that_leaves_nothing() {
    let server = Server::seeded();
    server.role("once", json!({ "token_num_uses": 1 }));
    server.role("far", json!({ "token_bound_cidrs": "10.0.0.0/8" }));
    let before = server.vault.sessions();
    let jwt = parameter("jwt", &server.id_token(json!({})));
    let ask = |path: &str, role: &str, more: &[(&str, &str)]| {
        let role = parameter("role", role);
        let mut headers = vec![
            ("X-Vault-Inline-Auth-Path", "auth/jwt/login"),
            ("X-Vault-Inline-Auth-Parameter-role", role.as_str()),
            ("X-Vault-Inline-Auth-Parameter-jwt", jwt.as_str()),
        ];
        headers.extend(more);
        let response = server.send("GET", path, &headers, b"");
        let failed = response.header("X-Vault-Inline-Auth-Failed").is_some();
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        let text = answer["errors"][0].as_str().unwrap_or_default().to_owned();
        (response.status, text, failed, answer)
    };
    let (status, _, failed, answer) = ask("ci/data/build-token", "job", &[]);
    assert_eq!((status, failed), (200, false));
    assert_eq!(answer["data"]["data"]["token"], "glpat-x");
    let cases = [
        (
            "ci/metadata/x",
            "job",
            vec![],
            403,
            "1 error occurred:\n\t* permission denied\n\n",
            false,
        ),
        (
            "ci/data/x",
            "none",
            vec![],
            400,
            "role \"none\" could not be found",
            true,
        ),
        (
            "ci/data/x",
            "far",
            vec![],
            403,
            "failed to perform inline authentication: permission denied",
            false,
        ),
        (
            "ci/data/x",
            "once",
            vec![],
            500,
            "1 error occurred:\n\t* internal error\n\n",
            false,
        ),
        (
            "auth/token/lookup-self",
            "job",
            vec![],
            403,
            "bad token",
            false,
        ),
        (
            "ci/data/x",
            "job",
            vec![("X-Vault-Token", "root")],
            500,
            "failed to perform inline authentication: cannot layer inline authentication with token authentication",
            false,
        ),
        (
            "ci/data/x",
            "job",
            vec![("X-Vault-Inline-Auth-Operation", "read")],
            405,
            "failed to perform inline authentication: unsupported operation",
            false,
        ),
    ];
    for (path, role, more, status, text, failed) in cases {
        let found = ask(path, role, &more);
        assert_eq!(
            (found.0, found.1.as_str(), found.2),
            (status, text, failed),
            "{path} {role}"
        );
    }
    assert_eq!(server.vault.sessions(), before);
}

#[test]
fn the_last_login_sets_the_metadata_that_policies_see() {
    let server = Server::seeded();
    let accessor = server.root("GET", "sys/auth", Value::Null)["data"]["jwt/"]["accessor"].clone();
    let accessor = accessor.as_str().unwrap();
    let path = format!("ci/data/{{{{identity.entity.aliases.{accessor}.metadata.project_path}}}}");
    server.root(
        "PUT",
        "sys/policies/acl/own",
        json!({ "policy": format!("path \"{path}\" {{ capabilities = [\"read\"] }}") }),
    );
    server.role(
        "own",
        json!({ "token_policies": "own", "claim_mappings": { "project_path": "project_path" } }),
    );
    server.root("POST", "ci/data/g/p", json!({ "data": { "a": "b" } }));
    let token = server.session("own");
    assert_eq!(server.ask(&token, "GET", "ci/data/g/p", Value::Null).0, 200);
    let other = server.id_token(json!({ "project_path": "h/p" }));
    assert_eq!(
        server
            .ask(
                "",
                "POST",
                "auth/jwt/login",
                json!({ "role": "own", "jwt": other })
            )
            .0,
        200
    );
    assert_eq!(server.ask(&token, "GET", "ci/data/g/p", Value::Null).0, 403);
}

#[test]
fn roles_and_configuration_are_shown_as_they_were_set() {
    let server = Server::seeded();
    let role = server.root("GET", "auth/jwt/role/job", Value::Null);
    assert_eq!(role["data"]["bound_audiences"], json!(["https://vault"]));
    assert_eq!(role["data"]["bound_claims"], Value::Null);
    assert_eq!(role["data"]["token_policies"], json!(["reader"]));
    assert_eq!(
        server.root("LIST", "auth/jwt/role", Value::Null)["data"]["keys"],
        json!(["job"])
    );
    let config = server.root("GET", "auth/jwt/config", Value::Null);
    assert_eq!(
        (&config["data"]["bound_issuer"], &config["data"]["status"]),
        (&json!("https://gitlab"), &json!("valid"))
    );
    assert!(config["data"].get("oidc_client_secret").is_none());
    server.root("DELETE", "auth/jwt/role/job", Value::Null);
    assert_eq!(
        server.ask("root", "GET", "auth/jwt/role/job", Value::Null),
        (404, json!({ "errors": [] }))
    );
}
