//! The calls, byte by byte, against a server of a few lines.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use build_token_http::{Settings, SystemTime};

use super::*;

const TOKEN: &str = "glpat-0123456789abcdefghij";

type Log = Arc<Mutex<Vec<String>>>;

/// One exchange of the script: a status and a body, or a connection that is closed without a word.
type Answer = Option<(u16, String)>;

/// Gives these answers, one per connection, and keeps the requests' lines and tokens.
fn serve(answers: Vec<Answer>) -> (Instance, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let log = Log::default();
    let seen = Arc::clone(&log);
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let line = head.lines().next().unwrap_or_default();
            let token = head.contains(&format!("private-token: {TOKEN}\r\n"));
            seen.lock().unwrap().push(format!("{line} {token}"));
            if let Some((status, body)) = answer {
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nX-Request-Id: 01ID\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        }
    });
    (
        Instance::at(&format!("http://{address}/root")).unwrap(),
        log,
    )
}

fn with<T>(instance: Instance, call: impl FnOnce(&GitLab<'_>, &Secret, Deadline) -> T) -> T {
    let http = Client::new(Settings::default(), SystemTime);
    let gitlab = GitLab::new(instance, &http);
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(60));
    call(&gitlab, &Secret::new(TOKEN), deadline)
}

fn project(id: usize) -> String {
    format!(
        r#"{{"id":{id},"path_with_namespace":"g/p{id}","visibility":"private",
        "access_levels":{{"project_access_level":null,"group_access_level":30}}}}"#
    )
}

fn page(groups: &str, projects: std::ops::Range<usize>) -> Answer {
    let projects: Vec<String> = projects.map(project).collect();
    let body = format!(
        r#"{{"groups":[{groups}],"projects":[{}]}}"#,
        projects.join(",")
    );
    Some((200, body))
}

const SELF: &str = r#"{"id":42,"name":"build-token","revoked":false,"created_at":"2030-01-01T00:00:00.000Z",
    "description":null,"scopes":["read_repository"],"user_id":7,"last_used_at":null,"active":true,
    "expires_at":"2030-06-01","last_used_ips":["127.0.0.1"],"granular":false}"#;

const REVOKED: &str = r#"{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}"#;

#[test]
fn a_token_says_who_it_is() {
    let (instance, log) = serve(vec![Some((200, SELF.into()))]);
    let token = with(instance, |gitlab, token, deadline| {
        gitlab.token_self(token, deadline).unwrap()
    });
    assert_eq!((token.id, token.name.as_str()), (42, "build-token"));
    assert_eq!(token.expires_at.as_deref(), Some("2030-06-01"));
    assert!(token.active && !token.revoked && token.may_download_code());
    assert_eq!(
        *log.lock().unwrap(),
        ["GET /root/api/v4/personal_access_tokens/self HTTP/1.1 true"]
    );
}

#[test]
fn a_scope_that_lets_git_download_is_known() {
    let mut token: TokenSelf = serde_json::from_str(SELF).unwrap();
    for (scope, may) in [
        ("read_repository", true),
        ("write_repository", true),
        ("api", true),
        ("read_api", true),
        ("read_registry", false),
        ("self_rotate", false),
    ] {
        token.scopes = vec![scope.into()];
        assert_eq!(token.may_download_code(), may, "{scope}");
    }
}

#[test]
fn associations_are_read_until_a_short_page() {
    let group = r#"{"id":1,"name":"security","parent_id":null,"access_levels":30}"#;
    let (instance, log) = serve(vec![page(group, 0..100), page("", 100..130)]);
    let associations = with(instance, |gitlab, token, deadline| {
        let level = AccessLevel::REPORTER;
        gitlab.token_associations(token, level, deadline).unwrap()
    });
    assert_eq!(associations.projects.len(), 130);
    assert!(!associations.truncated);
    assert_eq!(
        associations.groups[0].access_level,
        Some(AccessLevel::DEVELOPER)
    );
    let found = associations.project("G/P129").unwrap();
    assert_eq!(found.access_level(), Some(AccessLevel::DEVELOPER));
    assert_eq!(associations.project("g/p130"), None);
    let call = "GET /root/api/v4/personal_access_tokens/self/associations?min_access_level=20&per_page=100";
    assert_eq!(
        *log.lock().unwrap(),
        [
            format!("{call}&page=1 HTTP/1.1 true"),
            format!("{call}&page=2 HTTP/1.1 true")
        ]
    );
}

#[test]
fn associations_end_after_ten_pages_and_say_so() {
    let (instance, log) = serve((0..20).map(|_| page("", 0..100)).collect());
    let associations = with(instance, |gitlab, token, deadline| {
        let level = AccessLevel::GUEST;
        gitlab.token_associations(token, level, deadline).unwrap()
    });
    assert!(associations.truncated);
    assert_eq!(associations.projects.len(), 1000);
    assert_eq!(log.lock().unwrap().len(), 10);
}

#[test]
fn a_refused_token_is_told_with_the_requests_id() {
    let (instance, _) = serve(vec![Some((401, REVOKED.into()))]);
    let error = with(instance, |gitlab, token, deadline| {
        gitlab.token_self(token, deadline).unwrap_err()
    });
    assert_eq!(error.refusal(), Some(&Refusal::Revoked));
    assert_eq!(error.request_id(), Some("01ID"));
    assert!(!format!("{error:?} {error}").contains(TOKEN));
}

#[test]
fn revoking_is_asked_once_and_its_refusals_stay_refusals() {
    for (answer, refusal) in [
        ((204, String::new()), None),
        ((401, REVOKED.to_owned()), Some(Refusal::Revoked)),
        (
            (400, r#"{"message":"400 Bad request"}"#.to_owned()),
            Some(Refusal::Other {
                message: "400 Bad request".into(),
            }),
        ),
    ] {
        let (instance, log) = serve(vec![Some(answer)]);
        let outcome = with(instance, |gitlab, token, deadline| {
            gitlab.revoke_self(token, deadline)
        });
        assert_eq!(
            outcome.err().and_then(|error| error.refusal().cloned()),
            refusal
        );
        assert_eq!(
            *log.lock().unwrap(),
            ["DELETE /root/api/v4/personal_access_tokens/self HTTP/1.1 true"]
        );
    }
}

#[test]
fn when_the_answer_to_revoking_is_lost_the_token_itself_is_asked() {
    for (then, dead) in [
        (Some((401, REVOKED.into())), true),
        (Some((200, SELF.into())), false),
    ] {
        let (instance, log) = serve(vec![None, then]);
        let outcome = with(instance, |gitlab, token, deadline| {
            gitlab.revoke_self(token, deadline)
        });
        assert_eq!(outcome.is_ok(), dead);
        if let Err(error) = outcome {
            assert!(matches!(error, Error::Transport(_)), "{error:?}");
        }
        let log = log.lock().unwrap();
        assert!(
            log[0].starts_with("DELETE ") && log[1].starts_with("GET "),
            "{log:?}"
        );
        assert_eq!(log.len(), 2);
    }
}
