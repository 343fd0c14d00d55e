//! What each answer means: one cause, whatever a server or something before it says.

#![allow(clippy::unwrap_used)] // also in what the tests share

mod fixture;

use build_token_vault::{AnswerProblem, BadAnswer, Cause, Step};
use fixture::server::{Reply, answer, ok};
use fixture::{Fixture, LOGIN};

fn login_cause(status: &'static str, body: &'static str) -> Cause {
    let fixture = Fixture::new(move |_| Reply::Send(answer(status, "", body)));
    fixture.login().unwrap_err().cause
}

fn read_cause(status: &'static str, body: &'static str) -> Cause {
    Fixture::answering(status, body).read().unwrap_err().cause
}

fn bad(problem: AnswerProblem) -> Cause {
    Cause::BadAnswer(BadAnswer {
        problem,
        content_type: None,
    })
}

#[test]
fn inline_tells_a_refused_login_from_a_refused_read_and_from_an_older_server() {
    let refused = |headers: &'static str, status: &'static str, body: &'static str| {
        let fixture = Fixture::new(move |_| Reply::Send(answer(status, headers, body)));
        let error = fixture.inline().unwrap_err();
        (error.facts.step, error.cause)
    };
    let denied = r#"{"errors":["permission denied"]}"#;
    let by_policy = r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#;
    let mark = "X-Vault-Inline-Auth-Failed: true\r\n";
    let unsupported = (Step::Read, Cause::InlineUnsupported);
    assert_eq!(
        refused(mark, "403 Forbidden", denied),
        (Step::Login, Cause::LoginDenied)
    );
    assert_eq!(
        refused(mark, "400 Bad Request", r#"{"errors":["missing role"]}"#),
        (Step::Login, Cause::RoleMissing)
    );
    assert_eq!(
        refused(
            "",
            "403 Forbidden",
            r#"{"errors":["failed to perform inline authentication: permission denied"]}"#
        ),
        (Step::Login, Cause::LoginDenied)
    );
    assert_eq!(
        refused("", "403 Forbidden", by_policy),
        (Step::Read, Cause::ReadDenied)
    );
    assert_eq!(refused("", "403 Forbidden", denied), unsupported);
    assert_eq!(
        refused(
            "",
            "400 Bad Request",
            r#"{"errors":["missing client token"]}"#
        ),
        unsupported
    );
    assert_eq!(
        refused("", "431 Request Header Fields Too Large", ""),
        unsupported
    );
    assert_eq!(
        refused(
            "",
            "500 Internal Server Error",
            r#"{"errors":["failed to perform inline authentication: cannot layer inline authentication with token authentication"]}"#
        ),
        unsupported
    );
}

