//! Keeps the Vault session in a thread of its own: it acquires while we listen for signals, and revokes
//! while the child already starts. The session never leaves that thread, which releases it on every way
//! out: when it is told to, when we are gone, when somebody panics.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use build_token_vault::{Error, Stored};

use crate::acquire::{Acquired, Release};
use crate::config::Flow;
use crate::ready::Flag;

/// How long an acquisition that is under way may take to end properly after we were told to end.
const GRACE: Duration = Duration::from_secs(3);

/// A session in good hands.
pub(crate) struct Keeper {
    results: Receiver<Result<Vec<Stored>, Error>>,
    release: Option<Sender<()>>,
    done: Flag,
    thread: Option<JoinHandle<Account>>,
}

/// What was asked, and how the session ended.
pub(crate) struct Account {
    /// The server.
    pub url: String,
    /// The way that was taken: `Login` or `Inline`.
    pub flow: Flow,
    /// Requests sent.
    pub requests: u32,
    /// Connections opened.
    pub connections: u32,
    /// How the session ended.
    pub release: Release,
}

/// The thread panicked: a bug of ours. Its session was released on its way out.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Keeper {
    /// Starts to acquire.
    pub fn start(acquire: impl FnOnce() -> Acquired + Send + 'static) -> io::Result<Keeper> {
        let (result_sender, results) = mpsc::channel();
        let (release, told) = mpsc::channel();
        let done = Flag::new()?;
        let raised = done.clone();
        let thread = thread::Builder::new()
            .name("vault".to_owned())
            .spawn(move || keep(acquire, &result_sender, &told, &raised))?;
        Ok(Keeper {
            results,
            release: Some(release),
            done,
            thread: Some(thread),
        })
    }

    /// Readable when [`result`](Self::result) does not wait.
    pub fn done(&self) -> BorrowedFd<'_> {
        self.done.as_fd()
    }

    /// What was read.
    ///
    /// # Errors
    /// The acquisition panicked.
    pub fn result(&self) -> Result<Result<Vec<Stored>, Error>, Panicked> {
        self.results.recv().map_err(|_| Panicked)
    }

    /// Revokes the session, in the keeper's thread.
    pub fn release(&mut self) {
        self.release = None;
    }

    /// Waits for the revocation, and tells how it all went; `None` after a panic.
    pub fn finish(mut self) -> Option<Account> {
        self.release();
        self.thread.take()?.join().ok()
    }

    /// Gives an acquisition that is under way a short while to come to its end; tells how it went, or
    /// `None` where it hangs.
    pub fn abandon(mut self) -> Option<Account> {
        self.release();
        if let Err(RecvTimeoutError::Timeout) = self.results.recv_timeout(GRACE) {
            // It hangs; the process ends, and with it whatever it waits for.
            self.thread = None;
        }
        self.finish()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.release();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep(
    acquire: impl FnOnce() -> Acquired,
    results: &Sender<Result<Vec<Stored>, Error>>,
    told: &Receiver<()>,
    done: &Flag,
) -> Account {
    let raised = done.raised_at_the_end();
    let Acquired { stored, mut asked } = acquire();
    // Nobody may be left to hear it; the session is released all the same.
    let _ = results.send(stored);
    drop(raised);
    // Ends when the other side lets go of its end.
    let _ = told.recv();
    let release = asked.release();
    let statistics = asked.client().http().statistics();
    Account {
        url: asked.client().server().url.to_string(),
        flow: asked.flow(),
        requests: statistics.requests,
        connections: statistics.connections,
        release,
    }
}
