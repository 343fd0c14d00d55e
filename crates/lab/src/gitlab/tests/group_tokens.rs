//! `/groups/:id/access_tokens`

use serde_json::json;

use super::{Fixture, GROUP_TOKENS, SELF, json};
use crate::seed;

#[test]
fn a_token_is_shown_once_and_listed_without_its_value() {
    let fixture = Fixture::new();
    let body = json!({
        "name": "build-token-20300101",
        "description": "for builds",
        "scopes": ["read_repository"],
        "access_level": 30,
    });
    let created = json(&fixture.admin("POST", GROUP_TOKENS, Some(body)));
    assert_eq!(created["access_level"], 30);
    assert_eq!(created["resource_type"], "group");
    assert_eq!(created["resource_id"], 2);
    assert_eq!(created["active"], true);
    assert_eq!(created["scopes"], json!(["read_repository"]));
    let value = created["token"].as_str().unwrap();
    assert!(value.starts_with("glpat-") && value.len() == 26, "{value}");

    let one = fixture.admin("GET", &format!("{GROUP_TOKENS}/{}", created["id"]), None);
    assert_eq!(json(&one).get("token"), None);
    assert_eq!(json(&one)["user_id"], created["user_id"]);
    let by_number = "/api/v4/groups/2/access_tokens?search=2030";
    let list = json(&fixture.admin("GET", by_number, None));
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0], json(&one));
}

#[test]
fn the_default_level_is_maintainer_and_the_default_life_a_year() {
    let fixture = Fixture::new();
    let body = json!({ "name": "x", "scopes": ["api"] });
    let created = json(&fixture.admin("POST", GROUP_TOKENS, Some(body)));
    assert_eq!(created["access_level"], 40);
    let value = created["token"].as_str().unwrap();
    fixture.wait(364);
    assert_eq!(fixture.ask("GET", SELF, Some(value), None).status, 200);
    fixture.wait(1);
    assert_eq!(fixture.ask("GET", SELF, Some(value), None).status, 401);
}

#[test]
fn every_refusal_of_a_creation_has_its_text() {
    let fixture = Fixture::new();
    let good = json!({ "name": "x", "scopes": ["read_repository"], "access_level": 30 });
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        let response = fixture.admin("POST", GROUP_TOKENS, Some(body));
        let body = json(&response);
        let text = body["error"].as_str().or(body["message"].as_str()).unwrap();
        (response.status, text.to_owned())
    };
    let refused = |text: &str| (400, text.to_owned());
    assert_eq!(with("name", json!(null)), refused("name is missing"));
    assert_eq!(
        with("name", json!(" ")),
        refused("400 Bad request - Name can't be blank")
    );
    assert_eq!(with("scopes", json!(null)), refused("scopes is missing"));
    assert_eq!(with("scopes", json!("x")), refused("scopes is invalid"));
    assert_eq!(
        with("scopes", json!(["sudo"])),
        refused("scopes does not have a valid value")
    );
    assert_eq!(
        with("scopes", json!([])),
        refused("400 Bad request - Scopes can't be blank")
    );
    let level = "access_level does not have a valid value";
    assert_eq!(with("access_level", json!(35)), refused(level));
    assert_eq!(with("access_level", json!("x")), refused(level));
    assert_eq!(
        with("expires_at", json!("soon")),
        refused("expires_at is invalid")
    );
    let (status, text) = with("expires_at", json!("2999-01-01"));
    assert_eq!(status, 400);
    assert!(
        text.starts_with("400 Bad request - Expires at must be before 20"),
        "{text}"
    );
    let everything = fixture.admin("POST", GROUP_TOKENS, Some(json!({})));
    assert_eq!(
        json(&everything)["error"],
        "name is missing, scopes is missing"
    );
}

#[test]
fn a_groups_bot_may_not_make_more_bots() {
    let fixture = Fixture::new();
    let owner = fixture.issue(50, &["api"]);
    let body = json!({ "name": "x", "scopes": ["api"], "access_level": 10 });
    let response = fixture.ask("POST", GROUP_TOKENS, Some(&owner), Some(body.clone()));
    assert_eq!(response.status, 400);
    let text = "400 Bad request - User does not have permission to create group access token";
    assert_eq!(json(&response)["message"], text);
    let maintainer = fixture.issue(40, &["api"]);
    let response = fixture.ask("POST", GROUP_TOKENS, Some(&maintainer), Some(body));
    assert_eq!(json(&response)["message"], text);
}

