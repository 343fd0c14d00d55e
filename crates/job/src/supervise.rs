//! Runs the child: same stdin, session and process group as ours, its outputs through the masker, its
//! signals and its exit code passed on.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use build_token_secret::Masker;
use rustix::process::{Pid, WaitOptions};

use crate::environment::Environment;
use crate::pump::{self, Gone};

/// What to run.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program: a path, or a name to look for in the child's `PATH`.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its environment.
    pub environment: Environment,
}

/// Why the child did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no such program.
    #[error("{program}: not found")]
    NotFound {
        /// The program.
        program: String,
    },
    /// It is there, and cannot be executed.
    #[error("{program}: {source}")]
    CannotExecute {
        /// The program.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
}

/// A child at work.
pub struct Running {
    pid: Pid,
    pumps: Vec<JoinHandle<()>>,
    gone: Gone,
}

/// How the child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Its exit code, or 128 + the signal that killed it.
    pub exit_code: i32,
}

/// Makes this process fit to hold secrets: not dumpable (so no core files, and no other process of
/// this user attaches or reads its memory), and the parent of orphaned descendants, so that the
/// helper's callers can be told from strangers. Where the system allows neither, we go on.
pub fn harden() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Starts the child, its outputs masked unless `masker` is `None`.
///
/// # Errors
/// It was not found or cannot be executed.
pub fn start(launch: &Launch, masker: Option<&Masker>) -> Result<Running, LaunchError> {
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.arguments)
        .env_clear()
        .envs(launch.environment.iter());
    if masker.is_some() {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    let mut child = command.spawn().map_err(|error| explain(launch, error))?;
    let pid = Pid::from_child(&child);
    let failed = |source| LaunchError::CannotExecute {
        program: launch.program.to_string_lossy().into_owned(),
        source,
    };
    let gone = Gone::new().map_err(failed)?;
    let mut pumps = Vec::new();
    if let Some(masker) = masker {
        if let Some(stdout) = child.stdout.take() {
            let to = io::stdout();
            pumps.push(
                pump::start(
                    "stdout",
                    OwnedFd::from(stdout),
                    to,
                    masker.stream(),
                    gone.clone(),
                )
                .map_err(failed)?,
            );
        }
        if let Some(stderr) = child.stderr.take() {
            let to = io::stderr();
            pumps.push(
                pump::start(
                    "stderr",
                    OwnedFd::from(stderr),
                    to,
                    masker.stream(),
                    gone.clone(),
                )
                .map_err(failed)?,
            );
        }
    }
    Ok(Running { pid, pumps, gone })
}

impl Running {
    /// The child's process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Waits for the child's end. Orphans that became ours are reaped on the way, so this has to be
    /// the only wait of this process.
    pub fn wait(self) -> Outcome {
        let exit_code = loop {
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) if pid == self.pid => {
                    let status = ExitStatus::from_raw(status.as_raw());
                    break status
                        .code()
                        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => break Exit::BUG,
            }
        };
        self.gone.say();
        for pump in self.pumps {
            let _ = pump.join();
        }
        Outcome { exit_code }
    }
}

struct Exit;

impl Exit {
    /// Somebody else has reaped the child: its exit code is lost.
    const BUG: i32 = 70;
}

/// The system says "not found" for a missing interpreter too; shells call that "cannot execute".
fn explain(launch: &Launch, error: io::Error) -> LaunchError {
    let program = launch.program.to_string_lossy().into_owned();
    let is_there = if program.contains('/') {
        std::path::Path::new(&launch.program).exists()
    } else {
        launch.environment.get("PATH").is_some_and(|path| {
            std::env::split_paths(path).any(|directory| directory.join(&launch.program).is_file())
        })
    };
    if error.kind() == io::ErrorKind::NotFound && !is_there {
        LaunchError::NotFound { program }
    } else {
        LaunchError::CannotExecute {
            program,
            source: error,
        }
    }
}
