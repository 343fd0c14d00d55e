//! Where the current request is, so that an error can say so.
//!
//! ureq gives its resolver and connector no way to know the request that they work for, but calls
//! them on the requesting thread; so the note is the thread's own.

use std::cell::Cell;

use crate::error::Phase;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// A connection was opened for this request (otherwise a kept-alive one is used).
    pub connected: bool,
    /// TLS with the server itself has begun; before that, a proxy is spoken to.
    pub tls: bool,
}

const START: Progress = Progress {
    phase: Phase::Resolving,
    connected: false,
    tls: false,
};

thread_local! {
    static PROGRESS: Cell<Progress> = const { Cell::new(START) };
}

/// A new request begins.
pub(crate) fn start() {
    PROGRESS.set(START);
}

/// The request enters a phase. Reading stays reading: what follows the headers is the body.
pub(crate) fn enter(phase: Phase) {
    let mut now = PROGRESS.get();
    if !(now.phase == Phase::Body && phase == Phase::Answer) {
        now.phase = phase;
    }
    now.tls |= phase == Phase::Handshake;
    PROGRESS.set(now);
}

/// A TCP connection was opened.
pub(crate) fn connected() {
    PROGRESS.set(Progress {
        connected: true,
        ..PROGRESS.get()
    });
}

/// Where it is now.
pub(crate) fn progress() -> Progress {
    PROGRESS.get()
}
