//! Runs the child: same stdin, session and process group as ours, its outputs through the masker, its
//! signals and its exit code passed on.
//!
//! One loop waits for everything; a thread is started only when there is something to do in it.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use build_token_report::Exit;
use build_token_secret::Masker;
use rustix::process::{DumpableBehavior, Pid, WaitOptions};

use crate::agent::Agent;
use crate::environment::Environment;
use crate::pump::Pump;
use crate::ready::{Flag, wait_for};
use crate::signals::{Signals, pass_on};

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
    /// The outputs that nobody carries yet.
    waiting: Vec<Pump>,
    /// Of each output that a thread carries, what is raised when it is done.
    carrying: Vec<Flag>,
    gone: Flag,
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
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Starts the child, its outputs masked unless `masker` is `None`.
///
/// # Errors
/// It was not found or cannot be executed.
pub fn start(launch: &Launch, masker: Option<&Masker>) -> Result<Running, LaunchError> {
    let failed = |source| explain(launch, source);
    let gone = Flag::new().map_err(failed)?;
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.arguments)
        .env_clear()
        .envs(launch.environment.iter());
    if masker.is_some() {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    let mut child = command.spawn().map_err(failed)?;
    Ok(Running {
        pid: Pid::from_child(&child),
        waiting: masker.map_or_else(Vec::new, |masker| pumps(&mut child, masker, &gone)),
        carrying: Vec::new(),
        gone,
    })
}

fn pumps(child: &mut Child, masker: &Masker, gone: &Flag) -> Vec<Pump> {
    let stdout = child.stdout.take().map(|from| {
        let to = io::stdout();
        Pump::new("stdout", from.into(), to, masker.stream(), gone.clone())
    });
    let stderr = child.stderr.take().map(|from| {
        let to = io::stderr();
        Pump::new("stderr", from.into(), to, masker.stream(), gone.clone())
    });
    stdout.into_iter().chain(stderr).collect()
}

impl Running {
    /// Works for the child until its end: passes signals on, carries its output, lets `agent` answer.
    ///
    /// Orphans that became ours are reaped on the way, so this has to be the only wait of the process.
    ///
    /// # Errors
    /// The system does not let us wait. The child lives on.
    pub fn attend(mut self, signals: &mut Signals, agent: Option<&Agent>) -> io::Result<Outcome> {
        let exit_code = loop {
            for signal in signals.arrived().to_pass_on {
                pass_on(signal, self.pid);
            }
            if let Some(exit_code) = self.reap() {
                break exit_code;
            }
            self.wait_and_serve(signals, agent)?;
        };
        self.gone.raise();
        for pump in self.waiting {
            // What the child said last, and nobody has carried yet.
            if !has_ended(pump.source())? {
                self.carrying.push(pump.start()?);
            }
        }
        for done in self.carrying {
            // Whoever reads our output may never do so again; told to end, we wait for him no longer.
            if signals.until(done.as_fd())?.is_err() {
                break;
            }
        }
        Ok(Outcome { exit_code })
    }

    /// The child's exit code, if it has ended.
    fn reap(&self) -> Option<i32> {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.pid => {
                    let status = ExitStatus::from_raw(status.as_raw());
                    let signal = || 128 + status.signal().unwrap_or(0);
                    return Some(status.code().unwrap_or_else(signal));
                }
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return None,
                // Somebody else has reaped it: its exit code is lost.
                Err(_) => return Some(Exit::Bug as i32),
            }
        }
    }

    fn wait_and_serve(&mut self, signals: &Signals, agent: Option<&Agent>) -> io::Result<()> {
        let sources = self.waiting.iter().map(|pump| pump.source().as_fd());
        let mut descriptors: Vec<BorrowedFd<'_>> = sources.collect();
        let outputs = descriptors.len();
        descriptors.push(signals.as_fd());
        descriptors.extend(agent.map(AsFd::as_fd));
        let ready = wait_for(&descriptors)?;
        drop(descriptors);
        if let Some(agent) = agent.filter(|_| ready.is(outputs + 1)) {
            agent.answer_next();
        }
        for index in (0..outputs).rev().filter(|index| ready.is(*index)) {
            let pump = self.waiting.swap_remove(index);
            if has_ended(pump.source())? {
                continue;
            }
            self.carrying.push(pump.start()?);
        }
        Ok(())
    }
}

/// Whether an output that has come to its end, or whose child has, has nothing more to say.
fn has_ended(output: &OwnedFd) -> io::Result<bool> {
    Ok(rustix::io::ioctl_fionread(output)? == 0)
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
