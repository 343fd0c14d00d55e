//! Answers the child's git helper over a Unix socket: only descendants of ours, only within the reach.
//!
//! The socket is in a private directory, which goes when the agent is dropped. The token is on no disk, in
//! no environment and in no argument.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use build_token_secret::{Masker, Secret};

use crate::ancestry::descends;
use crate::credential::{Operation, Question};
use crate::private_directory::PrivateDirectory;
use crate::reach::Reach;

/// How long a helper may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many helpers are served at once; more wait in the socket's queue.
const MOST_AT_ONCE: usize = 32;
/// A token is fetched anew at most this often.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60);

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
        /// Why there is no new one.
        why: NoNewOne,
    },
}

/// Why a token that was refused is not replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoNewOne {
    /// It was in the job's environment before us, so we do not know where it comes from.
    Adopted,
    /// Vault still has the same one.
    Unchanged,
    /// It could not be read; the words of whoever refused that.
    Unavailable(String),
}

/// The agent; dropped, it stops answering and removes its directory.
///
/// Whoever holds it lets it answer: one helper after the other ([`Agent::answer_next`]) when it is
/// readable, or all of them in the background.
pub struct Agent {
    directory: PrivateDirectory,
    listener: Arc<UnixListener>,
    shared: Arc<Shared>,
    background: Option<JoinHandle<()>>,
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
    /// Opens the socket of `directory`, at which `offers` can be asked for.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn open(
        offers: Vec<Offer>,
        masker: Masker,
        directory: PrivateDirectory,
    ) -> io::Result<Agent> {
        let listener = UnixListener::bind(directory.socket())?;
        let fresh = |offer| {
            Mutex::new(State {
                offer,
                stale: false,
                renewed_at: None,
            })
        };
        Ok(Agent {
            directory,
            listener: Arc::new(listener),
            shared: Arc::new(Shared {
                offers: offers.into_iter().map(fresh).collect(),
                masker,
                events: Mutex::new(Vec::new()),
                stopping: AtomicBool::new(false),
                serving: AtomicUsize::new(0),
            }),
            background: None,
        })
    }

    /// Answers the helper that waits, in a thread of its own.
    pub fn answer_next(&self) {
        if let Ok((stream, _)) = self.listener.accept() {
            serve(stream, &self.shared);
        }
    }

    /// Answers all helpers from now on, in the background.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn answer_in_background(&mut self) -> io::Result<()> {
        let (listener, shared) = (Arc::clone(&self.listener), Arc::clone(&self.shared));
        let accept = move || {
            for stream in listener.incoming().flatten() {
                if shared.stopping.load(Ordering::SeqCst) {
                    return;
                }
                serve(stream, &shared);
            }
        };
        let thread = thread::Builder::new().name("agent".to_owned());
        self.background = Some(thread.spawn(accept)?);
        Ok(())
    }

    /// The socket's path, for the child's environment.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.socket()
    }

    /// What happened so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        lock(&self.shared.events).clone()
    }
}

/// Readable when a helper waits.
impl AsFd for Agent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        if let Some(thread) = self.background.take() {
            // The accepting thread is woken by a last connection.
            if UnixStream::connect(self.socket()).is_ok() {
                let _ = thread.join();
            }
        }
    }
}

fn serve(stream: UnixStream, shared: &Arc<Shared>) {
    if shared.serving.fetch_add(1, Ordering::SeqCst) >= MOST_AT_ONCE {
        shared.serving.fetch_sub(1, Ordering::SeqCst);
        return;
    }
    let serving = Arc::clone(shared);
    let thread = thread::Builder::new().name("agent-answer".to_owned());
    let spawned = thread.spawn(move || {
        // A helper that goes away, or says nonsense, gets no answer; git then has none either.
        let _ = answer(stream, &serving);
        serving.serving.fetch_sub(1, Ordering::SeqCst);
    });
    if spawned.is_err() {
        shared.serving.fetch_sub(1, Ordering::SeqCst);
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
                    self.push_refused(&state.offer.name, question, NoNewOne::Adopted);
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
                self.push_refused(&state.offer.name, question, NoNewOne::Unchanged);
            }
            Ok(token) => {
                // Before git has it, so that it cannot be printed unmasked.
                self.masker.add(&token);
                state.offer.token = token;
                lock(&self.events).push(Event::Renewed {
                    name: state.offer.name.clone(),
                });
            }
            Err(words) => {
                self.push_refused(&state.offer.name, question, NoNewOne::Unavailable(words));
            }
        }
    }

    fn push_refused(&self, name: &str, question: &Question, why: NoNewOne) {
        let event = Event::Refused {
            name: name.to_owned(),
            url: question.url(),
            why,
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
