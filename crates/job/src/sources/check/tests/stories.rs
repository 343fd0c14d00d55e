//! The real git is refused by a GitLab of a few lines, and the refusal is explained.

use build_token_gitlab::CiServer;
use build_token_http::{Client, Settings, SystemTime};
use build_token_secret::Secret;

use super::*;

/// What a helper that has the build token answers.
const HELPER: (&str, &str) = (
    "credential.helper",
    "!f() { echo username=build-token; echo password=glpat-0123456789abcdefghij; }; f",
);

/// Checks one remote with the real git, its helper and our own questions.
fn story(answer: fn(&str) -> (u16, String), configuration: &[(&str, &str)]) -> Checked {
    let (base, _) = fake::serve(answer);
    let http = Client::new(Settings::default(), SystemTime);
    let token = Secret::new(fake::TOKEN);
    let token = |_: &str| Some(&token);
    let probes = Probes::new(&http, &token, CiServer::default(), &|_| true);
    let check_with = Check {
        git: &real_git(configuration),
        deadline: LONG,
        credential: Some(Credential::BuildToken),
        probes: Some(&probes),
    };
    let remote = format!("{base}/g/security/gitlab.git");
    let mut checked = check(&[component("a", Some(&remote), true)], &check_with, &|_| {});
    checked.remove(0)
}

const DENIED: &str = "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped.";

/// GitLab's answers about a good token that reaches one other project.
fn about_good_token(head: &str) -> Option<(u16, String)> {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let body = if path.contains("/associations") {
        r#"{"groups":[],"projects":[{"id":1,"path_with_namespace":"g/security/gitlab-foss","access_levels":{"project_access_level":null,"group_access_level":30}}]}"#
    } else if path.ends_with("/personal_access_tokens/self") {
        r#"{"id":7,"name":"build-token","revoked":false,"active":true,"scopes":["read_repository"],"user_id":9,"expires_at":"2031-01-01"}"#
    } else {
        return None;
    };
    Some((200, body.into()))
}

fn is_anonymous(head: &str) -> bool {
    !head.to_lowercase().contains("\r\nauthorization:")
}

fn refused(checked: Checked) -> Refusal {
    match checked.outcome {
        Outcome::Refused(refusal) => *refusal,
        other => panic!("{other:?} {:?}", checked.words),
    }
}

#[test]
fn a_revoked_token() {
    let checked = story(
        |head| {
            if head.contains("/api/v4/") {
                return (401, r#"{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}"#.into());
            }
            (401, DENIED.into())
        },
        &[HELPER],
    );
    assert_eq!(checked.request_id.as_deref(), Some("01ID"));
    assert_eq!(
        checked.words.as_deref(),
        Some(&DENIED[..words::LONGEST.min(DENIED.len())])
    );
    let state = TokenState::Revoked;
    assert_eq!(refused(checked), Refusal::Token { state });
}

#[test]
fn a_project_out_of_the_tokens_scope() {
    let answer = |head: &str| {
        about_good_token(head).unwrap_or_else(|| match is_anonymous(head) {
            true => (401, DENIED.into()),
            false => (404, "The project you were looking for could not be found or you don't have permission to view it.".into()),
        })
    };
    let similar = vec!["g/security/gitlab-foss".to_owned()];
    assert_eq!(
        refused(story(answer, &[HELPER])),
        Refusal::ProjectNotFound {
            project: Some("g/security/gitlab".into()),
            absence: Absence::OutOfScope {
                similar,
                truncated: false
            }
        }
    );
}

#[test]
fn a_role_that_is_too_low() {
    let answer = |head: &str| {
        about_good_token(head).unwrap_or_else(|| match is_anonymous(head) {
            true => (401, DENIED.into()),
            false => (
                403,
                "You are not allowed to download code from this project.".into(),
            ),
        })
    };
    let project = Some("g/security/gitlab".to_owned());
    let level = None;
    assert_eq!(
        refused(story(answer, &[HELPER])),
        Refusal::RoleTooLow { project, level }
    );
}

#[test]
fn no_helper_at_all() {
    let answer = |head: &str| about_good_token(head).unwrap_or((401, DENIED.into()));
    let Refusal::NoCredential { host } = refused(story(answer, &[])) else {
        panic!("another refusal");
    };
    assert!(host.starts_with("127.0.0.1:"), "{host}");
}

#[test]
fn an_inherited_header_goes_before_the_helper() {
    // The good token opens the repository for us; git sends the header instead.
    let answer = |head: &str| {
        let good = head.contains("YnVpbGQtdG9rZW46");
        about_good_token(head).unwrap_or_else(|| match good {
            true => (200, "001e# service=git-upload-pack\n".into()),
            false => (
                403,
                "You are not allowed to download code from this project.".into(),
            ),
        })
    };
    let header = ("http.extraHeader", "Authorization: Basic c3RhbGU6c3RhbGU=");
    assert_eq!(
        refused(story(answer, &[HELPER, header])),
        Refusal::PreferredCredential {
            preferred: Some(Preferred::ExtraHeader)
        }
    );
}
