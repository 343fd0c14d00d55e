//! One git command with a deadline: run in an environment that the caller gives, ended with
//! everything that it started.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// As much of each output as is kept, in bytes; the rest is read and dropped.
const LARGEST_OUTPUT: usize = 64 * 1024;
/// How much of a `.netrc` is looked at, in bytes.
const LARGEST_NETRC: u64 = 64 * 1024;
/// A child that has closed its outputs is about to end; how often it is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// A git with everything that it needs to run.
pub struct Git {
    program: PathBuf,
    directory: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

/// What became of a command.
pub(super) struct Finished {
    /// Whether it succeeded; nothing when its deadline came.
    pub success: Option<bool>,
    pub stdout: String,
    pub stderr: String,
}

impl Git {
    /// A git at an absolute path, which runs in `directory` with `environment` and nothing else of
    /// ours. Its messages are English, it never asks a person, and it never traces.
    #[must_use]
    pub fn new(
        program: PathBuf,
        directory: PathBuf,
        environment: Vec<(OsString, OsString)>,
    ) -> Git {
        let mut environment = environment;
        // A trace would put credentials into what is captured here, and its words hide git's own.
        environment.retain(|(name, _)| {
            let name = name.as_encoded_bytes();
            let traces = name.starts_with(b"GIT_TRACE") || name == b"GIT_CURL_VERBOSE";
            let speaks = name == b"LANGUAGE" || name == b"LC_ALL";
            !traces && !speaks && name != b"GIT_TERMINAL_PROMPT"
        });
        environment.push(("LC_ALL".into(), "C".into()));
        environment.push(("GIT_TERMINAL_PROMPT".into(), "0".into()));
        Git {
            program,
            directory,
            environment,
        }
    }

    /// Runs git. When the deadline comes the whole process group is killed, helpers included.
    pub(super) fn run(&self, arguments: &[&str], deadline: Duration) -> io::Result<Finished> {
        let end = Instant::now() + deadline;
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let stdout = stdout.recv_timeout(left(end)).ok();
        let stderr = stderr.recv_timeout(left(end)).ok();
        let success = match (&stdout, &stderr) {
            (Some(_), Some(_)) => wait(&mut child, end)?,
            _ => None,
        };
        if success.is_none() {
            kill_group(&child);
            child.wait()?;
        }
        let text = |bytes: Option<Vec<u8>>| {
            String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
        };
        Ok(Finished {
            success,
            stdout: text(stdout),
            stderr: text(stderr),
        })
    }

    /// Whether curl would find a credential for this host in `~/.netrc`.
    pub(super) fn netrc_names(&self, host: &str) -> bool {
        let home = self.environment.iter().find(|(name, _)| name == "HOME");
        let Some((_, home)) = home else { return false };
        let Ok(file) = std::fs::File::open(Path::new(home).join(".netrc")) else {
            return false;
        };
        let mut text = Vec::new();
        if file.take(LARGEST_NETRC).read_to_end(&mut text).is_err() {
            return false;
        }
        let text = String::from_utf8_lossy(&text);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.contains(&"default") || words.windows(2).any(|pair| pair == ["machine", host])
    }
}

/// Reads an output to its end in a thread. The thread is not waited for: a process that left the
/// group may keep the pipe open longer than anybody cares.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut pipe) = pipe {
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            let mut buffer = [0; 8192];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                let room = LARGEST_OUTPUT.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..length.min(room)]);
            }
            // Nobody listens any more when the deadline came first.
            let _ = sender.send(kept);
        });
    }
    receiver
}

fn wait(child: &mut Child, end: Instant) -> io::Result<Option<bool>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if left(end).is_zero() {
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

/// The child was not waited for yet, so its number is still its own.
fn kill_group(child: &Child) {
    let number = i32::try_from(child.id()).ok();
    if let Some(group) = number.and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself in the meantime.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(test)]
mod tests;
