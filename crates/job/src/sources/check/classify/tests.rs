//! One row per cause, with GitLab's and git's exact texts.

use build_token_gitlab::{AccessLevel, TokenSelf};
use build_token_report::Code;

use super::super::evidence::Preferred;
use super::*;
use given::*;

mod given;

#[test]
fn g01_every_state_of_the_token_is_named() {
    for (token_self, state) in [
        (said(Said::Revoked), TokenState::Revoked),
        (
            said(Said::Expired),
            TokenState::Expired { expires_at: None },
        ),
        (said(Said::Unknown), TokenState::Unknown),
        (said(Said::NotAnAccessToken), TokenState::NotAnAccessToken),
        (said(Said::ProofRequired), TokenState::ProofRequired),
        (said(Said::ServerFailure), TokenState::NotKnown),
        (None, TokenState::NotKnown),
        (
            Some(Ok(TokenSelf {
                scopes: vec!["read_registry".into()],
                ..good()
            })),
            TokenState::MissingScope {
                scopes: vec!["read_registry".into()],
            },
        ),
        (
            Some(Ok(TokenSelf {
                active: false,
                ..good()
            })),
            TokenState::Expired {
                expires_at: Some("2031-01-01".into()),
            },
        ),
        (Some(Ok(good())), TokenState::GoodForTheApi),
    ] {
        let refusal = with(DENIED, |evidence| evidence.probed.token_self = token_self);
        assert_eq!(refusal, Refusal::Token { state });
        assert_eq!(refusal.code(), Code::G01);
    }
    let job_token = with(DENIED, |evidence| {
        evidence.offered = Some(Credential::JobToken);
    });
    let state = TokenState::JobToken;
    assert_eq!(job_token, Refusal::Token { state });
}

#[test]
fn g01_a_missing_scope_is_refused_with_403_too() {
    let refusal = with(NO_SCOPE, |evidence| {
        evidence.probed.token_self = Some(Ok(TokenSelf {
            scopes: vec!["read_registry".into()],
            ..good()
        }));
    });
    assert_eq!(refusal.code(), Code::G01);
}

#[test]
fn g02_the_role_is_told_where_gitlab_tells_it() {
    for (associations, level) in [
        (
            reaches(&[(PROJECT, AccessLevel::GUEST)]),
            Some(AccessLevel::GUEST),
        ),
        (
            reaches(&[("G/Security/GitLab", AccessLevel::DEVELOPER)]),
            Some(AccessLevel::DEVELOPER),
        ),
        (None, None),
    ] {
        for text in [FORBIDDEN, BARE_403] {
            let associations = associations.clone();
            let refusal = with(text, |evidence| {
                evidence.probed.token_self = Some(Ok(good()));
                evidence.probed.associations = associations;
            });
            let project = Some(PROJECT.to_owned());
            assert_eq!(refusal, Refusal::RoleTooLow { project, level });
            assert_eq!(refusal.code(), Code::G02);
        }
    }
}

#[test]
fn g03_a_good_token_that_does_not_reach_the_project_names_what_it_reaches() {
    // A group's bot gets 401 for an existing project that it cannot see, everybody else 404.
    for text in [NOT_FOUND, BARE_404, DENIED] {
        let refusal = with(text, |evidence| {
            evidence.probed.token_self = Some(Ok(good()));
            evidence.probed.anonymous = asked(401, "HTTP Basic: Access denied.");
            evidence.probed.with_token = asked(404, "The project you were looking for…");
            evidence.probed.associations = reaches(&[
                ("g/security/gitlab-shell", AccessLevel::DEVELOPER),
                ("g/security/gitlb", AccessLevel::DEVELOPER),
                ("g/archive/gitlab", AccessLevel::DEVELOPER),
                ("g/security/prometheus", AccessLevel::DEVELOPER),
            ]);
        });
        let Refusal::ProjectNotFound { project, absence } = &refusal else {
            panic!("{refusal:?}");
        };
        assert_eq!(project.as_deref(), Some(PROJECT));
        let similar = [
            "g/archive/gitlab",
            "g/security/gitlb",
            "g/security/gitlab-shell",
        ];
        assert_eq!(
            *absence,
            Absence::OutOfScope {
                similar: similar.map(str::to_owned).to_vec(),
                truncated: false
            },
            "{text}"
        );
        assert_eq!(refusal.code(), Code::G03);
    }
}