#[test]
fn what_a_login_may_give_instead_of_a_session() {
    let ok = |body| login_cause("200 OK", body);
    assert_eq!(
        ok(r#"{"wrap_info":{"token":"s.x"},"auth":null}"#),
        Cause::Wrapped
    );
    assert_eq!(
        ok(r#"{"auth":{"client_token":"","mfa_requirement":{"mfa_request_id":"x"}}}"#),
        Cause::Mfa
    );
    assert_eq!(
        ok(r#"{"auth":{"client_token":""}}"#),
        Cause::EmptyClientToken
    );
    assert_eq!(
        ok(r#"{"auth":{"client_token":"hvs.a\nb"}}"#),
        Cause::UnusableClientToken
    );
    assert_eq!(
        ok(r#"{"auth":{"client_token":"hvs.a b"}}"#),
        Cause::UnusableClientToken
    );
    let shape = |expected| bad(AnswerProblem::Shape { expected });
    assert_eq!(
        ok(r#"{"auth":{"client_token":7}}"#),
        shape("auth.client_token")
    );
    assert_eq!(ok(r#"{"auth":null}"#), shape("auth"));
    assert_eq!(ok(r#"{"auth":"x"}"#), shape("auth"));
    assert_eq!(ok("[]"), shape("object"));
    assert_eq!(ok(""), bad(AnswerProblem::Empty));
}

#[test]
fn answers_that_no_vault_gives() {
    let html = Fixture::new(|_| {
        let page = "<!DOCTYPE html><title>Sign in</title>";
        Reply::Send(answer(
            "200 OK",
            "Content-Type: text/html; charset=utf-8\r\n",
            page,
        ))
    });
    let content_type = Some("text/html; charset=utf-8".to_owned());
    let expected = BadAnswer {
        problem: AnswerProblem::Html,
        content_type,
    };
    assert_eq!(html.login().unwrap_err().cause, Cause::BadAnswer(expected));

    assert_eq!(
        login_cause("404 Not Found", "<html></html>"),
        bad(AnswerProblem::Html)
    );
    assert_eq!(login_cause("200 OK", "moved"), bad(AnswerProblem::NotJson));
    let cut_off = Fixture::new(|_| ok(&LOGIN[..120])).login().unwrap_err();
    assert_eq!(cut_off.cause, bad(AnswerProblem::NotJson));
    assert_eq!(cut_off.facts.text, None);
    let binary = Fixture::new(|_| {
        Reply::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{\xff}".to_vec())
    });
    assert_eq!(
        binary.login().unwrap_err().cause,
        bad(AnswerProblem::NotUtf8)
    );
    let short = Fixture::new(|_| {
        Reply::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"auth\"".to_vec())
    });
    let truncated = AnswerProblem::Truncated { received: 7 };
    assert_eq!(short.login().unwrap_err().cause, bad(truncated));
    let huge = Fixture::new(|_| {
        Reply::SendAndHang(b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n{".to_vec())
    });
    let too_large = AnswerProblem::TooLarge { limit: 1024 * 1024 };
    assert_eq!(huge.login().unwrap_err().cause, bad(too_large));
    let deep = Fixture::new(|_| ok(&"[".repeat(100_000)));
    assert_eq!(deep.login().unwrap_err().cause, bad(AnswerProblem::NotJson));
}

#[test]
fn a_page_of_a_load_balancer_is_a_fault_that_may_pass() {
    assert_eq!(
        login_cause("502 Bad Gateway", "<html>502</html>"),
        Cause::ServerFault
    );
    assert_eq!(
        login_cause("503 Service Unavailable", ""),
        Cause::ServerFault
    );
}

#[test]
fn what_is_not_there_is_told_apart() {
    assert_eq!(
        read_cause("404 Not Found", r#"{"errors":[]}"#),
        Cause::PathMissing
    );
    assert_eq!(
        read_cause(
            "404 Not Found",
            r#"{"data":{"data":null,"metadata":{"deletion_time":"2026-11-23T04:30:05Z","destroyed":false,"version":2}}}"#
        ),
        Cause::VersionDeleted {
            version: Some(2),
            at: "2026-11-23T04:30:05Z".into()
        }
    );
    assert_eq!(
        read_cause(
            "404 Not Found",
            r#"{"data":{"data":null,"metadata":{"deletion_time":"","destroyed":true,"version":2}}}"#
        ),
        Cause::VersionDestroyed { version: Some(2) }
    );
    assert_eq!(
        read_cause(
            "404 Not Found",
            r#"{"data":null,"warnings":["Invalid path for a versioned K/V secrets engine. See the API docs"]}"#
        ),
        Cause::WrongEngine
    );
    assert_eq!(
        read_cause(
            "404 Not Found",
            r#"{"errors":["no handler for route \"ci/data/x\". route entry not found."]}"#
        ),
        Cause::NoSuchMount
    );
    assert_eq!(
        read_cause("200 OK", r#"{"data":{"token":"x"}}"#),
        Cause::WrongEngine
    );
    assert_eq!(
        read_cause(
            "200 OK",
            r#"{"data":{"data":{"a":"x","b":1},"metadata":{"version":1}}}"#
        ),
        Cause::FieldMissing {
            fields: vec!["a".into(), "b".into()]
        }
    );
    assert_eq!(
        read_cause(
            "200 OK",
            r#"{"data":{"data":null,"metadata":{"version":1}}}"#
        ),
        Cause::FieldMissing { fields: vec![] }
    );
}

#[test]
fn values_that_are_no_token() {
    let with = |value: &str| {
        let body =
            format!(r#"{{"data":{{"data":{{"token":{value}}},"metadata":{{"version":1}}}}}}"#);
        let fixture = Fixture::new(move |exchange| match exchange.request {
            1 => ok(LOGIN),
            _ => ok(&body),
        });
        fixture.read().unwrap_err().cause
    };
    for (value, found) in [
        ("7", "number"),
        ("null", "null"),
        ("true", "boolean"),
        ("[]", "array"),
        ("{}", "object"),
    ] {
        assert_eq!(with(value), Cause::ValueNotText { found });
    }
    assert_eq!(with("\"\""), Cause::ValueEmpty);
    assert_eq!(with(r#""glpat-x\n""#), Cause::ValueLineBreak);
    assert_eq!(with(r#""a\rb""#), Cause::ValueLineBreak);
    assert_eq!(with(r#""a\u0000b""#), Cause::ValueLineBreak);
}

#[test]
fn denied_by_policy_or_with_a_bad_session() {
    let by_policy = r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#;
    let error = Fixture::answering("403 Forbidden", by_policy)
        .read()
        .unwrap_err();
    assert_eq!(error.cause, Cause::ReadDenied);
    let secret = error.facts.secret.as_ref().unwrap();
    assert!(
        secret
            .policy()
            .starts_with("path \"ci/data/access tokens/build\" {")
    );
    assert_eq!(
        read_cause("403 Forbidden", r#"{"errors":["permission denied"]}"#),
        Cause::SessionRefused
    );
}
