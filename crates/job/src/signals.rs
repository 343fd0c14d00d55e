//! Signals that are sent to us alone go to the child; until there is one, they end the run.
//!
//! A Ctrl-C at a terminal is sent by the kernel to the whole foreground process group, the child
//! included, so that one is not sent twice; `si_code` tells the two apart (sigaction(2)).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Cause;

use crate::ready::wait_for;

/// Collects signals from now on; somebody has to look at them, see [`Signals::as_fd`].
pub struct Signals {
    delivery: SignalDelivery<UnixStream, WithOrigin>,
}

/// What has arrived since somebody looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Signals to pass on, in the order of their numbers.
    pub to_pass_on: Vec<i32>,
    /// Signals that tell us to end; those that the kernel has sent to the child as well included.
    pub to_end: Vec<i32>,
}

/// We were told to end before there was a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("told to end by signal {signal}")]
pub struct Told {
    /// The signal's number.
    pub signal: i32,
}

impl Signals {
    /// Starts to collect.
    ///
    /// # Errors
    /// The handlers cannot be set up.
    pub fn collect() -> io::Result<Signals> {
        let (read, write) = UnixStream::pair()?;
        // A child's end has to wake us too.
        let signals = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD];
        let delivery = SignalDelivery::with_pipe(read, write, WithOrigin::default(), signals)?;
        Ok(Signals { delivery })
    }

    /// What has arrived.
    pub fn arrived(&mut self) -> Arrived {
        let mut arrived = Arrived::default();
        for origin in self.delivery.pending() {
            if origin.signal == SIGCHLD {
                continue;
            }
            arrived.to_end.push(origin.signal);
            if origin.cause != Cause::Kernel {
                arrived.to_pass_on.push(origin.signal);
            }
        }
        arrived
    }

    /// Waits until `done` is readable.
    ///
    /// # Errors
    /// We are told to end before that.
    pub fn until(&mut self, done: BorrowedFd<'_>) -> io::Result<Result<(), Told>> {
        loop {
            if let Err(told) = self.told() {
                return Ok(Err(told));
            }
            let ready = wait_for(&[self.as_fd(), done])?;
            if ready.is(1) {
                return Ok(Ok(()));
            }
        }
    }

    /// Whether we have been told to end.
    ///
    /// # Errors
    /// We have.
    pub fn told(&mut self) -> Result<(), Told> {
        match self.arrived().to_end.first() {
            Some(signal) => Err(Told { signal: *signal }),
            None => Ok(()),
        }
    }
}

/// Readable when something has arrived.
impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.delivery.handle().close();
    }
}

/// Sends a signal to the child. One that is gone needs none.
pub(crate) fn pass_on(signal: i32, child: Pid) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// Listens for being told to end, for servers. Made before a server says that it is ready: whoever is
/// told so may end it at once.
pub struct End(signal_hook::iterator::Signals);

impl End {
    /// Starts to listen.
    ///
    /// # Errors
    /// The handlers cannot be set up.
    pub fn listen() -> io::Result<End> {
        signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP]).map(End)
    }

    /// Waits until we are told; returns at once if we were.
    pub fn wait(mut self) {
        self.0.forever().next();
    }
}