#[test]
fn g03_other_absences_are_told_apart() {
    let absence = |refusal| match refusal {
        Refusal::ProjectNotFound { absence, .. } => absence,
        other => panic!("{other:?}"),
    };
    let never_sent = with(NOT_FOUND, |evidence| {
        evidence.probed.token_self = Some(Ok(good()));
        evidence.probed.with_token = asked(200, "");
        evidence.probed.anonymous = asked(404, "");
    });
    assert_eq!(absence(never_sent), Absence::NeverSent);
    let no_repository = with(NO_REPOSITORY, |_| {});
    assert_eq!(absence(no_repository), Absence::NoRepository);
    let no_token = with(NOT_FOUND, |evidence| evidence.offered = None);
    assert_eq!(absence(no_token), Absence::NoTokenOffered);
    let not_known = with(NOT_FOUND, |_| {});
    assert_eq!(absence(not_known), Absence::NotKnown);
    let dead = with(NOT_FOUND, |evidence| {
        evidence.probed.token_self = said(Said::Revoked);
    });
    assert_eq!(dead.code(), Code::G01);
}

#[test]
fn g04_and_g05_belong_to_a_job_token_that_nobody_replaced() {
    for offered in [None, Some(Credential::JobToken)] {
        let not_allowed = with(JOB_TOKEN, |evidence| evidence.offered = offered);
        assert_eq!(
            not_allowed,
            Refusal::JobTokenNotAllowed {
                from: "omnibus-gitlab".into(),
                to: "gitlab".into()
            }
        );
        assert_eq!(not_allowed.code(), Code::G04);
        let permissions = with(JOB_TOKEN_PERMISSIONS, |evidence| evidence.offered = offered);
        let project = "gitlab".to_owned();
        assert_eq!(permissions, Refusal::JobTokenPermissions { project });
        assert_eq!(permissions.code(), Code::G05);
    }
}

#[test]
fn g06_and_g07_name_the_host_without_its_user() {
    let host = "gitlab.example".to_owned();
    for text in [NO_USERNAME, NO_USERNAME_NO_TTY] {
        let refusal = with(text, |_| {});
        assert_eq!(refusal, Refusal::NoCredential { host: host.clone() });
        assert_eq!(refusal.code(), Code::G06);
    }
    let refusal = with(NO_PASSWORD, |_| {});
    assert_eq!(refusal, Refusal::NoPassword { host });
    assert_eq!(refusal.code(), Code::G07);
}

#[test]
fn g08_a_credential_that_nobody_offered_or_needed() {
    for (offered, anonymous, public) in [
        (None, None, None),
        (None, asked(200, ""), Some(true)),
        (None, asked(401, ""), Some(false)),
        (Some(Credential::BuildToken), asked(200, ""), Some(true)),
    ] {
        let refusal = with(DENIED, |evidence| {
            evidence.offered = offered;
            evidence.probed.anonymous = anonymous;
        });
        assert_eq!(refusal, Refusal::ForeignCredential { public });
        assert_eq!(refusal.code(), Code::G08);
    }
}

#[test]
fn g09_and_g10_differ_by_gits_age_and_configuration() {
    for text in [OVERLOADED, LIMITED] {
        let limited = with(text, |evidence| {
            evidence.git.proactive_auth = true;
            evidence.probed.with_token = Some(Asked {
                status: 429,
                message: String::new(),
                retry_after: Some(std::time::Duration::from_secs(9)),
            });
        });
        let retry_after = Some(std::time::Duration::from_secs(9));
        assert_eq!(limited, Refusal::RateLimited { retry_after });
        assert_eq!(limited.code(), Code::G09);
        let version = GitVersion {
            major: 2,
            minor: 39,
        };
        let ignored = with(text, |evidence| {
            evidence.git.proactive_auth = true;
            evidence.git.version = Some(version);
        });
        assert_eq!(ignored, Refusal::ProactiveAuthIgnored { version });
        assert_eq!(ignored.code(), Code::G10);
    }
}

