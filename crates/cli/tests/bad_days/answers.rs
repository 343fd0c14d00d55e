//! Answers that no Vault gives, and refusals in words that nobody knows.

use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Theme;
use crate::day::{Case, Day, ends};
use crate::servers::asks;
use crate::support::rogue::{Rogue, answer};
use crate::vault::{self, Step};

pub fn theme() -> Theme {
    Theme {
        title: "Answers",
        about: "What does not come from Vault, or was changed on its way, is never taken for a token.",
        cases: [broken(), misshapen(), refusals(), words()]
            .into_iter()
            .flatten()
            .collect(),
    }
}

const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>";

fn broken() -> Vec<Case> {
    vec![
        ends(
            "The answer ends before its announced end",
            69,
            "BT-R10",
            |day| {
                cut(day, Step::Login, 3);
            },
        ),
        ends(
            "The secret ends before its announced end",
            69,
            "BT-R10",
            |day| {
                cut(day, Step::Read, 5);
            },
        ),
        ends("The answer announces 100 MB", 69, "BT-R10", |day| {
            flood(day, "Content-Length: 104857600\r\n");
        }),
        ends(
            "The answer announces nothing, and does not end after 100 MB",
            69,
            "BT-R10",
            |day| {
                flood(day, "Connection: close\r\n");
            },
        ),
        answer_is(
            "The login is answered by a web page",
            69,
            "BT-R10",
            Step::Login,
            PAGE,
        ),
        answer_is("The secret is a web page", 69, "BT-R10", Step::Read, PAGE),
        ends("A gateway answers with a web page", 75, "BT-V18", |day| {
            let headers = "Content-Type: text/html\r\n";
            asks(
                day,
                vault::answering(Step::Login, "502 Bad Gateway", headers, PAGE),
                3,
            );
        }),
        answer_is(
            "The answer is not UTF-8",
            69,
            "BT-R10",
            Step::Login,
            &b"{\"auth\": \"\xff\xfe\"}"[..],
        ),
        answer_is(
            "The answer is JSON that breaks off",
            69,
            "BT-R10",
            Step::Login,
            r#"{"auth": {"client_token": "hvs."#,
        ),
        answer_is("The answer is empty", 69, "BT-R10", Step::Login, ""),
        answer_is(
            "The answer is a list",
            69,
            "BT-R10",
            Step::Login,
            "[1, 2, 3]",
        ),
        answer_is(
            "The answer is nested deeper than anybody needs",
            69,
            "BT-R10",
            Step::Login,
            "[".repeat(100_000),
        ),
    ]
}

fn misshapen() -> Vec<Case> {
    vec![
        answer_is(
            "A login without a session",
            69,
            "BT-R10",
            Step::Login,
            r#"{"request_id": "a1", "data": {}}"#,
        ),
        answer_is(
            "A login whose session is null",
            69,
            "BT-R10",
            Step::Login,
            r#"{"auth": null}"#,
        ),
        answer_is(
            "A client token that is a number",
            69,
            "BT-R10",
            Step::Login,
            r#"{"auth": {"client_token": 7}}"#,
        ),
        answer_is(
            "A client token with a line break",
            69,
            "BT-R18",
            Step::Login,
            format!(
                r#"{{"auth": {{"client_token": "{}\nX-Evil: 1"}}}}"#,
                vault::CLIENT_TOKEN
            ),
        ),
        answer_is(
            "An empty client token",
            69,
            "BT-R18",
            Step::Login,
            r#"{"auth": {"client_token": ""}}"#,
        ),
        answer_is(
            "An empty client token, and a second factor is wanted",
            77,
            "BT-V22",
            Step::Login,
            r#"{"request_id": "a1", "auth": {"client_token": "", "mfa_requirement": {"mfa_request_id": "m1", "mfa_constraints": {}}}}"#,
        ),
        answer_is(
            "The login's answer is wrapped",
            77,
            "BT-V22",
            Step::Login,
            r#"{"request_id": "a1", "auth": null, "wrap_info": {"token": "hvs.WrappingTokenOfABadDay012345", "ttl": 60}}"#,
        ),
        answer_is(
            "A secret without data",
            69,
            "BT-R10",
            Step::Read,
            r#"{"request_id": "b2", "data": null}"#,
        ),
        answer_is(
            "A secret whose data are a list",
            69,
            "BT-R10",
            Step::Read,
            r#"{"request_id": "b2", "data": [1]}"#,
        ),
        answer_is(
            "A secret without a version",
            69,
            "BT-R10",
            Step::Read,
            format!(
                r#"{{"data": {{"data": {{"token": "{}"}}, "metadata": {{"version": null}}}}}}"#,
                vault::BUILD_TOKEN
            ),
        ),
        answer_is(
            "A secret whose fields are null",
            65,
            "BT-Y08",
            Step::Read,
            r#"{"request_id": "b2", "data": {"data": null, "metadata": {"version": 3}}}"#,
        ),
    ]
}

