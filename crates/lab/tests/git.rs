//! The real git against the lab's git server: what works, and what it prints when it does not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use build_token_http::Method;
use build_token_lab::{Credential, Lab, Options, Server};
use jiff::SignedDuration;
use serde_json::Value;
use support::{MIRROR, git_fails, git_ok, gitlab, issue, trusting, url_with};

const DENIED: &str = "remote: HTTP Basic: Access denied. If a password was provided for Git \
    authentication, the password was incorrect or you're required to use a token instead of a \
    password. If a token was provided, it was either incorrect, expired, or improperly scoped.";

fn start() -> (Lab, tempfile::TempDir) {
    (
        Lab::start(Options::default()).unwrap(),
        tempfile::tempdir().unwrap(),
    )
}

#[test]
fn the_build_token_clones_a_private_mirror() {
    let (lab, directory) = start();
    let url = url_with(&lab, lab.build_token().expose(), MIRROR);
    let refs = git_ok(directory.path(), &["ls-remote", &url]);
    assert!(refs.contains("refs/heads/main"), "{refs}");
    git_ok(directory.path(), &["clone", &url, "clone"]);
    let readme = std::fs::read_to_string(directory.path().join("clone/README.md")).unwrap();
    assert!(readme.starts_with(&format!("# {MIRROR}\n")), "{readme}");
}

#[test]
fn anybody_clones_a_public_project_also_without_its_suffix() {
    let (lab, directory) = start();
    let url = lab.git_url("gitlab-org/omnibus-gitlab");
    git_ok(
        directory.path(),
        &["clone", "--depth", "1", "--filter", "blob:none", &url, "a"],
    );
    git_ok(
        directory.path(),
        &["clone", url.trim_end_matches(".git"), "b"],
    );
}

#[test]
fn without_a_token_a_private_project_asks_for_one() {
    let (lab, directory) = start();
    let text = git_fails(directory.path(), &["ls-remote", &lab.git_url(MIRROR)]);
    assert!(text.contains("could not read Username"), "{text}");
    let refused = &lab.requests()[0];
    assert_eq!(
        (refused.status, &refused.credential),
        (401, &Credential::Absent)
    );
}

#[test]
fn a_wrong_token_is_denied_in_gitlabs_words() {
    let (lab, directory) = start();
    let url = url_with(&lab, "glpat-nobody-knows-this-one", MIRROR);
    let text = git_fails(directory.path(), &["ls-remote", &url]);
    assert!(text.contains(DENIED), "{text}");
    assert!(text.contains("Authentication failed for"), "{text}");
}

#[test]
fn a_token_dies_with_the_labs_clock_and_when_it_is_revoked() {
    let (lab, directory) = start();
    let other = issue(&lab, 30, "read_repository");
    let url = url_with(&lab, &other, MIRROR);
    git_ok(directory.path(), &["ls-remote", &url]);
    let path = "personal_access_tokens/self";
    assert_eq!(
        gitlab(&lab, Method::Delete, path, &other, &Value::Null).0,
        204
    );
    assert!(git_fails(directory.path(), &["ls-remote", &url]).contains(DENIED));

    let url = url_with(&lab, lab.build_token().expose(), MIRROR);
    git_ok(directory.path(), &["ls-remote", &url]);
    lab.clock().shift(SignedDuration::from_hours(24 * 90));
    assert!(git_fails(directory.path(), &["ls-remote", &url]).contains(DENIED));
}

#[test]
fn a_guest_may_not_download() {
    let (lab, directory) = start();
    let url = url_with(&lab, &issue(&lab, 10, "read_repository"), MIRROR);
    let text = git_fails(directory.path(), &["ls-remote", &url]);
    let expected = "remote: You are not allowed to download code from this project.";
    assert!(text.contains(expected), "{text}");
    assert!(
        text.contains("The requested URL returned error: 403"),
        "{text}"
    );
}