#[test]
fn g11_a_job_token_was_sent_although_the_build_token_was_offered() {
    for text in [JOB_TOKEN, JOB_TOKEN_PERMISSIONS] {
        assert_eq!(with(text, |_| {}), Refusal::OtherHelper);
    }
    let hidden = with(NOT_FOUND, |evidence| {
        evidence.probed.token_self = Some(Ok(good()));
        evidence.probed.with_token = asked(200, "");
        evidence.probed.anonymous = asked(401, "");
    });
    assert_eq!(hidden, Refusal::OtherHelper);
    assert_eq!(hidden.code(), Code::G11);
}

#[test]
fn g12_git_does_not_ask_again_after_403() {
    let refusal = with(FORBIDDEN, |evidence| {
        evidence.probed.token_self = Some(Ok(good()));
        evidence.probed.with_token = asked(200, "");
    });
    assert_eq!(refusal, Refusal::StaleCredential);
    assert_eq!(refusal.code(), Code::G12);
}

#[test]
fn g13_a_submodule_names_its_path_and_its_url_without_a_credential() {
    let refusal = with(SUBMODULE, |_| {});
    assert_eq!(
        refusal,
        Refusal::Submodule {
            path: "/builds/g/p/kit".into(),
            url: "https://gitlab.example/g/kit.git".into(),
        }
    );
    assert_eq!(refusal.code(), Code::G13);
}

#[test]
fn g21_g22_and_g23_have_texts_of_their_own() {
    for (text, code) in [
        (NO_HTTP, Code::G21),
        ("remote: Pulling over HTTP is not allowed.\n", Code::G21),
        (BLOCKED, Code::G22),
        (NEWLINE, Code::G23),
    ] {
        assert_eq!(with(text, |_| {}).code(), code, "{text}");
    }
}

#[test]
fn g26_an_old_git_never_asked_the_helper() {
    let version = GitVersion {
        major: 2,
        minor: 25,
    };
    for text in [NO_USERNAME, NOT_FOUND] {
        let refusal = with(text, |evidence| evidence.git.version = Some(version));
        assert_eq!(refusal, Refusal::GitTooOld { version });
        assert_eq!(refusal.code(), Code::G26);
        let public = with(text, |evidence| {
            evidence.git.version = Some(version);
            evidence.offered = None;
        });
        assert_ne!(public.code(), Code::G26, "the helper was not needed");
    }
}

#[test]
fn g27_the_token_is_good_and_git_sent_another() {
    for (text, preferred) in [
        (DENIED, None),
        (DENIED, Some(Preferred::ExtraHeader)),
        (FORBIDDEN, Some(Preferred::Netrc)),
        (NOT_FOUND, Some(Preferred::Rewrite)),
        (BARE_403, Some(Preferred::Rewrite)),
    ] {
        let refusal = with(text, |evidence| {
            evidence.git.preferred = preferred;
            evidence.probed.token_self = Some(Ok(good()));
            evidence.probed.with_token = asked(200, "");
            evidence.probed.anonymous = asked(401, "");
        });
        assert_eq!(
            refusal,
            Refusal::PreferredCredential { preferred },
            "{text}"
        );
        assert_eq!(refusal.code(), Code::G27);
    }
}

#[test]
fn a_bare_403_gets_its_reason_from_our_own_request() {
    let refusal = with(BARE_403, |evidence| {
        evidence.offered = Some(Credential::JobToken);
        evidence.probed.with_token = asked(
            403,
            "Authentication by CI/CD job token not allowed from omnibus-gitlab to gitlab.",
        );
    });
    assert_eq!(refusal.code(), Code::G04);
}

#[test]
fn what_is_no_refusal_is_not_called_one() {
    for (text, outcome) in [
        (
            "fatal: unable to access 'https://h.example/': Could not resolve host: h.example\n",
            Outcome::Unreachable,
        ),
        (
            "fatal: unable to access 'https://h.example/': Failed to connect to h.example port 443 after 1 ms: Couldn't connect to server\n",
            Outcome::Unreachable,
        ),
        (
            "fatal: unable to access 'https://h.example/': server certificate verification failed. CAfile: none CRLfile: none\n",
            Outcome::Unreachable,
        ),
        (
            "fatal: protocol error: bad line length character: <htm\n",
            Outcome::Failed,
        ),
        ("", Outcome::Failed),
    ] {
        assert_eq!(classify(&evidence(text)), outcome, "{text}");
    }
}
