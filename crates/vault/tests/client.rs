//! The client against scripted servers: exact bytes in, exact bytes out, one cause per answer.

#![allow(clippy::unwrap_used)] // also in what the tests share

#[path = "../../http/tests/server/mod.rs"]
mod server;

use std::time::Duration;

use build_token_http::{Client as Http, Deadline, Phase, Settings};
use build_token_identity::IdToken;
use build_token_vault::{
    AnswerProblem, Auth, AuthMount, BadAnswer, Cause, Client, Error, Namespace, Role, SecretRef,
    Server, ServerUrl, Session, Step, Stored,
};
use server::{Exchange, Reply, SkippingTime, answer, in_time, ok};

/// `{"alg":"RS256"}`, `{"sub":"x"}` and no signature worth the name.
const ID_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

const LOGIN: &str = r#"{"request_id":"id-1","data":null,"wrap_info":null,"warnings":null,
    "auth":{"client_token":"hvs.0123456789abcdefghijklmn","accessor":"acc","policies":["default","p"],
    "token_policies":["default","p"],"metadata":{"role":"r"},"lease_duration":3600,"renewable":true,
    "token_type":"service","mfa_requirement":null,"num_uses":0}}"#;

const READ: &str = r#"{"request_id":"id-2","data":{"data":{"other":5,"token":"glpat-0123456789abcdefghij"},
    "metadata":{"created_time":"2026-11-23T04:30:05Z","custom_metadata":{"expires_at":"2027-01-01"},
    "deletion_time":"","destroyed":false,"version":3}},"wrap_info":null,"warnings":null,"auth":null}"#;

struct Fixture {
    server: server::Server,
    client: Client,
    time: SkippingTime,
    auth: Auth,
    id_token: IdToken,
    secret: SecretRef,
}

impl Fixture {
    fn new(script: impl Fn(&Exchange) -> Reply + Send + Sync + 'static) -> Fixture {
        let server = server::Server::new(script);
        let time = SkippingTime::default();
        let url = ServerUrl::parse(&format!("http://{}", server.address)).unwrap();
        let namespace = Some(Namespace::parse("team/a").unwrap());
        let http = Http::new(Settings::default(), time.clone());
        let secret = SecretRef::parse("access tokens/build/token@ci", &|_| None).unwrap();
        Fixture {
            client: Client::new(Server { url, namespace }, http),
            server,
            time,
            auth: Auth {
                mount: AuthMount::parse("gitlab-com").unwrap(),
                role: Some(Role::parse("r").unwrap()),
            },
            id_token: IdToken::parse(ID_TOKEN).unwrap(),
            secret: secret.reference,
        }
    }

    /// A server that gives this one answer to everything but a login.
    fn answering(status: &'static str, body: &'static str) -> Fixture {
        Fixture::new(move |exchange| match exchange.text.contains("/login ") {
            true => ok(LOGIN),
            false => Reply::Send(answer(status, "", body)),
        })
    }

    fn login(&self) -> Result<Session, Error> {
        self.client
            .login(&self.auth, &self.id_token, in_time(&self.time))
    }

    fn read(&self) -> Result<Stored, Error> {
        self.client
            .read(&self.login().unwrap(), &self.secret, in_time(&self.time))
    }

    fn inline(&self) -> Result<Stored, Error> {
        let deadline = in_time(&self.time);
        self.client
            .read_inline(&self.auth, &self.id_token, &self.secret, deadline)
    }

