//! Answers the child's git helper over a Unix socket: only descendants of ours, only within the reach.
//!
//! The socket is in a private directory with a short path (`sun_path` holds 108 bytes, unix(7)) which
//! goes when the agent is dropped. The token is on no disk, in no environment and in no argument.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use build_token_secret::{Masker, Secret};

use crate::ancestry::descends;
use crate::credential::{Operation, Question};
use crate::reach::Reach;

/// How long a helper may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many helpers are served at once; more wait in the socket's queue.
const MOST_AT_ONCE: usize = 32;
/// A token is fetched anew at most this often.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60);
/// Room for `/s` and the zero byte within `sun_path`.
const LONGEST_DIRECTORY: usize = 100;

/// Fetches a token anew, after git found the old one refused.
pub type Refresh = Box<dyn Fn() -> Result<Secret, String> + Send + Sync>;

/// A token that git may have.
pub struct Offer {
    /// The variable's name, for messages.
    pub name: String,
    /// Where it may be sent.
    pub reach: Vec<Reach>,
    /// The user name that goes with it, where the URL has none.
    pub user_name: &'static str,
    /// The token.
    pub token: Secret,
    /// How to fetch it anew; `None` for a variable that was adopted.
    pub refresh: Option<Refresh>,
}

/// What happened that a person may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A process that does not descend from us asked.
    Stranger {
        /// Its process id.
        process: i32,
    },
    /// A token was fetched anew.
    Renewed {
        /// The grant.
        name: String,
    },
    /// git says that the server refused the token, and it cannot be fetched anew.
    Refused {
        /// The grant.
        name: String,
        /// Where.
        url: String,
        /// Why there is no new one; empty for a variable that was adopted.
        reason: String,
    },
}

/// The agent at work; dropped, it stops answering and removes its directory.
pub struct Agent {
    directory: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    offers: Vec<Mutex<State>>,
    masker: Masker,
    events: Mutex<Vec<Event>>,
    stopping: AtomicBool,
    serving: AtomicUsize,
}

struct State {
    offer: Offer,
    stale: bool,
    renewed_at: Option<Instant>,
}

