//! Every yes and every no to a git client, in GitLab's words.

use std::net::Ipv4Addr;

use super::{Fixture, SELF};
use crate::git::{Attempt, Service};
use crate::seed::{ADMIN_TOKEN, BUILD_TOKEN};

const PUBLIC: &str = "gitlab-org/omnibus-gitlab";
const MIRROR: &str = "gitlab-org/security/omnibus-gitlab";
const ELSEWHERE: &str = "gitlab-com/infrastructure";

const DENIED: &str = "HTTP Basic: Access denied. If a password was provided for Git \
    authentication, the password was incorrect or you're required to use a token instead of a \
    password. If a token was provided, it was either incorrect, expired, or improperly scoped.";
const NOT_FOUND: &str = "The project you were looking for could not be found or you don't have \
    permission to view it.";

/// Who asks: user and password.
type Who<'a> = Option<(&'a str, &'a str)>;

impl Fixture {
    fn knock(
        &self,
        who: Who<'_>,
        service: Service,
        project: &str,
    ) -> Result<String, (u16, String)> {
        let attempt = Attempt {
            project: project.to_owned(),
            service,
            credentials: who.map(|(user, password)| (user.to_owned(), password.to_owned())),
            remote: Ipv4Addr::LOCALHOST.into(),
        };
        match self.gitlab.admit(&attempt) {
            Ok(admitted) => Ok(admitted.path),
            Err(refusal) => {
                let challenged = refusal.header("WWW-Authenticate").is_some();
                assert_eq!(challenged, refusal.status == 401);
                Err((refusal.status, String::from_utf8(refusal.body).unwrap()))
            }
        }
    }

    fn download(&self, who: Who<'_>, project: &str) -> Result<String, (u16, String)> {
        self.knock(who, Service::Download, project)
    }

    #[track_caller]
    fn denied(&self, who: Who<'_>, project: &str) {
        let (status, text) = self.download(who, project).unwrap_err();
        assert_eq!(status, 401);
        assert!(text.starts_with(DENIED), "{text}");
    }
}

#[test]
fn the_build_token_downloads_the_mirrors_under_any_name() {
    let fixture = Fixture::new();
    for user in ["oauth2", "gitlab-ci-token", "x"] {
        assert_eq!(
            fixture.download(Some((user, BUILD_TOKEN)), MIRROR).unwrap(),
            MIRROR
        );
    }
    assert_eq!(
        fixture
            .download(Some(("x", BUILD_TOKEN)), "GitLab-Org/Security/gitaly")
            .unwrap(),
        "gitlab-org/security/gitaly"
    );
    fixture.denied(Some((" ", BUILD_TOKEN)), MIRROR);
}

#[test]
fn somebody_without_a_name_downloads_what_is_public_and_is_asked_otherwise() {
    let fixture = Fixture::new();
    assert_eq!(fixture.download(None, PUBLIC).unwrap(), PUBLIC);
    fixture.denied(None, MIRROR);
    fixture.denied(None, "gitlab-com/handbook");
    fixture.denied(None, "nobody/nothing");
    assert_eq!(
        fixture.knock(None, Service::Push, PUBLIC).unwrap_err().0,
        401
    );
}

#[test]
fn a_wrong_token_is_worse_than_none() {
    let fixture = Fixture::new();
    fixture.denied(Some(("x", "glpat-nobody-knows-this-one")), PUBLIC);
    fixture.denied(Some(("x", "")), PUBLIC);
}

#[test]
fn a_dead_token_is_denied() {
    let fixture = Fixture::new();
    let other = fixture.issue(30, &["read_repository"]);
    assert_eq!(fixture.ask("DELETE", SELF, Some(&other), None).status, 204);
    fixture.denied(Some(("x", &other)), MIRROR);
    fixture.wait(90);
    fixture.denied(Some(("x", BUILD_TOKEN)), MIRROR);
}

#[test]
fn a_token_without_the_scope_is_denied() {
    let fixture = Fixture::new();
    let other = fixture.issue(30, &["read_registry", "read_api"]);
    fixture.denied(Some(("x", &other)), MIRROR);
    let api = fixture.issue(30, &["api"]);
    assert!(fixture.download(Some(("x", &api)), MIRROR).is_ok());
}

#[test]
fn too_low_a_level_is_forbidden() {
    let fixture = Fixture::new();
    let guest = fixture.issue(10, &["read_repository"]);
    let text = "You are not allowed to download code from this project.".to_owned();
    assert_eq!(
        fixture.download(Some(("x", &guest)), MIRROR),
        Err((403, text))
    );
    let reporter = fixture.issue(20, &["read_repository"]);
    assert!(fixture.download(Some(("x", &reporter)), MIRROR).is_ok());
}

#[test]
fn what_is_out_of_reach_looks_as_if_it_were_not_there() {
    let fixture = Fixture::new();
    let not_found = Err((404, NOT_FOUND.to_owned()));
    assert_eq!(
        fixture.download(Some(("x", BUILD_TOKEN)), ELSEWHERE),
        not_found
    );
    assert_eq!(
        fixture.download(Some(("x", BUILD_TOKEN)), "nobody/nothing"),
        not_found
    );
    assert!(
        fixture
            .download(Some(("x", BUILD_TOKEN)), "gitlab-com/handbook")
            .is_ok()
    );
}

#[test]
fn pushing_needs_the_scope_and_the_level() {
    let fixture = Fixture::new();
    let push =
        |token: &str, project: &str| fixture.knock(Some(("x", token)), Service::Push, project);
    let no_upload = Err((403, "You are not allowed to upload code.".to_owned()));
    assert_eq!(push(BUILD_TOKEN, MIRROR), no_upload);
    assert_eq!(push(BUILD_TOKEN, PUBLIC), no_upload);
    let reporter = fixture.issue(20, &["write_repository"]);
    let no_push = Err((
        403,
        "You are not allowed to push code to this project.".to_owned(),
    ));
    assert_eq!(push(&reporter, MIRROR), no_push);
    let developer = fixture.issue(30, &["write_repository"]);
    assert!(push(&developer, MIRROR).is_ok());
    assert_eq!(push(&developer, PUBLIC), no_push);
    assert!(push(ADMIN_TOKEN, PUBLIC).is_ok());
}

#[test]
fn a_download_counts_as_a_use() {
    let fixture = Fixture::new();
    let other = fixture.issue(30, &["read_repository"]);
    fixture.download(Some(("x", &other)), MIRROR).unwrap();
    let list = super::json(&fixture.admin(
        "GET",
        &format!("{}?search=other", super::GROUP_TOKENS),
        None,
    ));
    assert!(list[0]["last_used_at"].is_string());
}
