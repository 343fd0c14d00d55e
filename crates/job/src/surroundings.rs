//! What the job's side needs of the outer world, read once by whoever calls.

use std::path::{Path, PathBuf};
use std::time::Instant;

use build_token_identity::JobContext;

use crate::config::ConfigFile;
use crate::delivery;
use crate::environment::Environment;

/// The process that we run in: everything that is needed of it.
pub struct Surroundings {
    /// Our environment.
    pub environment: Environment,
    /// The part of it that is Unicode, for deciding.
    pub context: JobContext,
    /// The reviewed file, where there is one.
    pub file: Option<ConfigFile>,
    /// Our own program, as an absolute path, for git.
    pub program: PathBuf,
    /// Where a private directory may be made.
    pub temporary: PathBuf,
    /// The working directory.
    pub directory: PathBuf,
    /// Seconds since 1970.
    pub now: i64,
    /// When we were started.
    pub started: Instant,
}

impl Surroundings {
    /// Where git is told of our helper, when it runs in `directory`.
    #[must_use]
    pub fn place<'s>(&'s self, directory: &'s Path) -> delivery::Place<'s> {
        delivery::Place {
            program: &self.program,
            temporary: &self.temporary,
            checkout: &self.directory,
            directory,
        }
    }
}
