//! Who may do what with a repository over HTTP, and GitLab's own words for a no.
//!
//! One answer depends on GitLab's version: a bot's token that may not see a private project which
//! is there gets 404 here, as every user does; newer servers deny it with 401, and keep 404 for
//! projects that are not there at all.

use jiff::Timestamp;

use super::level::{DEVELOPER, DOWNLOAD, PUSH, REPORTER};
use super::state::{Project, State, Token, User, Visibility};
use crate::git::{Admitted, Attempt, Service};
use crate::wire::Response;

/// Decides one attempt.
pub(super) fn decide(
    state: &mut State,
    attempt: &Attempt,
    now: Timestamp,
    base_url: &str,
) -> Result<Admitted, Response> {
    let caller = authenticate(state, attempt, now, base_url)?;
    let project = state.project(&attempt.project);
    let user = caller.as_ref().map(|(_, user)| user);
    let visible = project.filter(|project| state.may_see_project(user, project));
    let Some((token, user)) = &caller else {
        // Somebody without a name is asked for one, whether or not the project is there.
        return match (visible, attempt.service) {
            (Some(project), Service::Download) => Ok(admitted(project)),
            _ => Err(access_denied(base_url)),
        };
    };
    if attempt.service == Service::Push && !token.has_scope(&PUSH) {
        return Err(refusal(403, "You are not allowed to upload code."));
    }
    let project = visible.ok_or_else(|| {
        let text = "The project you were looking for could not be found or you don't have \
                    permission to view it.";
        refusal(404, text)
    })?;
    let level = state.level_in_project(user, project);
    match attempt.service {
        Service::Download if project.visibility == Visibility::Private && level < REPORTER => {
            let text = "You are not allowed to download code from this project.";
            Err(refusal(403, text))
        }
        Service::Push if level < DEVELOPER => Err(refusal(
            403,
            "You are not allowed to push code to this project.",
        )),
        _ => Ok(admitted(project)),
    }
}

/// The token and its user; none without credentials. Any user name will do, but not a blank one.
fn authenticate(
    state: &mut State,
    attempt: &Attempt,
    now: Timestamp,
    base_url: &str,
) -> Result<Option<(Token, User)>, Response> {
    let Some((name, password)) = &attempt.credentials else {
        return Ok(None);
    };
    let token = state
        .token_by_value(password)
        .filter(|token| token.active(now) && token.has_scope(&DOWNLOAD))
        .filter(|_| !name.trim().is_empty())
        .ok_or_else(|| access_denied(base_url))?;
    token.used(now, attempt.remote);
    let token = token.clone();
    let user = state.users.get(&token.user).cloned();
    user.map(|user| Some((token, user)))
        .ok_or_else(|| access_denied(base_url))
}

fn admitted(project: &Project) -> Admitted {
    Admitted {
        project_id: project.id,
        path: project.path.clone(),
    }
}

/// git prints a refusal's text after `remote: `.
fn refusal(status: u16, text: &str) -> Response {
    Response::new(status).with_body("text/plain; charset=utf-8", text)
}

/// Nobody, or somebody unknown: git asks for a user and a password and tries once more.
fn access_denied(base_url: &str) -> Response {
    let text = format!(
        "HTTP Basic: Access denied. If a password was provided for Git authentication, the \
         password was incorrect or you're required to use a token instead of a password. If a \
         token was provided, it was either incorrect, expired, or improperly scoped. See \
         {base_url}/help/topics/git/troubleshooting_git.md\
         #error-on-git-fetch-http-basic-access-denied"
    );
    refusal(401, &text).with_header("WWW-Authenticate", r#"Basic realm="GitLab""#)
}
