//! Reads the outer world once: environment, clock, working directory, and the configuration file.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use build_token_identity::JobContext;
use build_token_job::config::ConfigFile;
use build_token_job::environment::Environment;
use build_token_job::{findings, names, run};
use build_token_report::{Code, Finding, Place, Reason};

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
    if let Some(name) = environment.not_unicode().find(|name| names::is_read(name)) {
        return Err(Finding::new(Code::C18).with("name", name).into());
    }
    let context = environment.context();
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let found = locate(common, &environment, &context, &directory, search)?;
    let file = found
        .map(|(path, source)| open(&path, source))
        .transpose()?;
    Ok(run::Surroundings {
        environment,
        context,
        file,
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("build-token")),
        temporary: temporary(&directory),
        directory,
        now: now(),
        started,
    })
}

/// Where a private directory may be made: as the user says, else in memory, where nothing reaches a disk.
/// Absolute, since git asks from wherever it is.
fn temporary(directory: &Path) -> PathBuf {
    std::env::var_os("TMPDIR")
        .filter(|path| !path.is_empty())
        .map_or_else(
            || PathBuf::from("/dev/shm"),
            |path| absolute(path, directory),
        )
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
        &surroundings.context,
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
    let unreadable = || findings::unreadable(&name, source);
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable().with("problem", error))?;
    if bytes.len() as u64 > MOST_BYTES {
        let problem = Reason::new("reason-file-too-large").with("bytes", MOST_BYTES);
        return Err(unreadable()
            .because("problem", problem)
            .because("remedy", Reason::new("reason-fix-file"))
            .into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        unreadable()
            .because("problem", Reason::new("reason-file-not-utf8"))
            .because("remedy", Reason::new("reason-fix-encoding"))
            .at(place_of(
                &name,
                error.as_bytes(),
                error.utf8_error().valid_up_to(),
            ))
    })?;
    Ok(ConfigFile::parse(&name, &text).map_err(|error| findings::yaml(&error))?)
}

/// Far more than a configuration has; what is larger was put there by mistake.
const MOST_BYTES: u64 = 1024 * 1024;

/// The place of a byte in a file; all bytes before it are UTF-8.
fn place_of(file: &str, bytes: &[u8], position: usize) -> Place {
    let before = String::from_utf8_lossy(&bytes[..position]);
    let start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    let line = bytes[start..].split(|byte| *byte == b'\n').next();
    Place {
        file: Some(file.to_owned()),
        line: Some(before.matches('\n').count() + 1),
        column: Some(before[start..].chars().count() + 1),
        path: None,
        excerpt: line.map(|line| String::from_utf8_lossy(line).into_owned()),
    }
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

/// As a person would write it: without a `.` in between. `..` stays, since links may lie there.
fn absolute(path: impl AsRef<OsStr>, directory: &Path) -> PathBuf {
    directory.join(path.as_ref()).components().collect()
}

/// Whether anything is there: what cannot be read as a file is an error, never "no pins".
fn is_there(path: &Path) -> bool {
    let absent = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        )
    };
    !path.symlink_metadata().is_err_and(|error| absent(&error))
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
