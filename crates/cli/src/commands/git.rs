//! `build-token git setup|clean`: the scoped helper in a git configuration file, never a secret.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Instant;

use build_token_job::git_program::find_git;
use build_token_job::run::Surroundings;
use build_token_job::{findings, grants, wiring};
use build_token_report::{Code, Finding, Reason};
use clap::Args;

use crate::args::Common;
use crate::outcome::{Failed, Outcome, SUCCESS};
use crate::surroundings::{self, Search};
use crate::ui::Ui;

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Let git ask build-token for the repositories within the reach.
    Setup(Place),
    /// Remove what `setup` wrote.
    Clean(Place),
}

/// Which of git's configuration files.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Place {
    /// The user's (the default).
    #[arg(long)]
    global: bool,
    /// This repository's.
    #[arg(long)]
    local: bool,
    /// This file.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

impl Place {
    fn arguments(&self) -> Vec<String> {
        match (&self.file, self.local) {
            (Some(file), _) => vec!["--file".to_owned(), file.display().to_string()],
            (None, true) => vec!["--local".to_owned()],
            (None, false) => vec!["--global".to_owned()],
        }
    }

    fn name(&self) -> String {
        self.arguments().join(" ")
    }
}

/// Runs the command.
pub fn run(subcommand: &Subcommand, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    let surroundings = surroundings::read(common, started, Search::Usual)?;
    match subcommand {
        Subcommand::Setup(place) => setup(place, common, &surroundings, ui),
        Subcommand::Clean(place) => clean(place, &surroundings, ui),
    }
}

fn setup(place: &Place, common: &Common, surroundings: &Surroundings, ui: &Ui) -> Outcome {
    let context = &surroundings.context;
    let grants = grants::resolve(surroundings.file.as_ref(), context, &[])
        .map_err(|error| findings::grant(&error))?;
    let reach: Vec<_> = grants
        .iter()
        .flat_map(|grant| grant.reach.iter().cloned())
        .collect();
    if reach.is_empty() {
        return Err(Finding::new(Code::C25)
            .because("problem", Reason::new("reason-no-reach"))
            .because("reason", Reason::new("reason-no-reach-why"))
            .because("remedy", Reason::new("reason-no-reach-fix"))
            .into());
    }
    let config = surroundings::configuration_path(common, surroundings)?;
    let git = Git::find(surroundings)?;
    remove(&git, place)?;
    let entries = wiring::entries(
        &wiring::Helper::alone(&surroundings.program, config.as_deref()),
        &reach,
        &[],
    );
    for (key, value) in &entries {
        let mut arguments = place.arguments();
        arguments.extend(["--add".to_owned(), key.clone(), value.clone()]);
        git.config(&arguments)?;
    }
    let names: Vec<String> = reach.iter().map(ToString::to_string).collect();
    ui.say(
        "say-setup",
        &[("reach", &names.join(", ")), ("place", &place.name())],
    );
    Ok(SUCCESS)
}

fn clean(place: &Place, surroundings: &Surroundings, ui: &Ui) -> Outcome {
    let removed = remove(&Git::find(surroundings)?, place)?;
    ui.say(
        "say-clean",
        &[("count", &removed.to_string()), ("place", &place.name())],
    );
    Ok(SUCCESS)
}

/// Removes what an earlier `setup` wrote: the prefixes whose helper is ours, and only our own values.
fn remove(git: &Git, place: &Place) -> Result<usize, Failed> {
    let mut arguments = place.arguments();
    arguments.extend(["--list".to_owned(), "--null".to_owned()]);
    let listed = match git.output(&arguments) {
        Ok(output) if output.status.success() => wiring::parse_list(&output.stdout),
        // A file that is not there has nothing in it.
        Ok(_) => Vec::new(),
        Err(finding) => return Err(finding.into()),
    };
    let ours = wiring::ours(&listed);
    for (key, value) in &ours {
        let mut arguments = place.arguments();
        arguments.extend([
            "--fixed-value".to_owned(),
            "--unset-all".to_owned(),
            key.clone(),
            value.clone(),
        ]);
        git.config(&arguments)?;
    }
    Ok(ours.len())
}

struct Git<'s> {
    program: PathBuf,
    surroundings: &'s Surroundings,
}

impl<'s> Git<'s> {
    fn find(surroundings: &'s Surroundings) -> Result<Git<'s>, Failed> {
        let path = surroundings.environment.get("PATH").unwrap_or_default();
        let program = find_git(path, &surroundings.directory)
            .map_err(|_| Finding::new(Code::R01).with("program", "git"))?;
        Ok(Git {
            program,
            surroundings,
        })
    }

    fn output(&self, arguments: &[String]) -> Result<Output, Finding> {
        Command::new(&self.program)
            .arg("config")
            .args(arguments)
            .env_clear()
            .envs(self.surroundings.environment.iter())
            .output()
            .map_err(|error| {
                Finding::new(Code::R02)
                    .with("program", "git")
                    .with("problem", error)
            })
    }

    fn config(&self, arguments: &[String]) -> Result<(), Failed> {
        let output = self.output(arguments)?;
        // 5: "you try to unset an option which does not exist" (git-config(1)).
        if output.status.success() || output.status.code() == Some(5) {
            return Ok(());
        }
        Err(Finding::new(Code::R24)
            .with("file", "git config")
            .with("problem", String::from_utf8_lossy(&output.stderr).trim())
            .because("reason", Reason::new("reason-git-configuration"))
            .into())
    }
}
