//! `/personal_access_tokens/self`

use serde_json::json;

use super::{Fixture, SELF, json};

fn reached(fixture: &Fixture, query: &str) -> Vec<String> {
    let response = fixture.build("GET", &format!("{SELF}/associations?per_page=100&{query}"));
    assert_eq!(response.status, 200, "{response:?}");
    json(&response)["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["path_with_namespace"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_token_sees_itself_whatever_its_scopes() {
    let fixture = Fixture::new();
    let first = json(&fixture.build("GET", SELF));
    assert_eq!(first["name"], "build-token");
    assert_eq!(first["scopes"], json!(["read_repository"]));
    assert_eq!(first["active"], true);
    assert_eq!(first["revoked"], false);
    assert_eq!(first["granular"], false);
    assert_eq!(first["last_used_ips"], json!(["127.0.0.1"]));
    assert!(first["last_used_at"].is_string());
    assert_eq!(first.get("token"), None);
    assert_eq!(fixture.ask("GET", SELF, None, None).status, 401);
}

#[test]
fn the_last_use_is_written_down_at_most_once_a_minute() {
    let fixture = Fixture::new();
    let last_use = || json(&fixture.build("GET", SELF))["last_used_at"].clone();
    let first = last_use();
    assert_eq!(last_use(), first);
    fixture.clock.shift(jiff::SignedDuration::from_secs(61));
    assert_ne!(last_use(), first);
}

#[test]
fn it_dies_when_its_day_begins() {
    let fixture = Fixture::new();
    fixture.wait(89);
    assert_eq!(fixture.build("GET", SELF).status, 200);
    fixture.wait(1);
    let response = fixture.build("GET", SELF);
    assert_eq!(response.status, 401);
    assert_eq!(json(&response)["error"], "invalid_token");
}

#[test]
fn associations_say_what_it_reaches() {
    let fixture = Fixture::new();
    let mirrors = reached(&fixture, "min_access_level=20");
    assert_eq!(mirrors.len(), 9);
    assert!(
        mirrors
            .iter()
            .all(|path| path.starts_with("gitlab-org/security/")),
        "{mirrors:?}"
    );
    assert!(reached(&fixture, "min_access_level=40").is_empty());
    let seen = reached(&fixture, "");
    assert!(seen.contains(&"attacker/omnibus-gitlab".to_owned()));
    assert!(seen.contains(&"gitlab-com/handbook".to_owned()));
    assert!(!seen.contains(&"gitlab-com/infrastructure".to_owned()));
}

#[test]
fn associations_have_gitlabs_shape_and_pages() {
    let fixture = Fixture::new();
    let query = format!("{SELF}/associations?min_access_level=30&per_page=4&page=3");
    let response = fixture.build("GET", &query);
    assert_eq!(response.header("X-Total"), Some("9"));
    assert_eq!(response.header("X-Total-Pages"), Some("3"));
    let body = json(&response);
    let project = &body["projects"][0];
    assert_eq!(
        project["access_levels"],
        json!({
            "project_access_level": null,
            "group_access_level": 30,
        })
    );
    assert_eq!(project["visibility"], "private");
    assert_eq!(body["groups"], json!([]));
    let first = json(&fixture.build("GET", &format!("{SELF}/associations?min_access_level=30")));
    assert_eq!(first["groups"][0]["access_levels"], 30);
    let wrong = fixture.build("GET", &format!("{SELF}/associations?min_access_level=31"));
    assert_eq!(wrong.status, 400);
}
