//! The embedded server and a real OpenBao, asked the same.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use super::{Server, real_server::RealServer};

/// One request a line: method, path, body or nothing; `#` begins a comment.
const CASES: &str = include_str!("side_by_side.txt");

/// The real server's status and answer.
fn ask(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} /v1/{path} HTTP/1.0\r\nX-Vault-Token: root\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_owned())
}

/// Asks again while a fresh mount is being made ready.
fn settled(ask: impl Fn() -> (u16, String)) -> (u16, String) {
    loop {
        let answer = ask();
        if !answer.1.contains("Upgrading from non-versioned") {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// An answer without what differs from one run to the next.
fn comparable(body: &str) -> Value {
    let mut value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
    blur(&mut value);
    value
}

fn blur(value: &mut Value) {
    let Value::Object(map) = value else { return };
    for (name, inner) in map {
        let varies = [
            "request_id",
            "accessor",
            "uuid",
            "client_token",
            "entity_id",
            "id",
            "server_time_utc",
            "modified",
            "cluster_name",
            "cluster_id",
        ]
        .contains(&name.as_str())
            || name.ends_with("_time");
        if varies && !inner.is_null() && inner != "" {
            *inner = "…".into();
        }
        blur(inner);
    }
}

#[test]
fn the_same_answers_as_a_real_server() {
    let Some(real) = RealServer::fresh() else {
        return;
    };
    let address = real.url.trim_start_matches("http://");
    let lab = Server::new();
    let cases = CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut differences = Vec::new();
    for case in cases {
        let mut parts = case.splitn(3, ' ');
        let (method, path, body) = (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap_or_default(),
        );
        let (status, text) = settled(|| ask(address, method, path, body));
        let headers = [
            ("X-Vault-Token", "root"),
            ("Content-Type", "application/json"),
        ];
        let response = lab.send(method, path, &headers, body.as_bytes());
        let found = String::from_utf8(response.body).unwrap();
        let same = status == response.status && comparable(&text) == comparable(&found);
        if !same {
            differences.push(format!(
                "{case}\n  real {status} {text}\n  lab  {} {found}",
                response.status
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
