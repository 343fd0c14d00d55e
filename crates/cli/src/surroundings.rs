//! Reads the outer world once: environment, clock, working directory, and the configuration file.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use build_token_identity::JobContext;
use build_token_job::config::ConfigFile;
use build_token_job::environment::Environment;
use build_token_job::{findings, names, run};
use build_token_report::{Code, Finding};

use crate::args::Common;
use crate::outcome::Failed;

/// Whether a configuration file that nobody named is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// In the project's directory in CI, else up to the repository's root.
    Usual,
    /// Not at all: git asks for credentials in any repository.
    Never,
}

/// Everything that a command of the job's side needs of the outer world.
///
/// # Errors
/// The configuration file cannot be read, or is wrong.
pub fn read(
    common: &Common,
    started: Instant,
    search: Search,
) -> Result<run::Surroundings, Failed> {
    let environment = Environment::new(std::env::vars_os());
    let context = environment.context();
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let found = locate(common, &environment, &context, &directory, search)?;
    let file = found
        .map(|(path, source)| open(&path, source))
        .transpose()?;
    Ok(run::Surroundings {
        environment,
        file,
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("build-token")),
        temporary: std::env::temp_dir(),
        directory,
        now: now(),
        started,
    })
}

/// The absolute path of the configuration file that counts here, where there is one.
///
/// # Errors
/// In CI, a variable names another file than the project's own.
pub fn configuration_path(
    common: &Common,
    surroundings: &run::Surroundings,
) -> Result<Option<PathBuf>, Failed> {
    let (environment, directory) = (&surroundings.environment, &surroundings.directory);
    let found = locate(
        common,
        environment,
        &environment.context(),
        directory,
        Search::Usual,
    )?;
    Ok(found.map(|(path, _)| path))
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Opens a configuration file that `source` named.
///
/// # Errors
/// It cannot be read, or is wrong.
pub fn open(path: &Path, source: &str) -> Result<ConfigFile, Failed> {
    let name = path.display().to_string();
    let text = fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()))
        .map_err(|problem| {
            Finding::new(Code::C01)
                .with("file", &name)
                .with("problem", problem)
                .with("source", source)
        })?;
    Ok(ConfigFile::parse(&name, &text).map_err(|error| findings::yaml(&error))?)
}

/// Which file counts, and who says so. One that lies elsewhere, as in a dependency's checkout, is
/// never looked for; and in CI a variable cannot replace the project's own, reviewed file.
fn locate(
    common: &Common,
    environment: &Environment,
    context: &JobContext,
    directory: &Path,
    search: Search,
) -> Result<Option<(PathBuf, &'static str)>, Failed> {
    if let Some(path) = &common.config {
        return Ok(Some((absolute(path, directory), "--config")));
    }
    let own = if search == Search::Never {
        None
    } else if context.in_ci() {
        let project = context.project_dir().map_or(directory, Path::new);
        Some(project.join(names::CONFIG_FILE)).filter(|file| is_there(file))
    } else {
        above(directory)
    };
    let named = environment
        .get(names::CONFIG)
        .filter(|value| !value.is_empty())
        .map(|path| absolute(path, directory));
    match (named, own) {
        (Some(named), Some(own)) if context.in_ci() && !same(&named, &own) => {
            Err(Finding::new(Code::C06)
                .with("variable", names::CONFIG)
                .with("file", own.display())
                .with("key", "the configuration file")
                .with("pinned", own.display())
                .with("value", named.display())
                .into())
        }
        (Some(named), _) => Ok(Some((named, names::CONFIG))),
        (None, own) => Ok(own.map(|own| (own, names::CONFIG_FILE))),
    }
}

fn absolute(path: impl AsRef<OsStr>, directory: &Path) -> PathBuf {
    directory.join(Path::new(path.as_ref()))
}

/// Whether anything is there: what cannot be read as a file is an error, never "no pins".
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn same(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

/// From the working directory up to the repository's root; outside of a repository only here.
fn above(directory: &Path) -> Option<PathBuf> {
    for candidate in directory.ancestors() {
        let file = candidate.join(names::CONFIG_FILE);
        if is_there(&file) {
            let inside = directory
                .ancestors()
                .any(|above| above.join(".git").exists());
            return (inside || candidate == directory).then_some(file);
        }
        if candidate.join(".git").exists() {
            return None;
        }
    }
    None
}
