//! `build-token sources list|check|env`: the components of a build, and their remotes in the job's
//! channel.

mod check;
mod env;
mod list;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use build_token_identity::JobContext;
use build_token_job::run::Surroundings;
use build_token_job::sources::{
    Channel, Credential, JOB_TOKEN, OMNIBUS, Offer, Prospect, Question, Resolution, resolve,
};
use build_token_job::{findings, names};
use build_token_report::{Finding, Severity};
use clap::{Args, ValueEnum};

use crate::args::Common;
use crate::outcome::{Failed, Outcome};
use crate::surroundings::{self, Search};
use crate::ui::Ui;

/// What to do with the components.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Show each component's remote; asks nobody.
    List(list::Options),
    /// Ask each remote whether git can fetch it, and explain every refusal.
    Check(check::Options),
    /// Print `export` lines, so that a build uses the same remotes; asks nobody.
    Env(env::Options),
}

/// Which list, and how it is read.
#[derive(Debug, Args)]
pub struct SourceOptions {
    /// The list of components [default: sources.file of .build-token.yml, else .custom_sources.yml].
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// The channel [default: what SECURITY_SOURCES and ALTERNATIVE_SOURCES say].
    #[arg(long, value_enum, value_name = "CHANNEL")]
    channel: Option<ChannelOption>,
    /// Use CI_JOB_TOKEN where there is no build token.
    #[arg(long)]
    legacy_job_token: bool,
}

/// `--channel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ChannelOption {
    /// The instance where releases are built.
    Remote,
    /// The public instance.
    Alternative,
    /// The private mirrors, which want the build token.
    Security,
}

impl From<ChannelOption> for Channel {
    fn from(option: ChannelOption) -> Channel {
        match option {
            ChannelOption::Remote => Channel::Remote,
            ChannelOption::Alternative => Channel::Alternative,
            ChannelOption::Security => Channel::Security,
        }
    }
}

/// Runs the command.
pub fn run(subcommand: &Subcommand, common: &Common, started: Instant, ui: &mut Ui) -> Outcome {
    match subcommand {
        Subcommand::List(options) => list::run(options, common, started, ui),
        Subcommand::Check(options) => check::run(options, common, started, ui),
        Subcommand::Env(options) => env::run(options, common, started, ui),
    }
}

/// The list as it was read, and the job that reads it.
struct Scene {
    surroundings: Surroundings,
    /// The list's name, as the user calls it.
    file: String,
    text: String,
    channel: Option<Channel>,
    prospect: Prospect,
    offer: Offer,
}

impl Scene {
    /// Reads the list and considers the grants; asks nobody.
    fn read(options: &SourceOptions, common: &Common, started: Instant) -> Result<Scene, Failed> {
        let surroundings = surroundings::read(common, started, Search::Usual)?;
        let context = &surroundings.context;
        let (path, said_by) = locate(options, common, &surroundings, context)?;
        let shown = path.strip_prefix(&surroundings.directory).unwrap_or(&path);
        let file = shown.display().to_string();
        let text = fs::read_to_string(&path)
            .map_err(|problem| findings::unreadable(&file, said_by).with("problem", problem))?;
        let prospect = Prospect::of(surroundings.file.as_ref(), context)
            .map_err(|error| findings::grant(&error))?;
        let job_token = context
            .get(JOB_TOKEN)
            .is_some_and(|value| !value.is_empty());
        let offer = Offer {
            build_token: prospect.entitled(),
            job_token: options.legacy_job_token && job_token,
        };
        Ok(Scene {
            surroundings,
            file,
            text,
            channel: options.channel.map(Channel::from),
            prospect,
            offer,
        })
    }

    fn resolve(&self) -> Result<Resolution, Failed> {
        let question = Question {
            lookup: &|name| self.surroundings.context.get(name).map(str::to_owned),
            reach: &|url| self.prospect.covers(url),
            channel: self.channel,
            overrides: OMNIBUS,
            offer: self.offer,
        };
        Ok(resolve(&self.text, &self.file, &question)
            .map_err(|error| findings::sources::error(&error))?)
    }

    /// What the components that need a token are given.
    fn credential(&self, resolution: &Resolution) -> Option<Credential> {
        resolution.credential(self.offer)
    }

    /// The conditions that cannot be decided, where it matters: a component needs a token.
    fn undecided(&self, resolution: &Resolution) -> Vec<Finding> {
        let needed = resolution.components.iter().any(|one| one.needs_token);
        if !needed || self.credential(resolution).is_some() {
            return Vec::new();
        }
        self.prospect.undecided().map(findings::gate).collect()
    }

    /// What is worth knowing. Nothing is handed out here, so a condition that cannot be decided
    /// stops nobody.
    fn notes(&self, resolution: &Resolution) -> Vec<Finding> {
        let undecided = self.undecided(resolution).into_iter();
        let mut notes: Vec<Finding> = undecided
            .map(|finding| finding.severity(Severity::Warning))
            .collect();
        let facts = findings::sources::Facts {
            file: &self.file,
            prospect: &self.prospect,
        };
        notes.extend(findings::sources::notes(resolution, facts));
        notes
    }
}

/// The list's absolute path, and who named it.
fn locate(
    options: &SourceOptions,
    common: &Common,
    surroundings: &Surroundings,
    context: &JobContext,
) -> Result<(PathBuf, &'static str), Failed> {
    let directory = &surroundings.directory;
    if let Some(path) = &options.file {
        return Ok((directory.join(path), "--file"));
    }
    let project = if context.in_ci() {
        context.project_dir()
    } else {
        None
    };
    let project = project.map_or(directory.as_path(), Path::new);
    let pinned = surroundings
        .file
        .as_ref()
        .and_then(|file| file.document.sources.file.as_ref());
    let Some(pinned) = pinned else {
        return Ok((project.join(names::SOURCES_FILE), names::SOURCES_FILE));
    };
    // In a checkout the file speaks of its own neighbours, wherever one stands.
    let configuration = surroundings::configuration_path(common, surroundings)?;
    let beside = configuration.as_deref().and_then(Path::parent);
    let base = if context.in_ci() {
        project
    } else {
        beside.unwrap_or(project)
    };
    Ok((base.join(&pinned.value), names::CONFIG_FILE))
}
