//! `lab up`, `lab mint`, `lab demo`.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use build_token_http::Method;
use build_token_identity::IdToken;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::simply;
use crate::support::job::request;
use crate::support::real_server::RealServer;
use crate::support::{Job, SECURITY, World};

/// A `lab up` that runs.
struct Up {
    child: Child,
    ready: Value,
    _directory: tempfile::TempDir,
}

impl Up {
    fn start(options: &[&str]) -> Up {
        let directory = tempfile::tempdir().expect("a directory");
        let job = Job::new(directory.path());
        let mut child = job.start(&[&["lab", "up", "--quiet"], options].concat());
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("its stdout");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).expect("JSON");
        Up {
            child,
            ready,
            _directory: directory,
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.ready
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {pointer}"))
    }

    /// An administrator's question to Vault.
    fn vault(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/v1/{path}", self.text("/vault/url"));
        let authority = self.ready["vault"]["ca_cert"]
            .as_str()
            .map(std::path::Path::new);
        request(
            Method::Get,
            &url,
            &[("X-Vault-Token", self.text("/vault/root_token"))],
            None,
            authority,
        )
    }

    /// Tells it to end; its exit code, and what it wrote after the first line.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
        let status = self.child.wait().expect("it ends");
        let mut written = String::new();
        let stdout = self.child.stdout.as_mut().expect("its stdout");
        stdout.read_to_string(&mut written).expect("text");
        let stderr = self.child.stderr.as_mut().expect("its stderr");
        stderr.read_to_string(&mut written).expect("text");
        (status.code(), written)
    }
}

/// A test that fails leaves no lab behind.
impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_ready_line_is_as_it_is_documented_and_all_ports_answer() {
    let up = Up::start(&[]);
    let keys = |value: &Value| {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&up.ready), ["schema", "vault", "gitlab", "pid"]);
    assert_eq!(
        keys(&up.ready["vault"]),
        ["url", "root_token", "ca_cert", "unseal_keys"]
    );
    assert_eq!(keys(&up.ready["gitlab"]), ["url", "admin_token", "issuer"]);
    assert_eq!(
        (&up.ready["schema"], &up.ready["pid"]),
        (&json!(1), &json!(up.child.id()))
    );
    assert_eq!(up.vault("sys/health").0, 200);
    assert_eq!(
        up.vault("sys/policies/acl?list=true").1["data"]["keys"]
            .as_array()
            .map(|keys| keys.len() > 2),
        Some(true)
    );
    let keys = request(
        Method::Get,
        &format!("{}/oauth/discovery/keys", up.text("/gitlab/url")),
        &[],
        None,
        None,
    );
    assert_eq!(keys.0, 200);
    assert_eq!(up.end(Signal::TERM), (Some(0), String::new()));
}

#[test]
fn it_ends_on_an_interrupt_too() {
    assert_eq!(Up::start(&[]).end(Signal::INT), (Some(0), String::new()));
}

#[test]
fn an_empty_one_is_what_a_fresh_development_server_is() {
    let up = Up::start(&["--empty", "--root-token", "another-root"]);
    assert_eq!(up.text("/vault/root_token"), "another-root");
    let (_, mounts) = up.vault("sys/mounts");
    assert_eq!(mounts["data"]["secret/"]["options"]["version"], "2");
    assert_eq!(mounts["data"].get("ci/"), None);
    assert_eq!(
        up.vault("sys/policies/acl?list=true").1["data"]["keys"],
        json!(["default", "root"])
    );
    up.end(Signal::TERM);
}

#[test]
fn with_tls_its_authority_is_in_the_ready_line() {
    let up = Up::start(&["--tls"]);
    assert!(up.text("/vault/url").starts_with("https://127.0.0.1:"));
    assert_eq!(up.vault("sys/health").0, 200);
    up.end(Signal::TERM);
}

#[test]
fn a_real_server_takes_vaults_place() {
    let Some(server) = RealServer::start() else {
        return;
    };
    let up = Up::start(&["--vault", &server.url, "--root-token", &server.root_token]);
    assert_eq!(up.text("/vault/url"), server.url);
    assert_eq!(up.vault("sys/auth").1["data"]["gitlab-com/"]["type"], "jwt");
    up.end(Signal::TERM);
}

#[test]
fn a_server_that_is_not_on_this_machine_wants_a_yes() {
    let ran = simply(&["lab", "up", "--vault", "https://vault.example.com"]);
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (64, ""));
    insta::assert_snapshot!(ran.stderr, @"
    error[BT-C25]: that cannot be done
      what: https://vault.example.com is not on this machine.
      why: `lab up` writes mounts, roles, policies and well-known secrets there.
      fix: Say --yes if that is what you want.
    ");
}

