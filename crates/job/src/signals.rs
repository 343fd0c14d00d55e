//! Signals that are sent to us alone go to the child; until there is one, they end the run.
//!
//! A Ctrl-C at a terminal is sent by the kernel to the whole foreground process group, the child
//! included, so that one is not sent twice; `si_code` tells the two apart (sigaction(2)).

use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::Cause;

/// How long an acquisition that is under way may take to end properly after we were told to end.
const GRACE: Duration = Duration::from_secs(3);

/// Listens for signals until it is dropped.
pub struct Signals {
    state: Arc<Mutex<State>>,
    handle: Handle,
}

#[derive(Default)]
struct State {
    child: Option<Pid>,
    /// The child has ended: its process id may soon be somebody else's.
    ended: bool,
    told: Option<i32>,
    waiting: Option<Box<dyn Fn(Told) + Send>>,
}

/// We were told to end before there was a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("told to end by signal {signal}")]
pub struct Told {
    /// The signal's number.
    pub signal: i32,
}

/// Why work did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// We were told to end.
    #[error(transparent)]
    Told(#[from] Told),
    /// The work panicked.
    #[error("the work panicked")]
    Panicked,
}

/// Says when dropped that the work is over; after its result nobody listens any more.
struct LastWord<T>(mpsc::Sender<Result<T, Interrupted>>);

impl<T> Drop for LastWord<T> {
    fn drop(&mut self) {
        let _ = self.0.send(Err(Interrupted::Panicked));
    }
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// The handlers or the thread cannot be set up.
    pub fn listen() -> io::Result<Signals> {
        let mut signals = SignalsInfo::<WithOrigin>::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
        let handle = signals.handle();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for origin in &mut signals {
                    lock(&shared).receive(origin.signal, origin.cause == Cause::Kernel);
                }
            })?;
        Ok(Signals { state, handle })
    }

    /// Does `work` in a thread of its own, unless we are told to end. Then the work has a short while
    /// to come to its end, so that what it opened is closed.
    ///
    /// # Errors
    /// We were told to end, or the work panicked (and has closed what it opened on its way out).
    pub fn unless_told<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Interrupted> {
        let (sender, receiver) = mpsc::channel();
        {
            let mut state = lock(&self.state);
            if let Some(signal) = state.told {
                return Err(Interrupted::Told(Told { signal }));
            }
            let sender = sender.clone();
            state.waiting = Some(Box::new(move |told| {
                // Nobody listens any more: the work was done first.
                let _ = sender.send(Err(Interrupted::Told(told)));
            }));
        }
        thread::spawn(move || {
            let last_word = LastWord(sender);
            let done = work();
            let _ = last_word.0.send(Ok(done));
        });
        let news = receiver.recv().unwrap_or(Err(Interrupted::Panicked));
        lock(&self.state).waiting = None;
        if let Err(Interrupted::Told(_)) = &news {
            // What arrives now is dropped, and with it the session is revoked.
            let _ = receiver.recv_timeout(GRACE);
        }
        news
    }

    /// From now on signals go to `child`; a signal that came just before goes to it at once.
    pub fn forward_to(&self, child: Pid) {
        let mut state = lock(&self.state);
        state.child = Some(child);
        if let Some(signal) = state.told {
            send(child, signal);
        }
    }

    /// The child has ended; from now on signals go nowhere.
    pub fn child_ended(&self) {
        lock(&self.state).ended = true;
    }

    /// The signal that told us to end, if there was one.
    #[must_use]
    pub fn told(&self) -> Option<Told> {
        lock(&self.state).told.map(|signal| Told { signal })
    }
}

/// Waits until we are told to end, for servers.
///
/// # Errors
/// The handlers cannot be set up.
pub fn wait_for_end() -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    signals.forever().next();
    Ok(())
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
    }
}

impl State {
    fn receive(&mut self, signal: i32, from_kernel: bool) {
        match self.child {
            Some(child) if !from_kernel && !self.ended => send(child, signal),
            Some(_) => {}
            None => {
                self.told = Some(signal);
                if let Some(waiting) = &self.waiting {
                    waiting(Told { signal });
                }
            }
        }
    }
}

fn send(child: Pid, signal: i32) {
    // A child that is gone needs no signal.
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
