//! Hands tokens to git in a child's environment: the helper's configuration, and the agent that
//! answers it. The one mechanism, for `run` and for whoever else starts a git that needs a token.

use std::io;
use std::path::Path;

use build_token_secret::Masker;

use crate::agent::{Agent, Offer};
use crate::environment::Environment;
use crate::private_directory::PrivateDirectory;
use crate::{inheritance, names, wiring};

/// Where all this happens.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Our own program, as an absolute path, for git.
    pub program: &'a Path,
    /// Where a private directory may be made.
    pub temporary: &'a Path,
    /// The working directory of the job: no program in it is trusted.
    pub checkout: &'a Path,
    /// Where git will run: the configuration of the repository there counts.
    pub directory: &'a Path,
}

/// Lets git in `child` have what is offered: within each token's reach, and nowhere else. Nothing is
/// done where nothing with a reach is offered. git gets answers when somebody lets the agent answer,
/// and `masker` learns every token that is fetched anew.
///
/// # Errors
/// The agent's private directory or its socket cannot be made.
pub fn to_git(
    offers: Vec<Offer>,
    masker: &Masker,
    place: Place<'_>,
    child: &mut Environment,
) -> io::Result<Option<Agent>> {
    let offers: Vec<Offer> = offers
        .into_iter()
        .filter(|offer| !offer.reach.is_empty())
        .collect();
    if offers.is_empty() {
        return Ok(None);
    }
    let reach: Vec<_> = offers
        .iter()
        .flat_map(|offer| offer.reach.iter().cloned())
        .collect();
    let inherited = inheritance::configuration(child, &reach, place.checkout, place.directory);
    let entries = wiring::entries(
        &wiring::Helper::under_run(place.program),
        &reach,
        &inherited,
    );
    for (name, value) in wiring::variables(&entries, child) {
        child.set(name, value);
    }
    let directory = PrivateDirectory::new(place.temporary)?;
    if wiring::is_rewritten(&reach, &inherited) {
        let system = inheritance::system_file(child, place.checkout);
        let text = wiring::first_of_all(&entries, system.as_deref());
        child.set("GIT_CONFIG_SYSTEM", directory.write_config(&text)?);
        child.remove("GIT_CONFIG_NOSYSTEM");
    }
    let agent = Agent::open(offers, masker.clone(), directory)?;
    child.set(names::AGENT, agent.socket());
    Ok(Some(agent))
}
