//! Where the current request is, so that an error can say so, and when it has to end.
//!
//! ureq gives its resolver and connector no way to know the request that they work for, but calls
//! them on the requesting thread; so the note is the thread's own.

use std::cell::Cell;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::NextTimeout;

use crate::error::Phase;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// A connection was opened for this request (otherwise a kept-alive one is used).
    pub connected: bool,
    /// TLS with the server itself has begun; before that, a proxy is spoken to.
    pub tls: bool,
    /// When the request has to be over.
    end: Option<Instant>,
}

impl Progress {
    const fn before(end: Option<Instant>) -> Progress {
        Progress {
            phase: Phase::Resolving,
            connected: false,
            tls: false,
            end,
        }
    }
}

thread_local! {
    static PROGRESS: Cell<Progress> = const { Cell::new(Progress::before(None)) };
}

/// A new request begins, and has this much time.
pub(crate) fn start(remaining: Duration) {
    PROGRESS.set(Progress::before(Instant::now().checked_add(remaining)));
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

/// The timeout, shortened to what is really left: ureq grants a proxy's tunnel and TLS the time
/// that was left when connecting began, each anew.
pub(crate) fn shorten(mut timeout: NextTimeout) -> NextTimeout {
    if let Some(end) = PROGRESS.get().end {
        let left = end.saturating_duration_since(Instant::now());
        timeout.after = left.min(*timeout.after).into();
    }
    timeout
}
