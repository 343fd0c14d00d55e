//! Our own questions, against a server of a few lines.

use std::net::TcpListener;

use build_token_gitlab::Refusal as Said;
use build_token_http::{Settings, SystemTime};

use super::super::fake::{TOKEN, serve};
use super::*;

fn ask(reach: &(dyn Fn(&str) -> bool + Sync), token: bool, remotes: &[String]) -> Vec<Probed> {
    let http = Client::new(Settings::default(), SystemTime);
    let secret = Secret::new(TOKEN);
    let token = token.then_some(&secret);
    let token = |_: &str| token;
    let probes = Probes::new(&http, &token, CiServer::default(), reach);
    remotes.iter().map(|remote| probes.ask(remote)).collect()
}

fn gitlab(head: &str) -> (u16, String) {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let body = if path.starts_with("/api/v4/personal_access_tokens/self/associations") {
        r#"{"groups":[],"projects":[{"id":1,"path_with_namespace":"g/other","access_levels":{"project_access_level":null,"group_access_level":30}}]}"#
    } else if path == "/api/v4/personal_access_tokens/self" {
        r#"{"id":7,"name":"build-token","revoked":false,"active":true,"scopes":["read_repository"],"user_id":9,"expires_at":"2031-01-01"}"#
    } else if head.to_lowercase().contains("authorization:") {
        return (404, "The project you were looking for could not be found or you don't have permission to view it.".into());
    } else {
        return (401, "HTTP Basic: Access denied.\nMore.".into());
    };
    (200, body.into())
}

#[test]
fn everything_is_asked_once_per_remote_and_the_token_once_per_instance() {
    let (base, log) = serve(gitlab);
    let remotes = [format!("{base}/g/a.git"), format!("{base}/g/b.git/")];
    let probed = ask(&|_| true, true, &remotes);
    assert_eq!(probed[0].project.as_deref(), Some("g/a"));
    assert_eq!(probed[1].project.as_deref(), Some("g/b"));
    for one in &probed {
        let anonymous = one.anonymous.as_ref().unwrap();
        assert_eq!(anonymous.status, 401);
        assert_eq!(anonymous.message, "HTTP Basic: Access denied. More.");
        assert_eq!(one.with_token.as_ref().unwrap().status, 404);
        assert_eq!(one.token_self.as_ref().unwrap().as_ref().unwrap().id, 7);
        let associations = one.associations.as_ref().unwrap().as_ref().unwrap();
        assert!(associations.project("g/other").is_some());
    }
    let refs = "info/refs?service=git-upload-pack HTTP/1.1 with";
    assert_eq!(
        *log.lock().unwrap(),
        [
            format!("GET /g/a.git/{refs} nothing"),
            format!("GET /g/a.git/{refs} basic"),
            "GET /api/v4/personal_access_tokens/self HTTP/1.1 with private-token".into(),
            "GET /api/v4/personal_access_tokens/self/associations?min_access_level=10&per_page=100&page=1 HTTP/1.1 with private-token".into(),
            format!("GET /g/b.git/{refs} nothing"),
            format!("GET /g/b.git/{refs} basic"),
        ]
    );
}

#[test]
fn outside_the_reach_nothing_is_asked() {
    let (base, log) = serve(gitlab);
    let inside = format!("{base}/g/security/");
    let reach = move |url: &str| url.starts_with(&inside);
    let probed = ask(&reach, true, &[format!("{base}/g/a.git")]);
    assert_eq!(probed, [Probed::default()]);
    assert_eq!(*log.lock().unwrap(), [""; 0]);
}

#[test]
fn without_a_token_only_the_anonymous_question_is_asked() {
    let (base, log) = serve(gitlab);
    let probed = ask(&|_| true, false, &[format!("{base}/g/a.git")]);
    assert!(probed[0].anonymous.is_some());
    assert_eq!(probed[0].token_self, None);
    assert_eq!(log.lock().unwrap().len(), 1);
}

#[test]
fn a_dead_token_is_not_asked_for_its_projects_and_the_request_has_an_id() {
    let (base, log) = serve(|head| {
        if head.contains("/api/") {
            let body = r#"{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}"#;
            (401, body.into())
        } else {
            (401, "HTTP Basic: Access denied.".into())
        }
    });
    let probed = ask(&|_| true, true, &[format!("{base}/g/a.git")]);
    let error = probed[0].token_self.as_ref().unwrap().as_ref().unwrap_err();
    assert_eq!(error.refusal(), Some(&Said::Revoked));
    assert_eq!(probed[0].associations, None);
    assert_eq!(probed[0].request_id().as_deref(), Some("01ID"));
    assert_eq!(log.lock().unwrap().len(), 3);
}

#[test]
fn an_instance_that_does_not_answer_leaves_the_questions_open() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let probed = ask(&|_| true, false, &[format!("{base}/g/a.git")]);
    assert_eq!(probed[0].anonymous, None);
}