impl Agent {
    /// Starts to answer for `offers`, with its socket below `temporary` or, where that path is too
    /// long, below `/tmp`.
    ///
    /// # Errors
    /// The directory or the socket cannot be made.
    pub fn start(offers: Vec<Offer>, masker: Masker, temporary: &Path) -> io::Result<Agent> {
        let directory = private_directory(temporary)?;
        let listener = UnixListener::bind(directory.join("s")).inspect_err(|_| {
            let _ = fs::remove_dir(&directory);
        })?;
        let shared = Arc::new(Shared {
            offers: offers
                .into_iter()
                .map(|offer| {
                    Mutex::new(State {
                        offer,
                        stale: false,
                        renewed_at: None,
                    })
                })
                .collect(),
            masker,
            events: Mutex::new(Vec::new()),
            stopping: AtomicBool::new(false),
            serving: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("agent".to_owned())
            .spawn(move || accept(&listener, &serving))?;
        Ok(Agent {
            directory,
            shared,
            thread: Some(thread),
        })
    }

    /// The socket's path, for the child's environment.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.join("s")
    }

    /// What happened so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        lock(&self.shared.events).clone()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The accepting thread is woken by a last connection.
        let woken = UnixStream::connect(self.socket()).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
        let _ = fs::remove_file(self.socket());
        let _ = fs::remove_dir(&self.directory);
    }
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if shared.serving.fetch_add(1, Ordering::SeqCst) >= MOST_AT_ONCE {
            shared.serving.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let serving = Arc::clone(shared);
        let spawned = thread::Builder::new()
            .name("agent-answer".to_owned())
            .spawn(move || {
                // A helper that goes away, or says nonsense, gets no answer; git then has none either.
                let _ = answer(stream, &serving);
                serving.serving.fetch_sub(1, Ordering::SeqCst);
            });
        if spawned.is_err() {
            shared.serving.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn answer(mut stream: UnixStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let peer = rustix::net::sockopt::socket_peercred(&stream)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut operation = String::new();
    io::Read::take(&mut reader, 32).read_line(&mut operation)?;
    let question = Question::read(&mut reader)?;
    // Judged after the question was read: the peer is alive and waits, so its id is still its own.
    if !descends(peer.pid, rustix::process::getpid()) {
        lock(&shared.events).push(Event::Stranger {
            process: peer.pid.as_raw_nonzero().get(),
        });
        return Ok(());
    }
    match Operation::named(operation.trim_end()) {
        Some(Operation::Get) => stream.write_all(shared.get(&question).as_bytes()),
        Some(Operation::Erase) => {
            shared.erase(&question);
            Ok(())
        }
        Some(Operation::Store) | None => Ok(()),
    }
}

impl Shared {
    fn get(&self, question: &Question) -> String {
        for state in &self.offers {
            let mut state = lock(state);
            if question.lies_within(&state.offer.reach) {
                self.renew_if_stale(&mut state, question);
                return question.answer(state.offer.user_name, &state.offer.token);
            }
        }
        String::new()
    }

    /// git's word that a password was refused counts only if it is the one that we gave.
    fn erase(&self, question: &Question) {
        for state in &self.offers {
            let mut state = lock(state);
            if question.lies_within(&state.offer.reach) {
                state.stale |= question.password() == Some(&state.offer.token);
                if state.stale && state.offer.refresh.is_none() {
                    self.push_refused(&state.offer.name, question, "");
                }
                return;
            }
        }
    }

    fn renew_if_stale(&self, state: &mut State, question: &Question) {
        let recent = state
            .renewed_at
            .is_some_and(|at| at.elapsed() < REFRESH_INTERVAL);
        if !state.stale || recent {
            return;
        }
        let Some(refresh) = &state.offer.refresh else {
            return;
        };
        state.renewed_at = Some(Instant::now());
        state.stale = false;
        match refresh() {
            Ok(token) if token == state.offer.token => {
                self.push_refused(&state.offer.name, question, "unchanged");
            }
            Ok(token) => {
                // Before git has it, so that it cannot be printed unmasked.
                self.masker.add(&token);
                state.offer.token = token;
                lock(&self.events).push(Event::Renewed {
                    name: state.offer.name.clone(),
                });
            }
            Err(reason) => self.push_refused(&state.offer.name, question, &reason),
        }
    }

    fn push_refused(&self, name: &str, question: &Question, reason: &str) {
        let event = Event::Refused {
            name: name.to_owned(),
            url: question.url(),
            reason: reason.to_owned(),
        };
        let mut events = lock(&self.events);
        if !events.contains(&event) {
            events.push(event);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new directory that only we can enter. Directories of runs that were killed are removed first.
fn private_directory(temporary: &Path) -> io::Result<PathBuf> {
    let us = std::process::id();
    let mut last = io::Error::new(
        io::ErrorKind::InvalidInput,
        "the path is too long for a socket",
    );
    for base in [temporary, Path::new("/tmp"), Path::new("/dev/shm")] {
        if base.as_os_str().len() + "/bt-4194304-99".len() > LONGEST_DIRECTORY {
            continue;
        }
        remove_abandoned(base);
        for attempt in 0..100 {
            let directory = base.join(format!("bt-{us}-{attempt}"));
            match fs::DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => return Ok(directory),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    last = error;
                    break;
                }
            }
        }
    }
    Err(last)
}

/// Removes what a killed run left: an empty directory with a socket that nobody answers. Nothing else
/// is touched, so a name that somebody else chose for his own things is safe.
fn remove_abandoned(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| {
            name.strip_prefix("bt-")?
                .split_once('-')?
                .0
                .parse::<u32>()
                .ok()
        }) else {
            continue;
        };
        let socket = entry.path().join("s");
        if !Path::new(&format!("/proc/{owner}")).exists()
            && UnixStream::connect(&socket)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            let _ = fs::remove_file(&socket);
            let _ = fs::remove_dir(entry.path());
        }
    }
}
