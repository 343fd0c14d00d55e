//! Secrets, right and wrong engine.

use serde_json::{Value, json};

use super::Server;

#[test]
fn each_404_is_its_own() {
    let server = Server::seeded();
    let get = |path: &str| server.ask("root", "GET", path, Value::Null);
    assert_eq!(get("ci/data/none"), (404, json!({ "errors": [] })));
    assert_eq!(
        get("ci/data/build-token?version=9"),
        (404, json!({ "errors": [] }))
    );
    let (status, answer) = get("none/data/x");
    assert_eq!(
        (status, answer),
        (
            404,
            json!({ "errors": ["no handler for route \"none/data/x\". route entry not found."] })
        )
    );
    let (status, answer) = get("ci/build-token");
    assert_eq!(status, 404);
    assert!(
        answer["warnings"][0]
            .as_str()
            .unwrap()
            .starts_with("Invalid path for a versioned K/V secrets engine.")
    );
    server.root("DELETE", "ci/data/build-token", Value::Null);
    let (status, answer) = get("ci/data/build-token");
    assert_eq!((status, &answer["data"]["data"]), (404, &Value::Null));
    assert_ne!(answer["data"]["metadata"]["deletion_time"], "");
    server.root("POST", "ci/destroy/build-token", json!({ "versions": [1] }));
    assert_eq!(
        get("ci/data/build-token").1["data"]["metadata"]["destroyed"],
        true
    );
}

#[test]
fn the_wrong_engine_can_be_met() {
    let server = Server::seeded();
    server.root("POST", "sys/mounts/old", json!({ "type": "kv" }));
    server.root(
        "POST",
        "old/build-token",
        json!({ "token": "x", "ttl": "1h" }),
    );
    let answer = server.root("GET", "old/build-token", Value::Null);
    assert_eq!(
        (&answer["data"]["token"], &answer["lease_duration"]),
        (&json!("x"), &json!(3600))
    );
    assert_eq!(
        server.ask("root", "GET", "old/data/build-token", Value::Null),
        (404, json!({ "errors": [] }))
    );
    assert_eq!(
        server.root("LIST", "old", Value::Null)["data"]["keys"],
        json!(["build-token"])
    );
}

#[test]
fn check_and_set_on_data_and_metadata() {
    let server = Server::seeded();
    let write = |cas: i64| {
        server.refusal(
            "root",
            "POST",
            "ci/data/build-token",
            json!({ "data": { "a": 1 }, "options": { "cas": cas } }),
        )
    };
    let mismatch = "check-and-set parameter did not match the current version";
    assert_eq!(write(0), (400, mismatch.to_owned()));
    assert_eq!(write(1).0, 200);
    server.root(
        "POST",
        "ci/metadata/build-token",
        json!({ "custom_metadata": { "reach": "https://gitlab/" }, "max_versions": 5 }),
    );
    let read = server.root("GET", "ci/data/build-token", Value::Null);
    assert_eq!(
        read["data"]["metadata"]["custom_metadata"],
        json!({ "reach": "https://gitlab/" })
    );
    assert_eq!(
        server.root("GET", "ci/metadata/build-token", Value::Null)["data"]["max_versions"],
        5
    );
}

#[test]
fn preflight_names_the_mount_for_whoever_may_use_it() {
    let server = Server::seeded();
    let token = server.session("job");
    let (status, answer) = server.ask(
        &token,
        "GET",
        "sys/internal/ui/mounts/ci/data/x",
        Value::Null,
    );
    assert_eq!(
        (status, &answer["data"]["path"], &answer["data"]["options"]),
        (200, &json!("ci/"), &json!({ "version": "2" }))
    );
    let text = "preflight capability check returned 403, please ensure client's policies grant access to path \"secret/x/\"";
    assert_eq!(
        server.refusal(
            &token,
            "GET",
            "sys/internal/ui/mounts/secret/x",
            Value::Null
        ),
        (403, text.to_owned())
    );
    assert_eq!(
        server.refusal("", "GET", "sys/internal/ui/mounts/ci", Value::Null),
        (403, "permission denied".to_owned())
    );
}

#[test]
fn capabilities_tell_what_a_session_may_do() {
    let server = Server::seeded();
    let token = server.session("job");
    let paths = json!({ "paths": ["ci/data/x", "ci/metadata/x"] });
    let (_, answer) = server.ask(&token, "POST", "sys/capabilities-self", paths);
    assert_eq!(
        answer["data"],
        json!({ "ci/data/x": ["read"], "ci/metadata/x": ["deny"] })
    );
    assert_eq!(answer["ci/data/x"], json!(["read"]));
    assert_eq!(
        server.refusal(&token, "POST", "sys/capabilities-self", json!({})),
        (400, "paths must be supplied".to_owned())
    );
}
