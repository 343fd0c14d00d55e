//! Waiting for several things at once, and telling another thread that something has happened.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

/// Which of the descriptors that were waited for can be read, or have come to their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ready(Vec<bool>);

impl Ready {
    /// Whether the one at this place can.
    pub fn is(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(false)
    }
}

/// Waits until one of them can be read or has come to its end.
pub(crate) fn wait_for(descriptors: &[BorrowedFd<'_>]) -> io::Result<Ready> {
    let mut polled: Vec<PollFd<'_>> = descriptors
        .iter()
        .map(|descriptor| PollFd::from_borrowed_fd(*descriptor, PollFlags::IN))
        .collect();
    loop {
        match poll(&mut polled, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {
                return Ok(Ready(
                    polled.iter().map(|one| !one.revents().is_empty()).collect(),
                ));
            }
        }
    }
}

/// A flag that can be raised once and waited for.
#[derive(Clone)]
pub(crate) struct Flag(Arc<OwnedFd>);

impl Flag {
    /// A flag that is down.
    pub fn new() -> io::Result<Flag> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Flag(Arc::new(event)))
    }

    /// Raises it.
    pub fn raise(&self) {
        // A counter that is full has been raised already.
        let _ = rustix::io::write(&*self.0, &1_u64.to_ne_bytes());
    }

    /// Raises it when what is returned is dropped, so also at a panic.
    pub fn raised_at_the_end(&self) -> RaisedAtTheEnd<'_> {
        RaisedAtTheEnd(self)
    }
}

/// See [`Flag::raised_at_the_end`].
pub(crate) struct RaisedAtTheEnd<'f>(&'f Flag);

impl Drop for RaisedAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// Readable when it is raised.
impl AsFd for Flag {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
