//! What the lab's tests share: a client for its APIs and a git that nothing here can disturb.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../../tests/openbao/real_server.rs"]
pub mod real_server;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use build_token_http::{
    Client, Deadline, Method, Request, Retry, Roots, Settings, SystemTime, Time as _, Url,
};
use build_token_lab::Lab;
use serde_json::{Value, json};

/// The security mirror that the tests read.
pub const MIRROR: &str = "gitlab-org/security/gitaly";

/// Status and JSON body (null for none).
pub type Answer = (u16, Value);

/// One request with JSON in and out.
pub fn ask(lab: &Lab, method: Method, url: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request =
        Request::new(method, Url::parse(url).unwrap()).header("Content-Type", "application/json");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    let roots = lab
        .ca_cert()
        .map_or(Roots::System, |path| Roots::File(path.to_owned()));
    let client = Client::new(
        Settings {
            roots,
            ..Settings::default()
        },
        SystemTime,
    );
    let deadline = Deadline::after(SystemTime.now(), Duration::from_secs(20));
    let response = client.send(&request, Retry::Never, deadline).unwrap();
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (response.status(), body)
}

/// A request to GitLab's API with that token.
pub fn gitlab(lab: &Lab, method: Method, path: &str, token: &str, body: &Value) -> Answer {
    let url = format!("{}/api/v4/{path}", lab.gitlab_url());
    ask(lab, method, &url, &[("PRIVATE-TOKEN", token)], body)
}

/// A request to Vault with that token; an empty one is not sent.
pub fn vault(lab: &Lab, method: Method, path: &str, token: &str, body: &Value) -> Answer {
    let headers: &[(&str, &str)] = match token {
        "" => &[],
        token => &[("X-Vault-Token", token)],
    };
    ask(
        lab,
        method,
        &format!("{}/v1/{path}", lab.vault_url()),
        headers,
        body,
    )
}

/// A new access token of the security group.
pub fn issue(lab: &Lab, level: u8, scope: &str) -> String {
    let body = json!({ "name": "other", "scopes": [scope], "access_level": level });
    let path = "groups/gitlab-org%2Fsecurity/access_tokens";
    let admin = lab.admin_token().expose();
    let (status, token) = gitlab(lab, Method::Post, path, admin, &body);
    assert_eq!(status, 201, "{token}");
    token["token"].as_str().unwrap().to_owned()
}

/// A project's URL with a token as password.
pub fn url_with(lab: &Lab, token: &str, project: &str) -> String {
    lab.git_url(project)
        .replacen("://", &format!("://anybody:{token}@"), 1)
}

/// Options with which git trusts the lab's certificates.
pub fn trusting(lab: &Lab) -> Vec<String> {
    let option = |path: &Path| format!("http.sslCAInfo={}", path.display());
    lab.ca_cert()
        .map_or_else(Vec::new, |path| vec!["-c".to_owned(), option(path)])
}

/// Runs git in a directory, with nobody's configuration and nobody to ask.
pub fn git(directory: &Path, arguments: &[impl AsRef<OsStr>]) -> Output {
    Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", directory)
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "tester")
        .env("GIT_AUTHOR_EMAIL", "tester@example.com")
        .env("GIT_COMMITTER_NAME", "tester")
        .env("GIT_COMMITTER_EMAIL", "tester@example.com")
        .output()
        .unwrap()
}

/// The same where it has to succeed; its standard output.
#[track_caller]
pub fn git_ok(directory: &Path, arguments: &[impl AsRef<OsStr>]) -> String {
    let output = git(directory, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The same where it has to fail; its standard error.
#[track_caller]
pub fn git_fails(directory: &Path, arguments: &[impl AsRef<OsStr>]) -> String {
    let output = git(directory, arguments);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