#[test]
fn states_of_a_caller_are_told_apart() {
    let fixture = Fixture::new();
    let ask = |token: Option<&str>| {
        let response = fixture.ask("GET", GROUP_TOKENS, token, None);
        (response.status, json(&response))
    };
    let unauthorized = (401, json!({ "message": "401 Unauthorized" }));
    assert_eq!(ask(None), unauthorized);
    assert_eq!(ask(Some("glpat-nobody-knows-this-one")), unauthorized);

    let (status, body) = ask(Some(seed::BUILD_TOKEN));
    assert_eq!(status, 403);
    assert_eq!(body["error"], "insufficient_scope");
    assert_eq!(body["scope"], "api read_api");

    // A developer's token with the right scope may still not look at the group's tokens.
    let developer = fixture.issue(30, &["read_api"]);
    assert_eq!(ask(Some(&developer)), unauthorized);
    let owner = fixture.issue(50, &["read_api"]);
    assert_eq!(ask(Some(&owner)).0, 200);

    assert_eq!(fixture.ask("DELETE", SELF, Some(&owner), None).status, 204);
    let (status, body) = ask(Some(&owner));
    assert_eq!(status, 401);
    let text = "Token was revoked. You have to re-authorize from the user.";
    assert_eq!(
        body,
        json!({ "error": "invalid_token", "error_description": text })
    );

    fixture.wait(366);
    let (status, body) = ask(Some(&developer));
    assert_eq!(status, 401);
    let text = "Token is expired. You can either do re-authorization or token refresh.";
    assert_eq!(body["error_description"], text);
}

#[test]
fn revoking_needs_an_owner_and_an_existing_token() {
    let fixture = Fixture::new();
    let list = json(&fixture.admin("GET", GROUP_TOKENS, None));
    let path = format!("{GROUP_TOKENS}/{}", list[0]["id"]);
    let developer = fixture.issue(30, &["api"]);
    assert_eq!(
        fixture.ask("DELETE", &path, Some(&developer), None).status,
        400
    );
    assert_eq!(fixture.build("GET", SELF).status, 200);
    assert_eq!(fixture.admin("DELETE", &path, None).status, 204);
    assert_eq!(fixture.build("GET", SELF).status, 401);

    let missing = fixture.admin("DELETE", &format!("{GROUP_TOKENS}/999"), None);
    assert_eq!(missing.status, 404);
    assert_eq!(
        json(&missing)["message"],
        "404 group Access Token Not Found"
    );
    let missing = fixture.admin("GET", "/api/v4/groups/nowhere/access_tokens", None);
    assert_eq!(json(&missing)["message"], "404 Group Not Found");

    let inactive = json(&fixture.admin("GET", &format!("{GROUP_TOKENS}?state=inactive"), None));
    assert_eq!(inactive.as_array().unwrap().len(), 1);
    assert_eq!(inactive[0]["revoked"], true);
}

#[test]
fn lists_come_in_pages() {
    let fixture = Fixture::new();
    for _ in 0..4 {
        fixture.issue(20, &["read_repository"]);
    }
    let page = |page: u32| {
        fixture.admin(
            "GET",
            &format!("{GROUP_TOKENS}?per_page=2&page={page}"),
            None,
        )
    };
    let sizes: Vec<usize> = (1..=4)
        .map(|number| json(&page(number)).as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [2, 2, 1, 0]);
    let second = page(2);
    let headers = [
        "X-Total",
        "X-Total-Pages",
        "X-Page",
        "X-Next-Page",
        "X-Prev-Page",
    ];
    let values = headers.map(|name| second.header(name).unwrap());
    assert_eq!(values, ["5", "3", "2", "3", "1"]);
    let link = second.header("Link").unwrap();
    assert!(
        link.contains(r#"?page=3&per_page=2>; rel="next""#),
        "{link}"
    );
    assert_eq!(
        fixture
            .admin("GET", &format!("{GROUP_TOKENS}?page=x"), None)
            .status,
        400
    );
}