    fn revoke(&self) -> Result<(), Error> {
        self.client
            .revoke(&self.login().unwrap(), in_time(&self.time))
    }
}

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
fn login_read_and_revoke_on_one_connection_byte_for_byte() {
    let fixture = Fixture::new(|exchange| match exchange.request {
        1 => ok(LOGIN),
        2 => ok(READ),
        _ => Reply::Send(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
    });
    let session = fixture.login().unwrap();
    assert_eq!(
        (session.accessor.as_str(), session.lease_seconds),
        ("acc", 3600)
    );
    assert_eq!(session.policies, ["default", "p"]);
    assert!(session.renewable && !session.batch);

    let stored = fixture
        .client
        .read(&session, &fixture.secret, in_time(&fixture.time))
        .unwrap();
    assert_eq!(stored.value.expose(), "glpat-0123456789abcdefghij");
    assert_eq!(
        (stored.version, stored.created_time.as_str()),
        (3, "2026-11-23T04:30:05Z")
    );
    assert_eq!(stored.custom_metadata["expires_at"], "2027-01-01");
    assert_eq!(stored.fields, ["other", "token"]);
    assert_eq!(stored.request_id.as_deref(), Some("id-2"));

    fixture
        .client
        .revoke(&session, in_time(&fixture.time))
        .unwrap();

    let host = fixture.server.address;
    let common = format!("accept: */*\r\nhost: {host}\r\n");
    let own = "x-vault-request: true\r\nx-vault-namespace: team/a\r\n";
    let token = "x-vault-token: hvs.0123456789abcdefghijklmn\r\n";
    let body = format!(r#"{{"role":"r","jwt":"{ID_TOKEN}"}}"#);
    let length = body.len();
    assert_eq!(
        fixture.server.requests(),
        [
            format!(
                "POST /v1/auth/gitlab-com/login HTTP/1.1\r\ncontent-length: {length}\r\n{common}{own}\
             content-type: application/json\r\n\r\n{body}"
            ),
            format!("GET /v1/ci/data/access%20tokens/build HTTP/1.1\r\n{common}{own}{token}\r\n"),
            format!(
                "POST /v1/auth/token/revoke-self HTTP/1.1\r\ncontent-length: 0\r\n{common}{own}{token}\r\n"
            ),
        ]
    );
    assert_eq!(fixture.server.connections(), 1);
    assert_eq!(fixture.client.http().statistics().requests, 3);
}

#[test]
fn inline_is_one_request_and_leaves_nothing_behind() {
    let fixture = Fixture::new(|_| ok(READ));
    assert_eq!(
        fixture.inline().unwrap().value.expose(),
        "glpat-0123456789abcdefghij"
    );
    let requests = fixture.server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("GET /v1/ci/data/access%20tokens/build HTTP/1.1\r\n"));
    for header in [
        "x-vault-inline-auth-path: auth/gitlab-com/login\r\n",
        // {"key":"role","value":"r"}
        "x-vault-inline-auth-parameter-role: eyJrZXkiOiJyb2xlIiwidmFsdWUiOiJyIn0\r\n",
        "x-vault-inline-auth-parameter-jwt: eyJrZXkiOiJqd3QiLCJ2YWx1ZSI6ImV5S",
        "x-vault-namespace: team/a\r\n",
    ] {
        assert!(requests[0].contains(header), "{}", requests[0]);
    }
    assert!(!requests[0].contains("x-vault-token"), "{}", requests[0]);
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
fn a_failure_knows_its_circumstances_and_no_secret() {
    let fixture = Fixture::new(|_| {
        let body = format!(
            r#"{{"errors":["error validating token: invalid issuer (iss) claim\n\tin {ID_TOKEN}"]}}"#
        );
        Reply::Send(answer(
            "400 Bad Request",
            "Date: Mon, 23 Nov 2026 04:30:04 GMT\r\n",
            &body,
        ))
    });
    let error = fixture.login().unwrap_err();
    assert_eq!(error.cause, Cause::Issuer);
    let facts = &error.facts;
    assert_eq!(
        facts.url,
        format!("http://{}/v1/auth/gitlab-com/login", fixture.server.address)
    );
    assert_eq!(facts.namespace.as_ref().unwrap().as_str(), "team/a");
    assert_eq!(facts.auth_mount.as_ref().unwrap().as_str(), "gitlab-com");
    assert_eq!(facts.role.as_ref().unwrap().as_str(), "r");
    assert_eq!(facts.status, Some(400));
    assert_eq!(facts.date.as_deref(), Some("Mon, 23 Nov 2026 04:30:04 GMT"));
    let text = "error validating token: invalid issuer (iss) claim in [MASKED]";
    assert_eq!(facts.text.as_deref(), Some(text));
    assert!(!format!("{error} {error:?}").contains("eyJ"), "{error:?}");
    let session = Fixture::answering("200 OK", READ).login().unwrap();
    assert!(!format!("{session:?}").contains("hvs."), "{session:?}");
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
    assert_eq!(ok(""), shape("auth"));
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

#[test]
fn a_revocation_that_does_not_work() {
    let cause = |status, body| Fixture::answering(status, body).revoke().unwrap_err().cause;
    let by_policy = r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#;
    assert_eq!(
        cause("403 Forbidden", r#"{"errors":["permission denied"]}"#),
        Cause::AlreadyGone
    );
    assert_eq!(cause("403 Forbidden", by_policy), Cause::RevokeDenied);
    let batch = r#"{"auth":{"client_token":"hvb.x","token_type":"batch","accessor":""}}"#;
    let fixture = Fixture::new(move |_| ok(batch));
    assert_eq!(fixture.revoke().unwrap_err().cause, Cause::NotRevocable);
    assert_eq!(fixture.server.requests().len(), 1);
}

#[test]
fn a_sealed_server_is_looked_at_twice_more_and_slowly() {
    let sealed = r#"{"errors":["Vault is sealed"]}"#;
    let fixture = Fixture::new(|_| Reply::Send(answer("503 Service Unavailable", "", sealed)));
    assert_eq!(fixture.login().unwrap_err().cause, Cause::Sealed);
    assert_eq!(fixture.server.requests().len(), 3);
    assert_eq!(
        fixture.time.pauses(),
        [Duration::from_secs(3), Duration::from_secs(6)]
    );
}

#[test]
fn a_rate_limit_says_when_to_come_again() {
    let fixture = Fixture::new(|_| {
        let body =
            r#"{"errors":["request path \"auth/gitlab-com/login\": rate limit quota exceeded"]}"#;
        Reply::Send(answer(
            "429 Too Many Requests",
            "Retry-After: 100\r\n",
            body,
        ))
    });
    let retry_after = Some(Duration::from_secs(100));
    let cause = fixture.login().unwrap_err().cause;
    assert_eq!(
        cause,
        Cause::RateLimited {
            leases: false,
            retry_after
        }
    );
    assert_eq!(fixture.server.requests().len(), 1);
}

#[test]
fn a_server_that_says_nothing_ends_with_the_deadline() {
    let fixture = Fixture::new(|_| Reply::SendAndHang(Vec::new()));
    let deadline = Deadline::after(std::time::Instant::now(), Duration::from_millis(50));
    let error = fixture
        .client
        .login(&fixture.auth, &fixture.id_token, deadline)
        .unwrap_err();
    let Cause::Transport(build_token_http::Error::Timeout { phase, .. }) = error.cause else {
        panic!("{error}")
    };
    assert_eq!((phase, error.facts.status), (Phase::Answer, None));
}
