//! How long sessions live, and what dies with them.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Server;

fn lookup(server: &Server, token: &str) -> (u16, Value) {
    let (status, answer) = server.ask(token, "GET", "auth/token/lookup-self", Value::Null);
    (status, answer["data"].clone())
}

#[test]
fn sessions_die_by_time_and_leave_nothing() {
    let server = Server::seeded();
    server.role("short", json!({ "token_ttl": "15m" }));
    let before = server.vault.sessions();
    let token = server.session("short");
    let (status, data) = lookup(&server, &token);
    assert_eq!(
        (status, &data["creation_ttl"], &data["path"]),
        (200, &json!(900), &json!("auth/jwt/login"))
    );
    server.clock.shift(SignedDuration::from_mins(16));
    assert_eq!(lookup(&server, &token).0, 403);
    assert_eq!(server.vault.sessions(), before);
}

#[test]
fn renewals_stop_at_the_limit() {
    let server = Server::seeded();
    server.role(
        "short",
        json!({ "token_ttl": "10m", "token_max_ttl": "15m" }),
    );
    let token = server.session("short");
    server.clock.shift(SignedDuration::from_mins(9));
    let (status, answer) = server.ask(
        &token,
        "POST",
        "auth/token/renew-self",
        json!({ "increment": "1h" }),
    );
    assert_eq!(status, 200);
    assert!(answer["auth"]["lease_duration"].as_i64().unwrap() <= 360);
    assert!(
        answer["warnings"][0]
            .as_str()
            .unwrap()
            .contains("exceeded the effective max_ttl")
    );
    server.root("DELETE", "auth/jwt/role/short", Value::Null);
    let (status, text) = server.refusal(&token, "POST", "auth/token/renew-self", json!({}));
    assert_eq!(status, 500);
    assert!(
        text.contains("role short does not exist during renewal"),
        "{text}"
    );
}

#[test]
fn uses_are_counted_also_where_they_are_refused() {
    let server = Server::seeded();
    server.role("twice", json!({ "token_num_uses": 2 }));
    let token = server.session("twice");
    assert_eq!(
        server.ask(&token, "GET", "ci/metadata/x", Value::Null).0,
        403
    );
    let (status, data) = lookup(&server, &token);
    assert_eq!((status, &data["num_uses"]), (200, &json!(-1)));
    assert_eq!(lookup(&server, &token).0, 403);
}

#[test]
fn batch_tokens_are_not_remembered() {
    let server = Server::seeded();
    server.role(
        "batch",
        json!({ "token_type": "batch", "token_ttl": "15m" }),
    );
    let before = server.vault.sessions();
    let auth = server.login("batch");
    let token = auth["client_token"].as_str().unwrap();
    assert!(token.starts_with("b."), "{token}");
    assert_eq!(
        (&auth["accessor"], &auth["renewable"]),
        (&json!(""), &json!(false))
    );
    assert_eq!(
        server
            .ask(token, "GET", "ci/data/build-token", Value::Null)
            .0,
        200
    );
    let refusal = server.refusal(token, "POST", "auth/token/revoke-self", Value::Null);
    assert_eq!(refusal, (400, "batch tokens cannot be revoked".to_owned()));
    assert_eq!(server.vault.sessions(), before);
    let changed = format!("{}AAAA", &token[..token.len() - 4]);
    assert_eq!(lookup(&server, &changed).0, 403);
    assert_eq!(lookup(&Server::seeded(), token).0, 403);
    server.clock.shift(SignedDuration::from_mins(16));
    assert_eq!(lookup(&server, token).0, 403);
}

#[test]
fn children_die_with_their_parent_unless_it_is_orphaned() {
    let server = Server::seeded();
    let make = |by: &str, id: &str| {
        let (status, answer) = server.ask(
            by,
            "POST",
            "auth/token/create",
            json!({ "id": id, "policies": ["root"] }),
        );
        assert_eq!(status, 200, "{answer}");
    };
    make("root", "parent");
    make("parent", "child");
    make("child", "grandchild");
    server.root(
        "POST",
        "auth/token/revoke-orphan",
        json!({ "token": "child" }),
    );
    assert_eq!(lookup(&server, "child").0, 403);
    assert_eq!(lookup(&server, "grandchild").1["orphan"], true);
    make("parent", "child");
    server.root("POST", "auth/token/revoke", json!({ "token": "parent" }));
    assert_eq!(
        (lookup(&server, "child").0, lookup(&server, "grandchild").0),
        (403, 200)
    );
}

#[test]
fn accessors_look_up_and_revoke_but_do_not_open() {
    let server = Server::seeded();
    let auth = server.login("job");
    let accessor = auth["accessor"].as_str().unwrap();
    let shown = server.root(
        "POST",
        "auth/token/lookup-accessor",
        json!({ "accessor": accessor }),
    );
    assert_eq!(
        (&shown["data"]["id"], &shown["data"]["display_name"]),
        (&json!(""), &json!("jwt-20"))
    );
    assert_eq!(lookup(&server, accessor).0, 403);
    server.root(
        "POST",
        "auth/token/revoke-accessor",
        json!({ "accessor": accessor }),
    );
    assert_eq!(
        lookup(&server, auth["client_token"].as_str().unwrap()).0,
        403
    );
    let again = server.root(
        "POST",
        "auth/token/revoke-accessor",
        json!({ "accessor": accessor }),
    );
    assert_eq!(
        again["warnings"],
        json!(["No token found with this accessor"])
    );
}

#[test]
fn many_rounds_leave_no_memory_behind() {
    let server = Server::seeded();
    let before = server.vault.sessions();
    let jwt = server.id_token(json!({}));
    for _ in 0..200 {
        let (_, answer) = server.ask(
            "",
            "POST",
            "auth/jwt/login",
            json!({ "role": "job", "jwt": jwt }),
        );
        let token = answer["auth"]["client_token"].as_str().unwrap();
        assert_eq!(
            server
                .ask(token, "GET", "ci/data/build-token", Value::Null)
                .0,
            200
        );
        assert_eq!(
            server
                .ask(token, "POST", "auth/token/revoke-self", Value::Null)
                .0,
            204
        );
    }
    assert_eq!(server.vault.sessions(), before);
}

#[test]
fn disabling_an_auth_mount_ends_its_sessions() {
    let server = Server::seeded();
    let token = server.session("job");
    server.root("DELETE", "sys/auth/jwt", Value::Null);
    assert_eq!(lookup(&server, &token).0, 403);
}