fn refusals() -> Vec<Case> {
    let refused = |name: &str, exit_code, code, step, status: &'static str, text: &'static str| {
        ends(name, exit_code, code, move |day| {
            let body = format!(r#"{{"request_id": "c3", "errors": [{text}]}}"#);
            day.rogue(&vault::answering(step, status, "", body));
        })
    };
    vec![
        refused(
            "A login is refused with 403, in unknown words",
            77,
            "BT-V06",
            Step::Login,
            "403 Forbidden",
            "\"not you\"",
        ),
        refused(
            "A login is refused with 404",
            77,
            "BT-V06",
            Step::Login,
            "404 Not Found",
            "",
        ),
        refused(
            "A login is refused with 400, in unknown words",
            77,
            "BT-V25",
            Step::Login,
            "400 Bad Request",
            "\"not today\"",
        ),
        refused(
            "A login is refused with 400, without a word",
            77,
            "BT-V25",
            Step::Login,
            "400 Bad Request",
            "",
        ),
        refused(
            "A read is refused with 403, in unknown words",
            77,
            "BT-V07",
            Step::Read,
            "403 Forbidden",
            "\"not you\"",
        ),
        refused(
            "A read is refused with 404, in unknown words",
            77,
            "BT-V26",
            Step::Read,
            "404 Not Found",
            "\"not here\"",
        ),
        refused(
            "A read is refused with 400, in unknown words",
            77,
            "BT-V26",
            Step::Read,
            "400 Bad Request",
            "\"not today\"",
        ),
        refused(
            "A teapot",
            77,
            "BT-V25",
            Step::Login,
            "418 I'm a teapot",
            "",
        ),
    ]
}

/// What the server says is repeated: never as it is.
fn words() -> Vec<Case> {
    vec![
        ends(
            "The server's words try to steer the terminal",
            77,
            "BT-V25",
            |day| {
                let text = r#"{"errors": ["\u001b[2J\u001b[31mall is well\u0007\r\nbuild-token: granted\u0000\u009b0m"]}"#;
                day.rogue(&vault::answering(Step::Login, "400 Bad Request", "", text));
            },
        ),
        ends("The server repeats the ID token", 77, "BT-V25", |day| {
            let rogue = vault::spoiled(Step::Login, |_, stream, request| {
                let (_, jwt) = request.rsplit_once("\"jwt\":\"").expect("a login");
                let jwt = jwt.trim_end_matches("\"}");
                let text = format!(r#"{{"errors": ["cannot parse {jwt}, sorry"]}}"#);
                answer(stream, "400 Bad Request", "", text.as_bytes());
            });
            asks(day, rogue, 1);
        }),
        ends(
            "The server repeats the session's token",
            77,
            "BT-V26",
            |day| {
                let text = format!(r#"{{"errors": ["no {} here"]}}"#, vault::CLIENT_TOKEN);
                day.rogue(&vault::answering(Step::Read, "400 Bad Request", "", text));
            },
        ),
        ends("The server talks without end", 77, "BT-V25", |day| {
            let text = format!(r#"{{"errors": ["{}"]}}"#, "no ".repeat(20_000));
            day.rogue(&vault::answering(Step::Login, "400 Bad Request", "", text));
        }),
    ]
}

/// One step is answered with 200 and this body.
fn answer_is(
    name: &str,
    exit_code: i32,
    code: &'static str,
    step: Step,
    body: impl Into<Vec<u8>>,
) -> Case {
    let body = body.into();
    ends(name, exit_code, code, move |day| {
        day.rogue(&vault::answering(
            step,
            "200 OK",
            "Content-Type: application/json\r\n",
            body.clone(),
        ));
    })
}

/// One step's answer is announced as longer than it is.
fn cut(day: &mut Day, step: Step, requests: usize) {
    let rogue = vault::spoiled(step, |_, stream, _| {
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"auth\": {\"client_token\": \"hvs.";
        let _ = stream.write_all(answer);
        let _ = stream.socket().shutdown(Shutdown::Both);
    });
    asks(day, rogue, requests);
}

/// An answer of 100 MB, of which not more may be taken than what the system's own buffers hold.
fn flood(day: &mut Day, headers: &'static str) {
    const MEGABYTE: usize = 1024 * 1024;
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let rogue = Rogue::start(move |_, stream, _| {
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes());
        while count.load(Ordering::SeqCst) < 100 * MEGABYTE
            && stream.write_all(&[b' '; 64 * 1024]).is_ok()
        {
            count.fetch_add(64 * 1024, Ordering::SeqCst);
        }
    });
    asks(day, rogue, 1);
    day.afterwards(move |_| {
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken < 16 * MEGABYTE, "{taken} bytes were taken");
    });
}
