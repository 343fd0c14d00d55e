//! GitLab as a function from a request to a response: the reference deployment, no sockets.

mod any_request;
mod git_access;
mod group_tokens;
mod id_token;
mod own_token;

use jiff::SignedDuration;
use serde_json::Value;

use super::GitLab;
use crate::clock::Clock;
use crate::seed;
use crate::wire::{Request, Response};

/// GitLab's URL in these tests.
const URL: &str = "https://gitlab.example.com";
/// The group of the build token, in a path.
const GROUP_TOKENS: &str = "/api/v4/groups/gitlab-org%2Fsecurity/access_tokens";
/// A token asks about itself here.
const SELF: &str = "/api/v4/personal_access_tokens/self";

/// The reference deployment's GitLab with its clock.
struct Fixture {
    gitlab: GitLab,
    clock: Clock,
}

impl Fixture {
    fn new() -> Self {
        let clock = Clock::default();
        // Far from midnight, when tokens expire.
        clock.set("2030-06-01T12:00:00Z".parse().unwrap());
        let (state, _) = seed::reference(clock.now());
        let audience = "https://vault.example.com".to_owned();
        let gitlab = GitLab::new(URL.to_owned(), audience, clock.clone(), state).unwrap();
        Self { gitlab, clock }
    }

    fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(token.map(|token| ("PRIVATE-TOKEN".to_owned(), token.to_owned())));
        self.gitlab.handle(&Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body
                .map(|body| body.to_string().into_bytes())
                .unwrap_or_default(),
            remote: std::net::Ipv4Addr::LOCALHOST.into(),
        })
    }

    fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.ask(method, path, Some(seed::ADMIN_TOKEN), body)
    }

    fn build(&self, method: &str, path: &str) -> Response {
        self.ask(method, path, Some(seed::BUILD_TOKEN), None)
    }

    /// Creates a token of the security group and gives its value.
    fn issue(&self, level: u8, scopes: &[&str]) -> String {
        let body = serde_json::json!({ "name": "other", "scopes": scopes, "access_level": level });
        let response = self.admin("POST", GROUP_TOKENS, Some(body));
        assert_eq!(response.status, 201, "{response:?}");
        json(&response)["token"].as_str().unwrap().to_owned()
    }

    fn wait(&self, days: i64) {
        self.clock.shift(SignedDuration::from_hours(24 * days));
    }
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn every_answer_can_be_found_in_a_servers_log() {
    let fixture = Fixture::new();
    for path in ["/api/v4/nothing", "/oauth/discovery/keys", "/nothing"] {
        let response = fixture.ask("GET", path, None, None);
        let id = response.header("x-request-id").unwrap();
        let meta: Value = serde_json::from_str(response.header("x-gitlab-meta").unwrap()).unwrap();
        assert_eq!(meta["correlation_id"], id);
    }
}

#[test]
fn groups_and_projects_are_found_by_id_and_by_path_by_those_who_may() {
    let fixture = Fixture::new();
    let found = fixture.ask(
        "GET",
        "/api/v4/projects/gitlab-org%2Fomnibus-gitlab",
        None,
        None,
    );
    assert_eq!(found.status, 200);
    let by_id = fixture.ask("GET", "/api/v4/projects/1", None, None);
    assert_eq!(json(&found), json(&by_id));
    let hidden = fixture.ask("GET", "/api/v4/projects/2", None, None);
    assert_eq!(json(&hidden)["message"], "404 Project Not Found");
    let hidden = fixture.ask("GET", "/api/v4/groups/gitlab-org%2Fsecurity", None, None);
    assert_eq!(json(&hidden)["message"], "404 Group Not Found");
    let group = fixture.admin("GET", "/api/v4/groups/2", None);
    assert_eq!(json(&group)["full_path"], "gitlab-org/security");
}