#[test]
fn a_project_out_of_reach_is_not_found() {
    let (lab, directory) = start();
    for project in ["gitlab-com/infrastructure", "gitlab-org/security/nothing"] {
        let url = url_with(&lab, lab.build_token().expose(), project);
        let text = git_fails(directory.path(), &["ls-remote", &url]);
        let expected = "remote: The project you were looking for could not be found or you \
            don't have permission to view it.";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("not found"), "{text}");
    }
}

#[test]
fn the_build_token_does_not_push() {
    let (lab, directory) = start();
    let url = url_with(&lab, lab.build_token().expose(), MIRROR);
    git_ok(directory.path(), &["clone", &url, "."]);
    let text = git_fails(directory.path(), &["push", "origin", "HEAD:refs/heads/new"]);
    assert!(
        text.contains("remote: You are not allowed to upload code."),
        "{text}"
    );
}

#[test]
fn a_token_that_may_write_pushes_megabytes_and_they_come_back() {
    let (lab, directory) = start();
    let here = directory.path();
    git_ok(
        here,
        &[
            "clone",
            &url_with(&lab, &issue(&lab, 30, "write_repository"), MIRROR),
            "a",
        ],
    );
    // More than git's post buffer, so that it is sent in chunks; and not to be compressed.
    let noise: Vec<u8> = (0_u32..2_000_000)
        .flat_map(|number| {
            number
                .wrapping_mul(2_654_435_761)
                .rotate_left(7)
                .to_le_bytes()
        })
        .collect();
    std::fs::write(here.join("a/noise"), &noise).unwrap();
    let a = here.join("a");
    git_ok(&a, &["add", "noise"]);
    git_ok(&a, &["commit", "-q", "-m", "More than fits in one buffer"]);
    git_ok(&a, &["push", "-q", "origin", "HEAD:main"]);
    git_ok(
        here,
        &[
            "clone",
            "-q",
            &url_with(&lab, lab.build_token().expose(), MIRROR),
            "b",
        ],
    );
    assert!(std::fs::read(here.join("b/noise")).unwrap() == noise);
}

#[test]
fn many_ask_at_once() {
    let (lab, directory) = start();
    let url = url_with(&lab, lab.build_token().expose(), MIRROR);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| git_ok(directory.path(), &["ls-remote", &url]));
        }
    });
}

#[test]
fn git_trusts_the_labs_own_authority() {
    let options = Options {
        tls: true,
        ..Options::default()
    };
    let (lab, directory) = (Lab::start(options).unwrap(), tempfile::tempdir().unwrap());
    let url = url_with(&lab, lab.build_token().expose(), MIRROR);
    assert!(url.starts_with("https://"));
    let mut trusted = trusting(&lab);
    trusted.extend(["ls-remote".to_owned(), url.clone()]);
    git_ok(directory.path(), &trusted);
    git_fails(directory.path(), &["ls-remote", &url]);
}

#[test]
fn the_log_knows_which_token_was_shown_and_not_its_value() {
    let (lab, directory) = start();
    let token = lab.build_token();
    git_ok(
        directory.path(),
        &["ls-remote", &url_with(&lab, token.expose(), MIRROR)],
    );
    let requests = lab.requests();
    let last = requests.last().unwrap();
    assert_eq!(last.server, Server::Git);
    assert_eq!(last.status, 200);
    assert_eq!(
        last.credential,
        Credential::Token(token.fingerprint().unwrap())
    );
    assert!(
        last.path.starts_with("/gitlab-org/security/gitaly.git/"),
        "{last:?}"
    );
    assert!(!format!("{requests:?}").contains(token.expose()));
    lab.clear_requests();
    assert!(lab.requests().is_empty());
}

#[test]
fn the_old_protocol_of_plain_files_is_not_served() {
    let (lab, _) = start();
    let url = format!("{}/info/refs", lab.git_url("gitlab-org/omnibus-gitlab"));
    assert_eq!(
        support::ask(&lab, Method::Get, &url, &[], &Value::Null).0,
        404
    );
}
