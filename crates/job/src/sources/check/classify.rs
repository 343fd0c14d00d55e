//! From evidence to the one cause. Pure: every rule can be read, and tested, as a row of a table.

use build_token_gitlab::Refusal as Said;

use super::super::resolve::Credential;
use super::Outcome;
use super::evidence::{Asked, Evidence, GitVersion};
use super::refusal::{Absence, Refusal, TokenState};
use super::words::Words;

/// How many similar projects are named.
const SIMILAR: usize = 3;
/// How alike two paths have to be to be called similar (Jaro-Winkler, 0 to 1).
const LIKENESS: f64 = 0.8;

/// Why git failed.
#[must_use]
pub fn classify(evidence: &Evidence<'_>) -> Outcome {
    let refusal = match Words::read(evidence.stderr) {
        Words::Unreachable => return Outcome::Unreachable,
        Words::Unknown => return Outcome::Failed,
        // A bare 403 hides GitLab's reason; the same request of ours may have got it.
        Words::Forbidden => {
            let reason = reason(evidence.probed.with_token.as_ref());
            refusal(reason.unwrap_or(Words::Forbidden), evidence)
        }
        words => refusal(words, evidence),
    };
    Outcome::Refused(Box::new(refusal))
}

/// GitLab's reason in the answer to our own request.
fn reason(asked: Option<&Asked>) -> Option<Words> {
    match Words::read(&format!("remote: {}\n", asked?.message)) {
        Words::Unknown | Words::Unreachable => None,
        words => Some(words),
    }
}

fn refusal(words: Words, evidence: &Evidence<'_>) -> Refusal {
    match words {
        Words::SubmoduleFailed { path, url } => Refusal::Submodule { path, url },
        Words::JobTokenNotAllowed { from, to } => {
            another_credential(evidence).unwrap_or(Refusal::JobTokenNotAllowed { from, to })
        }
        Words::JobTokenPermissions { project } => {
            another_credential(evidence).unwrap_or(Refusal::JobTokenPermissions { project })
        }
        Words::Overloaded => overloaded(evidence),
        Words::HttpDisabled => Refusal::HttpDisabled,
        Words::UserBlocked { message } => Refusal::UserBlocked { message },
        Words::DownloadForbidden | Words::DownloadForbiddenEverywhere | Words::Forbidden => {
            forbidden(evidence)
        }
        Words::NoRepository => not_found(evidence, Absence::NoRepository),
        Words::ProjectNotFound => absent(evidence),
        Words::AccessDenied => denied(evidence),
        Words::NoUsername { host } => too_old(evidence).unwrap_or(Refusal::NoCredential { host }),
        Words::NoPassword { host } => Refusal::NoPassword { host },
        Words::MalformedUrl => Refusal::MalformedUrl,
        Words::Unreachable | Words::Unknown => unknown_token(),
    }
}

/// A job token's refusal although the build token was meant: whoever put it there comes first.
fn another_credential(evidence: &Evidence<'_>) -> Option<Refusal> {
    let meant = evidence.offered == Some(Credential::BuildToken);
    meant.then(|| preferred_or(evidence, Refusal::OtherHelper))
}

/// A credential that git is known to prefer explains more than any guess.
fn preferred_or(evidence: &Evidence<'_>, otherwise: Refusal) -> Refusal {
    match evidence.git.preferred {
        None => otherwise,
        preferred => Refusal::PreferredCredential { preferred },
    }
}

fn overloaded(evidence: &Evidence<'_>) -> Refusal {
    match evidence.git.version {
        Some(version) if evidence.git.proactive_auth && version < GitVersion::PROACTIVE => {
            Refusal::ProactiveAuthIgnored { version }
        }
        _ => Refusal::RateLimited {
            retry_after: evidence
                .probed
                .with_token
                .as_ref()
                .and_then(|asked| asked.retry_after),
        },
    }
}

/// 403: a scope, a role, or another credential.
fn forbidden(evidence: &Evidence<'_>) -> Refusal {
    if let Some(state) = defect(evidence) {
        return Refusal::Token { state };
    }
    if opens(evidence.probed.with_token.as_ref()) {
        return preferred_or(evidence, Refusal::StaleCredential);
    }
    Refusal::RoleTooLow {
        project: evidence.probed.project.clone(),
        level: level(evidence),
    }
}

/// 404: nobody with these rights may know that the project exists.
fn absent(evidence: &Evidence<'_>) -> Refusal {
    if let Some(refusal) = too_old(evidence) {
        return refusal;
    }
    if let Some(state) = defect(evidence) {
        return Refusal::Token { state };
    }
    if opens(evidence.probed.with_token.as_ref()) {
        let anonymous = evidence.probed.anonymous.as_ref();
        // An anonymous request gets the same answer, so git may well have made one.
        let guess = if anonymous.is_some_and(|asked| asked.status == 404) {
            not_found(evidence, Absence::NeverSent)
        } else {
            Refusal::OtherHelper
        };
        return preferred_or(evidence, guess);
    }
    match (evidence.offered, out_of_scope(evidence)) {
        (None, _) => not_found(evidence, Absence::NoTokenOffered),
        (_, Some(absence)) => not_found(evidence, absence),
        (_, None) => not_found(evidence, Absence::NotKnown),
    }
}

