//! Stand-ins for tests: a GitLab of a few lines, which answers by a function and keeps what it was
//! asked, and programs that are shell scripts.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// The build token of these tests.
pub(super) const TOKEN: &str = "glpat-0123456789abcdefghij";
/// `build-token:` and the token, in base64.
const BASIC: &str = "authorization: Basic YnVpbGQtdG9rZW46Z2xwYXQtMDEyMzQ1Njc4OWFiY2RlZmdoaWo=";

/// The request lines, each with the credential that came with it.
pub(super) type Log = Arc<Mutex<Vec<String>>>;

/// Answers every request by `answer`, from the request's head to a status and a body, and gives its
/// base URL.
pub(super) fn serve(answer: fn(&str) -> (u16, String)) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let seen = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let line = head.lines().next().unwrap_or_default();
            let carries = |header: &str| {
                let mut lines = head.lines();
                lines.any(|line| line.eq_ignore_ascii_case(header))
            };
            let with = if carries(BASIC) {
                "basic"
            } else if carries(&format!("private-token: {TOKEN}")) {
                "private-token"
            } else {
                "nothing"
            };
            seen.lock().unwrap().push(format!("{line} with {with}"));
            let (status, body) = answer(&head);
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nContent-Type: text/plain\r\n\
                 WWW-Authenticate: Basic realm=\"GitLab\"\r\nX-Request-Id: 01ID\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (base, log)
}

/// Makes a program of this shell script. Another process writes it: a file that this process had
/// open for writing cannot be executed while another test's thread starts a child that inherits it.
pub(super) fn program(file: &Path, script: &str) {
    let status = Command::new("/bin/sh")
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"",
            "sh",
        ])
        .args([file.as_os_str(), script.as_ref()])
        .status()
        .unwrap();
    assert!(status.success());
}