#[test]
fn a_running_lab_mints_id_tokens() {
    let world = World::embedded();
    let mut job = Job::new(world.path());
    job.env("BUILD_TOKEN_LAB", world.lab.gitlab_url());
    let ran = job.run(&[
        "lab",
        "mint",
        "--project",
        SECURITY,
        "--ref",
        "stable",
        "--aud",
        "https://a.example",
        "--claim",
        "user_login=somebody",
        "--claim",
        "project_id=\"7\"",
    ]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    let token = IdToken::parse(ran.stdout.trim_end()).expect("an ID token");
    let claim = |name: &str| {
        token
            .claims()
            .get(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    assert_eq!(claim("project_path"), format!("\"{SECURITY}\""));
    assert_eq!(claim("ref"), "\"stable\"");
    assert_eq!(claim("aud"), "\"https://a.example\"");
    assert_eq!(claim("user_login"), "\"somebody\"");
    assert_eq!(claim("project_id"), "\"7\"");
    let ran = job.run(&["lab", "mint", "--project", "no/such"]);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.codes()),
        (69, "", vec!["BT-R38"])
    );
}

#[test]
fn without_a_lab_nothing_is_minted() {
    let ran = simply(&["lab", "mint", "--project", SECURITY]);
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (64, ""));
    insta::assert_snapshot!(ran.stderr, @"
    error[BT-C25]: that cannot be done
      what: No lab is named.
      why: BUILD_TOKEN_LAB is not set; it holds the URL of a running lab's GitLab.
      fix: Start one with `build-token lab up`, and set BUILD_TOKEN_LAB to the gitlab.url that it prints.
    ");
}

/// The demonstration's output with what changes replaced.
fn demo(options: &[&str]) -> String {
    let ran = simply(&[&["lab", "demo"], options].concat());
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    ran.stdout
}

#[test]
fn the_demonstration_tells_what_each_job_got() {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "<address>");
    settings.add_filter(r"\d+\.\d s,", "<seconds> s,");
    settings.add_filter(r"\b[0-9a-f]{7} ", "<commit> ");
    settings.bind(|| insta::assert_snapshot!(demo(&["--lang", "en"]), @r#"
    The reference deployment, three jobs, one build token

    ● security (gitlab-org/security/omnibus-gitlab, push)
      │ <commit> The first commit of gitlab-org/security/omnibus-gitlab
      Vault: POST auth/gitlab-com/login 200
      Vault: GET ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token 200
      Vault: POST auth/token/revoke-self 204
      ⇒ cloned gitlab-org/security/omnibus-gitlab with the token, which is neither in its output nor in its .git directory (exit 0)

    ● canonical (gitlab-org/omnibus-gitlab, push)
      │ building from public sources
      │ build-token: SECURITY_PRIVATE_TOKEN: not entitled: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` compares "gitlab-org/omnibus-gitlab" with "gitlab-org/security/omnibus-gitlab"; running without the token
      ⇒ ran without the token, and asked nobody (exit 0)

    ● fork (attacker/omnibus-gitlab, merge_request_event)
      │ error[BT-J06]: the claim project_id has a value that the role does not accept
      │   what: The ID token has project_id "24"; Vault at http://<address> (auth/gitlab-com, role gitlab-org_security_omnibus-gitlab) answered: error validating claims: claim "project_id" does not match any associated bound claim values
      │   why: This job's project_id is not one that the role is for. GitLab's ids are strings; globs know only `*`, and only with bound_claims_type=glob. In a merge request from a fork the claims are the fork's. Where several claims differ, Vault names any one of them.
      │   fix: If this job should have the token, add "24" to bound_claims.project_id of the role (write all of bound_claims, and role_type=jwt). If it should not, this refusal is right.
      Vault: POST auth/gitlab-com/login 400
      ⇒ refused by Vault: BT-J06 (exit 77)

    <seconds> s, no network; try `build-token lab up` next
    "#));
    assert!(!demo(&["--lang", "ja"]).is_ascii());
}

#[test]
fn the_demonstration_is_a_document_too() {
    let document: Value = serde_json::from_str(&demo(&["--format", "json"])).expect("JSON");
    assert_eq!(document["schema"], 1);
    let jobs = document["jobs"].as_array().expect("jobs").iter();
    let got: Vec<Value> = jobs
        .map(|job| {
            json!([
                job["title"],
                job["exit_code"],
                job["finding"],
                job["cloned"],
                job["token_found"]
            ])
        })
        .collect();
    assert_eq!(
        json!(got),
        json!([
            ["security", 0, null, true, false],
            ["canonical", 0, null, false, false],
            ["fork", 77, "BT-J06", false, false],
        ])
    );
}
