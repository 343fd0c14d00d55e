//! The client on the wire: exact bytes, one connection, retries, the deadline.

mod fixture;

use std::time::Duration;

use build_token_http::{Deadline, Phase};
use build_token_vault::Cause;
use fixture::server::{Reply, answer, in_time, ok};
use fixture::{Fixture, ID_TOKEN, LOGIN, READ};

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
    let deadline = Deadline::after(std::time::Instant::now(), Duration::from_millis(200));
    let error = fixture
        .client
        .login(&fixture.auth, &fixture.id_token, deadline)
        .unwrap_err();
    let Cause::Transport(build_token_http::Error::Timeout { phase, .. }) = error.cause else {
        panic!("{error}")
    };
    assert_eq!((phase, error.facts.status), (Phase::Answer, None));
}
