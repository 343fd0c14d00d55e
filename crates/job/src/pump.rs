//! Carries one of the child's outputs through the masker to ours.
//!
//! It ends with the output's end, or, once the child is gone, when nothing more lies ready: a
//! grandchild that keeps the pipe open does not keep us.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use build_token_secret::MaskStream;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};

/// One read's size: a pipe holds as much by default (pipe(7)).
const CHUNK: usize = 64 * 1024;

/// Tells every pump that the child is gone.
#[derive(Clone)]
pub struct Gone {
    event: Arc<OwnedFd>,
}

impl Gone {
    /// A child that is not gone yet.
    ///
    /// # Errors
    /// The system has no descriptor left.
    pub fn new() -> io::Result<Gone> {
        let event = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        Ok(Gone { event })
    }

    /// Says so.
    pub fn say(&self) {
        // A counter that is full has been heard already.
        let _ = rustix::io::write(&*self.event, &1_u64.to_ne_bytes());
    }
}

/// Starts to carry `from` to `to`.
///
/// # Errors
/// The thread cannot be started.
pub fn start(
    name: &str,
    from: OwnedFd,
    to: impl Write + Send + 'static,
    stream: MaskStream,
    gone: Gone,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        // A reader of ours that went away ends the pump; closing the pipe tells the child.
        let _ = carry(&from, to, stream, &gone);
    })
}

fn carry(
    from: &OwnedFd,
    mut to: impl Write,
    mut stream: MaskStream,
    gone: &Gone,
) -> io::Result<()> {
    let mut input = vec![0; CHUNK];
    let mut output = Vec::with_capacity(CHUNK);
    let mut child_is_gone = false;
    loop {
        if !child_is_gone {
            child_is_gone = wait(from, gone)?;
        }
        if child_is_gone && !is_ready(from)? {
            break;
        }
        let length = match rustix::io::read(from, &mut input) {
            Ok(0) => break,
            Ok(length) => length,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        output.clear();
        stream.push(&input[..length], &mut output);
        to.write_all(&output)?;
        to.flush()?;
    }
    output.clear();
    stream.finish(&mut output);
    to.write_all(&output)?;
    to.flush()
}

/// Waits until there is something to read or the child is gone; says which.
fn wait(from: &OwnedFd, gone: &Gone) -> io::Result<bool> {
    let mut both = [
        PollFd::from_borrowed_fd(from.as_fd(), PollFlags::IN),
        PollFd::from_borrowed_fd(gone.event.as_fd(), PollFlags::IN),
    ];
    retry(|| poll(&mut both, None))?;
    Ok(both[1].revents().contains(PollFlags::IN))
}

fn is_ready(from: &OwnedFd) -> io::Result<bool> {
    let mut one = [PollFd::from_borrowed_fd(from.as_fd(), PollFlags::IN)];
    let now = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    Ok(retry(|| poll(&mut one, Some(&now)))? > 0)
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            other => return other.map_err(io::Error::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use build_token_secret::{Masker, Secret};
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn masker() -> Masker {
        let masker = Masker::new();
        masker.add(&Secret::new("correct-horse-battery"));
        masker
    }

    #[test]
    fn a_secret_that_comes_in_two_writes_is_masked() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let sink = Sink::default();
        let pump = start(
            "test",
            read,
            sink.clone(),
            masker().stream(),
            Gone::new().unwrap(),
        )
        .unwrap();
        rustix::io::write(&write, b"a correct-horse").unwrap();
        rustix::io::write(&write, b"-battery b\n").unwrap();
        drop(write);
        pump.join().unwrap();
        assert_eq!(*sink.0.lock().unwrap(), b"a [MASKED] b\n");
    }

    #[test]
    fn a_pipe_that_somebody_keeps_open_does_not_keep_us() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let (sink, gone) = (Sink::default(), Gone::new().unwrap());
        rustix::io::write(&write, b"last words correct-horse").unwrap();
        let pump = start("test", read, sink.clone(), masker().stream(), gone.clone()).unwrap();
        gone.say();
        pump.join().unwrap();
        assert_eq!(*sink.0.lock().unwrap(), b"last words correct-horse");
        drop(write);
    }
}
