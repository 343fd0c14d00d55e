//! A whole `sources check`: the environment of a build, git wired as under `run`, every remote asked,
//! and each refusal as a finding.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use build_token_gitlab::CiServer;
use build_token_http::{Client, SystemTime};
use build_token_report::{Code, Finding};
use build_token_secret::{Masker, Secret};

use super::check::{self, Check, Checked, Git, Probes, Progress};
use super::resolve::{Credential, Resolution};
use crate::agent::{Agent, Offer};
use crate::connection;
use crate::credential::{JOB_TOKEN_USER_NAME, USER_NAME};
use crate::environment::Environment;
use crate::obtain::Token;
use crate::reach::Reach;
use crate::run::Surroundings;
use crate::{delivery, findings, git_program, transport};

/// How long git may take for one component.
const DEADLINE: Duration = Duration::from_secs(30);

/// The variable that holds the job's own token.
pub const JOB_TOKEN: &str = "CI_JOB_TOKEN";

/// git runs here, so that no repository's configuration counts.
const DIRECTORY: &str = "/";

/// What the components that need a token are given.
pub struct Means<'a> {
    /// Which kind of credential; see [`Resolution::credential`].
    pub credential: Option<Credential>,
    /// The build tokens.
    pub tokens: &'a [Token],
    /// Where a credential may be sent.
    pub reach: &'a [Reach],
}

/// What became of all components.
pub struct Surveyed {
    /// Each component's result, in the components' order, and why it cannot be fetched.
    pub components: Vec<(Checked, Option<Finding>)>,
    /// What is worth saying about the environment.
    pub findings: Vec<Finding>,
}

/// Asks every component's remote. `progress` is called after each, from several threads.
///
/// # Errors
/// There is no git, or it cannot be given the tokens.
pub fn survey(
    resolution: &Resolution,
    means: &Means<'_>,
    surroundings: &Surroundings,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Surveyed, Box<Finding>> {
    let context = &surroundings.context;
    let path = surroundings.environment.get("PATH").unwrap_or_default();
    let program = git_program::find_git(path, &surroundings.directory)
        .map_err(|_| Finding::new(Code::R01).with("program", "git"))?;
    let id_token_name = connection::id_token_name(surroundings.file.as_ref(), context)
        .map_err(|error| findings::grant(&error))?;
    let masker = Masker::new();
    let mut child = surroundings.environment.clone();
    child.remove_identity(&id_token_name, &BTreeSet::new());
    let dangers = child.neutralise();
    let offers = offers(means, &mut child, &masker);
    // As long as it lives, git gets answers.
    let mut agent: Option<Agent> = delivery::to_git(
        offers,
        &masker,
        surroundings.place(Path::new(DIRECTORY)),
        &mut child,
    )
    .map_err(|error| findings::no_directory(&error))?;
    if let Some(agent) = &mut agent {
        agent.answer_in_background().map_err(findings::bug)?;
    }
    let environment = child
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    let git = Git::new(program, DIRECTORY.into(), environment.collect());

    let http = Client::new(transport::for_gitlab(context), SystemTime);
    let token = |url: &str| {
        let token = means
            .tokens
            .iter()
            .find(|token| covers(&token.reach, url))?;
        token.token.as_ref()
    };
    let reach = |url: &str| covers(means.reach, url);
    let ci = CiServer {
        server_url: context.get("CI_SERVER_URL"),
        api_v4_url: context.get("CI_API_V4_URL"),
    };
    let probes = Probes::new(&http, &token, ci, &reach);
    let check_with = Check {
        git: &git,
        deadline: DEADLINE,
        credential: means.credential,
        probes: Some(&probes),
    };
    let checked = check::check(&resolution.components, &check_with, progress);
    let explain = |(checked, component)| {
        let finding = findings::sources::checked(&checked, component, means.credential);
        (checked, finding.map(|finding| masked(finding, &masker)))
    };
    Ok(Surveyed {
        components: checked
            .into_iter()
            .zip(&resolution.components)
            .map(explain)
            .collect(),
        findings: dangers.into_iter().filter_map(findings::danger).collect(),
    })
}

fn covers(reach: &[Reach], url: &str) -> bool {
    reach.iter().any(|reach| reach.covers(url))
}

/// What git may have. No variable in its environment keeps a token: the helper is the one way.
fn offers(means: &Means<'_>, child: &mut Environment, masker: &Masker) -> Vec<Offer> {
    let job_token = child
        .get(JOB_TOKEN)
        .and_then(|value| value.to_str())
        .map(Secret::new);
    let mut offers = Vec::new();
    for token in means.tokens {
        if let Some(value) = &token.token {
            child.remove_value(value, &BTreeSet::new());
            offers.push(offer(&token.name, &token.reach, USER_NAME, value));
        }
    }
    if let (Some(Credential::JobToken), Some(value)) = (means.credential, &job_token) {
        offers.push(offer(JOB_TOKEN, means.reach, JOB_TOKEN_USER_NAME, value));
    }
    for offer in &offers {
        masker.add(&offer.token);
    }
    offers
}

/// Nothing is fetched anew: a token that was just read and is refused has to be told of.
fn offer(name: &str, reach: &[Reach], user_name: &'static str, token: &Secret) -> Offer {
    Offer {
        name: name.to_owned(),
        reach: reach.to_vec(),
        user_name,
        token: token.clone(),
        refresh: None,
    }
}

/// Servers say in their own words what they refused, and could repeat what they were sent.
fn masked(mut finding: Finding, masker: &Masker) -> Finding {
    let reasons = finding
        .reasons
        .values_mut()
        .flat_map(|reason| reason.facts.values_mut());
    for fact in finding.facts.values_mut().chain(reasons) {
        *fact = String::from_utf8_lossy(&masker.mask(fact.as_bytes())).into_owned();
    }
    finding
}

#[cfg(test)]
mod tests {
    use build_token_report::Reason;

    use super::*;

    #[test]
    fn what_a_server_repeats_is_masked_everywhere() {
        let masker = Masker::new();
        masker.add(&Secret::new("0123456789abcdef"));
        let finding = Finding::new(Code::G22)
            .with("text", "0123456789abcdef is blocked")
            .because(
                "detail",
                Reason::new("r").with("text", "not 0123456789abcdef"),
            );
        let masked = masked(finding, &masker);
        assert_eq!(masked.facts["text"], "[MASKED] is blocked");
        assert_eq!(masked.reasons["detail"].facts["text"], "not [MASKED]");
    }
}