/// 401 after a credential was sent.
fn denied(evidence: &Evidence<'_>) -> Refusal {
    let public = evidence.probed.anonymous.as_ref().map(Asked::is_open);
    match evidence.offered {
        // Without any credential git would have asked for a user name instead.
        None => return Refusal::ForeignCredential { public },
        Some(Credential::JobToken) => {
            let state = TokenState::JobToken;
            return Refusal::Token { state };
        }
        Some(Credential::BuildToken) => {}
    }
    if let Some(state) = defect(evidence) {
        return Refusal::Token { state };
    }
    if opens(evidence.probed.with_token.as_ref()) {
        return Refusal::PreferredCredential {
            preferred: evidence.git.preferred,
        };
    }
    if public == Some(true) {
        return Refusal::ForeignCredential { public };
    }
    // The bot of a group access token is refused like an unknown user where it cannot see the
    // project, as long as the project exists (`Gitlab::Auth.personal_access_token_check`).
    if let Some(absence) = out_of_scope(evidence) {
        return not_found(evidence, absence);
    }
    match &evidence.probed.token_self {
        Some(Ok(_)) => Refusal::Token {
            state: TokenState::GoodForTheApi,
        },
        _ => unknown_token(),
    }
}

fn unknown_token() -> Refusal {
    Refusal::Token {
        state: TokenState::NotKnown,
    }
}

fn not_found(evidence: &Evidence<'_>, absence: Absence) -> Refusal {
    Refusal::ProjectNotFound {
        project: evidence.probed.project.clone(),
        absence,
    }
}

fn opens(asked: Option<&Asked>) -> bool {
    asked.is_some_and(Asked::is_open)
}

/// The helper is configured by variables that this git does not read.
fn too_old(evidence: &Evidence<'_>) -> Option<Refusal> {
    let version = evidence.git.version?;
    (evidence.offered.is_some() && version < GitVersion::CONFIGURED_BY_ENVIRONMENT)
        .then_some(Refusal::GitTooOld { version })
}

/// What GitLab says is wrong with the build token; nothing when it is good or nobody knows.
fn defect(evidence: &Evidence<'_>) -> Option<TokenState> {
    match evidence.probed.token_self.as_ref()? {
        Ok(token) if token.revoked => Some(TokenState::Revoked),
        Ok(token) if !token.active => Some(TokenState::Expired {
            expires_at: token.expires_at.clone(),
        }),
        Ok(token) if !token.may_download_code() => Some(TokenState::MissingScope {
            scopes: token.scopes.clone(),
        }),
        Ok(_) => None,
        Err(error) => match error.refusal()? {
            Said::Revoked => Some(TokenState::Revoked),
            Said::Expired => Some(TokenState::Expired { expires_at: None }),
            Said::Unknown => Some(TokenState::Unknown),
            Said::NotAnAccessToken => Some(TokenState::NotAnAccessToken),
            Said::ProofRequired => Some(TokenState::ProofRequired),
            _ => None,
        },
    }
}

/// The project is not among those that the token reaches.
fn out_of_scope(evidence: &Evidence<'_>) -> Option<Absence> {
    let associations = evidence.probed.associations.as_ref()?.as_ref().ok()?;
    let project = evidence.probed.project.as_deref()?;
    if associations.project(project).is_some() {
        return None;
    }
    let known = associations
        .projects
        .iter()
        .map(|project| project.path_with_namespace.as_str());
    Some(Absence::OutOfScope {
        similar: similar(project, known),
        truncated: associations.truncated,
    })
}

/// The known paths that look like this one: by the project's own name or by the whole path, since
/// projects are renamed and moved.
fn similar<'a>(project: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let own = name(project);
    let mut alike: Vec<(f64, &str)> = known
        .map(|path| {
            let by_name = strsim::jaro_winkler(&own, &name(path));
            let by_path = strsim::jaro_winkler(project, path);
            // The name weighs more: every path of one group begins alike.
            (0.9 * by_name + 0.1 * by_path, path)
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    alike.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    alike.truncate(SIMILAR);
    alike.into_iter().map(|(_, path)| path.to_owned()).collect()
}

/// The token's role in the project.
fn level(evidence: &Evidence<'_>) -> Option<build_token_gitlab::AccessLevel> {
    let associations = evidence.probed.associations.as_ref()?.as_ref().ok()?;
    let project = evidence.probed.project.as_deref()?;
    associations.project(project)?.access_level()
}

#[cfg(test)]
mod tests;
