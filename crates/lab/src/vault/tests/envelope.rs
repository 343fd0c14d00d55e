//! What is around every answer: methods, paths, statuses, headers.

use serde_json::{Value, json};

use super::Server;

#[test]
fn answers_have_their_members_in_order() {
    let server = Server::new();
    server.root(
        "POST",
        "secret/data/x",
        json!({ "data": { "b": "<1>", "a": 1.0 } }),
    );
    let response = server.send("GET", "secret/data/x", &[("X-Vault-Token", "root")], b"");
    let text = String::from_utf8(response.body.clone()).unwrap();
    let places: Vec<usize> = [
        "request_id",
        "lease_id",
        "renewable",
        "lease_duration",
        "\"data\":{\"data\"",
        "wrap_info",
        "warnings",
        "auth",
    ]
    .iter()
    .map(|name| text.find(name).unwrap())
    .collect();
    assert!(places.is_sorted(), "{text}");
    assert!(
        text.contains(r#"{"a":1,"b":"\u003c1\u003e"}"#) && text.ends_with("}\n"),
        "{text}"
    );
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("content-type"), Some("application/json"));
}

#[test]
fn paths_and_methods_have_their_statuses() {
    let server = Server::new();
    for (method, path, status) in [
        ("FOO", "secret/data/x", 405),
        ("HEAD", "secret/data/x", 405),
        ("GET", "secret/metadata?list=maybe", 400),
        ("POST", "secret/data/", 400),
        ("GET", "secret//data", 307),
        ("GET", "secret/./data", 307),
        ("GET", "sys", 307),
        ("GET", "secret/%00", 400),
        ("GET", "secret/%zz", 400),
        ("GET", "sys/none", 404),
        ("LIST", "secret/metadata", 404),
        ("PATCH", "secret/data/x", 400),
    ] {
        let response = server.send(method, path, &[("X-Vault-Token", "root")], b"");
        assert_eq!(response.status, status, "{method} {path}");
    }
    let elsewhere = server.vault.handle(crate::wire::Request {
        method: "GET".to_owned(),
        path: "/v2/x".to_owned(),
        query: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
        remote: std::net::Ipv4Addr::LOCALHOST.into(),
    });
    assert_eq!(
        (elsewhere.status, elsewhere.body.as_slice()),
        (404, b"{\"errors\":[]}\n".as_slice())
    );
}

#[test]
fn unknown_parameters_are_told_and_wrong_types_refused() {
    let server = Server::new();
    let answer = server.root(
        "POST",
        "secret/data/x",
        json!({ "data": {}, "z": 1, "y": 2, "path": "p" }),
    );
    let warnings = json!([
        "Endpoint ignored these unrecognized parameters: [y z]",
        "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [path]",
    ]);
    assert_eq!(answer["warnings"], warnings);
    let (status, text) = server.refusal("root", "GET", "secret/data/x?version=x", Value::Null);
    let expected = "Field validation failed: error converting input for field \"version\": '' cannot parse value as 'int': strconv.ParseInt: invalid syntax";
    assert_eq!((status, text.as_str()), (400, expected));
}

#[test]
fn a_token_comes_in_either_header() {
    let server = Server::new();
    for (headers, status) in [
        (vec![("X-Vault-Token", "root")], 200),
        (vec![("Authorization", "Bearer root")], 200),
        (vec![("Authorization", "bearer root")], 403),
        (
            vec![("X-Vault-Token", "bad"), ("Authorization", "Bearer root")],
            403,
        ),
        (vec![], 403),
        (vec![("X-Vault-Token", "b.!!")], 500),
    ] {
        assert_eq!(
            server.send("GET", "sys/mounts", &headers, b"").status,
            status,
            "{headers:?}"
        );
    }
}

#[test]
fn unknown_namespaces_are_not_found_and_echoed() {
    let server = Server::new();
    let ask = |path: &str| {
        server.send(
            "GET",
            path,
            &[("X-Vault-Token", "root"), ("X-Vault-Namespace", "team")],
            b"",
        )
    };
    let response = ask("sys/mounts");
    assert_eq!(
        (response.status, response.body.as_slice()),
        (404, b"{\"errors\":[\"namespace not found\"]}\n".as_slice())
    );
    assert_eq!(response.header("X-Vault-Namespace"), Some("team"));
    assert_eq!(ask("sys/health").status, 400);
    assert_eq!(ask("sys/seal-status").status, 200);
}

#[test]
fn a_sealed_server_answers_503_until_it_is_unsealed() {
    let server = Server::new();
    server.root("PUT", "sys/seal", Value::Null);
    assert_eq!(
        server.refusal("root", "GET", "secret/data/x", Value::Null),
        (503, "Vault is sealed".to_owned())
    );
    assert_eq!(server.ask("", "GET", "sys/health", Value::Null).0, 503);
    assert_eq!(
        server
            .ask("", "GET", "sys/health?sealedcode=299", Value::Null)
            .0,
        299
    );
    let wrong = "00".repeat(32);
    assert_eq!(
        server
            .ask("", "PUT", "sys/unseal", json!({ "key": wrong }))
            .0,
        400
    );
    let (status, answer) = server.ask(
        "",
        "PUT",
        "sys/unseal",
        json!({ "key": server.vault.unseal_key() }),
    );
    assert_eq!((status, &answer["sealed"]), (200, &json!(false)));
    assert_eq!(server.ask("root", "GET", "sys/mounts", Value::Null).0, 200);
}

#[test]
fn a_fresh_server_has_what_a_development_server_has() {
    let server = Server::new();
    let mounts = server.root("GET", "sys/mounts", Value::Null);
    assert_eq!(mounts["secret/"]["options"], json!({ "version": "2" }));
    assert_eq!(mounts["data"]["sys/"]["type"], "system");
    let auth = server.root("GET", "sys/auth", Value::Null);
    assert_eq!(
        auth["data"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["token/"]
    );
    assert_eq!(
        server.root("LIST", "sys/policies/acl", Value::Null)["data"]["keys"],
        json!(["default", "root"])
    );
    let health = server.root("GET", "sys/health", Value::Null);
    assert_eq!(
        (&health["initialized"], &health["sealed"]),
        (&json!(true), &json!(false))
    );
}
