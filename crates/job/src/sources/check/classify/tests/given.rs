//! What git prints when GitLab refuses, to the letter, and what GitLab says when it is asked.

use build_token_gitlab::{AccessLevel, Associations, Error, Project, TokenSelf};

use super::super::super::evidence::{GitFacts, Probed};
use super::super::*;

pub const DENIED: &str = "\
remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password \
was incorrect or you're required to use a token instead of a password. If a token was provided, it \
was either incorrect, expired, or improperly scoped. See \
https://gitlab.example/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
fatal: Authentication failed for 'https://gitlab.example/g/security/gitlab.git/'
";
pub const FORBIDDEN: &str = "\
remote: You are not allowed to download code from this project.
fatal: unable to access 'https://gitlab.example/g/security/gitlab.git/': The requested URL returned error: 403
";
pub const NO_SCOPE: &str = "\
remote: You are not allowed to download code.
fatal: unable to access 'https://gitlab.example/g/security/gitlab.git/': The requested URL returned error: 403
";
pub const BARE_403: &str = "fatal: unable to access 'https://gitlab.example/g/security/gitlab.git/': The requested URL returned error: 403\n";
pub const NOT_FOUND: &str = "\
remote: The project you were looking for could not be found or you don't have permission to view it.
fatal: repository 'https://gitlab.example/g/security/gitlab.git/' not found
";
pub const BARE_404: &str =
    "fatal: repository 'https://gitlab.example/g/security/gitlab.git/' not found\n";
pub const NO_REPOSITORY: &str = "\
remote: A repository for this project does not exist yet.
fatal: repository 'https://gitlab.example/g/security/gitlab.git/' not found
";
pub const JOB_TOKEN: &str = "\
remote: Authentication by CI/CD job token not allowed from omnibus-gitlab to gitlab.
fatal: unable to access 'https://gitlab.example/g/security/gitlab.git/': The requested URL returned error: 403
";
pub const JOB_TOKEN_PERMISSIONS: &str = "\
remote: Insufficient permissions to pull from the repository of project gitlab.
fatal: unable to access 'https://gitlab.example/g/security/gitlab.git/': The requested URL returned error: 403
";
pub const NO_USERNAME: &str =
    "fatal: could not read Username for 'https://gitlab.example': terminal prompts disabled\n";
pub const NO_USERNAME_NO_TTY: &str =
    "fatal: could not read Username for 'https://gitlab.example': No such device or address\n";
pub const NO_PASSWORD: &str = "fatal: could not read Password for 'https://gitlab-ci-token@gitlab.example': terminal prompts disabled\n";
pub const OVERLOADED: &str = "\
remote: GitLab is currently unable to handle this request due to load.
fatal: unable to access 'https://gitlab.example/g/gitlab.git/': The requested URL returned error: 503
";
pub const LIMITED: &str = "fatal: unable to access 'https://gitlab.example/g/gitlab.git/': The requested URL returned error: 429\n";
pub const SUBMODULE: &str = "\
remote: The project you were looking for could not be found or you don't have permission to view it.
fatal: repository 'https://u:s3cret@gitlab.example/g/kit.git/' not found
fatal: clone of 'https://u:s3cret@gitlab.example/g/kit.git' into submodule path '/builds/g/p/kit' failed
";
pub const NO_HTTP: &str = "\
remote: Git access over HTTP is not allowed
fatal: unable to access 'https://gitlab.example/g/gitlab.git/': The requested URL returned error: 403
";
pub const BLOCKED: &str = "\
remote: Your account has been blocked.
fatal: unable to access 'https://gitlab.example/g/gitlab.git/': The requested URL returned error: 403
";
pub const NEWLINE: &str = "\
warning: url contains a newline in its password component: https://x@gitlab.example/
fatal: credential url cannot be parsed: https://x@gitlab.example/
";

pub const PROJECT: &str = "g/security/gitlab";

/// Evidence with the build token offered, a new git and nothing asked.
pub fn evidence(stderr: &str) -> Evidence<'_> {
    Evidence {
        stderr,
        offered: Some(Credential::BuildToken),
        git: GitFacts {
            version: Some(GitVersion {
                major: 2,
                minor: 47,
            }),
            ..GitFacts::default()
        },
        probed: Probed {
            project: Some(PROJECT.into()),
            ..Probed::default()
        },
    }
}

pub fn with<'a>(stderr: &'a str, change: impl FnOnce(&mut Evidence<'a>)) -> Refusal {
    let mut evidence = evidence(stderr);
    change(&mut evidence);
    match classify(&evidence) {
        Outcome::Refused(refusal) => *refusal,
        other => panic!("{other:?}"),
    }
}

pub fn good() -> TokenSelf {
    TokenSelf {
        id: 7,
        name: "build-token".into(),
        scopes: vec!["read_repository".into()],
        user_id: 9,
        revoked: false,
        active: true,
        expires_at: Some("2031-01-01".into()),
        created_at: None,
        last_used_at: None,
    }
}

pub fn said(refusal: Said) -> Option<Result<TokenSelf, Error>> {
    Some(Err(Error::Refused {
        refusal,
        status: 401,
        request_id: None,
    }))
}

pub fn asked(status: u16, message: &str) -> Option<Asked> {
    Some(Asked {
        status,
        message: message.into(),
        retry_after: None,
    })
}

pub fn reaches(projects: &[(&str, AccessLevel)]) -> Option<Result<Associations, Error>> {
    let projects = projects
        .iter()
        .zip(1..)
        .map(|((path, level), id)| Project::new(id, *path, *level))
        .collect();
    Some(Ok(Associations {
        projects,
        ..Associations::default()
    }))
}
