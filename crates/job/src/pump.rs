//! Carries one of the child's outputs through the masker to ours.
//!
//! It ends with the output's end, or, once the child is gone, with what lay in the pipe then: a
//! grandchild that keeps the pipe open, or goes on writing, does not keep us.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use build_token_secret::MaskStream;

use crate::ready::{Flag, wait_for};

/// One read's size: a pipe holds as much by default (pipe(7)).
const CHUNK: usize = 64 * 1024;

/// One output on its way. No thread works for it until there is something to carry.
pub(crate) struct Pump {
    name: &'static str,
    from: OwnedFd,
    to: Box<dyn Write + Send>,
    stream: MaskStream,
    gone: Flag,
}

impl Pump {
    /// An output to carry from `from` to `to`; `gone` is raised when the child is gone.
    pub fn new(
        name: &'static str,
        from: OwnedFd,
        to: impl Write + Send + 'static,
        stream: MaskStream,
        gone: Flag,
    ) -> Pump {
        Pump {
            name,
            from,
            to: Box::new(to),
            stream,
            gone,
        }
    }

    /// What is readable when there is something to carry, or the output has come to its end.
    pub fn source(&self) -> &OwnedFd {
        &self.from
    }

    /// Carries in a thread of its own from now on; the flag is raised at the end.
    ///
    /// # Errors
    /// The thread or the flag cannot be made.
    pub fn start(self) -> io::Result<Flag> {
        let done = Flag::new()?;
        let its_done = done.clone();
        thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || {
                let _raised = its_done.raised_at_the_end();
                self.carry();
            })?;
        Ok(done)
    }

    /// Carries to the end. A reader of ours that went away is an end too: that the pipe is closed then
    /// tells the child.
    pub fn carry(mut self) {
        let _ = self.carry_all();
    }

    fn carry_all(&mut self) -> io::Result<()> {
        let mut input = vec![0; CHUNK];
        let mut output = Vec::with_capacity(CHUNK);
        // How much the pipe held when the child was gone; whatever the child wrote is in that.
        let mut left: Option<usize> = None;
        loop {
            if left.is_none() && wait_for(&[self.from.as_fd(), self.gone.as_fd()])?.is(1) {
                let held = rustix::io::ioctl_fionread(&self.from)?;
                left = Some(usize::try_from(held).unwrap_or(usize::MAX));
            }
            let most = left.unwrap_or(CHUNK).min(CHUNK);
            if most == 0 {
                break;
            }
            let length = match rustix::io::read(&self.from, &mut input[..most]) {
                Ok(0) => break,
                Ok(length) => length,
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            left = left.map(|left| left - length);
            output.clear();
            self.stream.push(&input[..length], &mut output);
            self.to.write_all(&output)?;
            self.to.flush()?;
        }
        output.clear();
        self.stream.finish(&mut output);
        self.to.write_all(&output)?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use build_token_secret::{Masker, Secret};
    use std::sync::{Arc, Mutex};

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

    fn pump(from: OwnedFd, sink: &Sink, gone: &Flag) -> Pump {
        let masker = Masker::new();
        masker.add(&Secret::new("correct-horse-battery"));
        Pump::new("test", from, sink.clone(), masker.stream(), gone.clone())
    }

    #[test]
    fn a_secret_that_comes_in_two_writes_is_masked() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let (sink, gone) = (Sink::default(), Flag::new().unwrap());
        let done = pump(read, &sink, &gone).start().unwrap();
        rustix::io::write(&write, b"a correct-horse").unwrap();
        rustix::io::write(&write, b"-battery b\n").unwrap();
        drop(write);
        wait_for(&[done.as_fd()]).unwrap();
        assert_eq!(*sink.0.lock().unwrap(), b"a [MASKED] b\n");
    }

    #[test]
    fn a_pipe_that_somebody_keeps_open_does_not_keep_us() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let (sink, gone) = (Sink::default(), Flag::new().unwrap());
        rustix::io::write(&write, b"last words correct-horse").unwrap();
        gone.raise();
        pump(read, &sink, &gone).carry();
        assert_eq!(*sink.0.lock().unwrap(), b"last words correct-horse");
        drop(write);
    }

    /// Writes more into the pipe whenever something is carried, as a grandchild does that never stops.
    struct Refilling(Sink, OwnedFd);

    impl Write for Refilling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            rustix::io::write(&self.1, b"more\n")?;
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn somebody_who_goes_on_writing_does_not_keep_us() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let (sink, gone) = (Sink::default(), Flag::new().unwrap());
        rustix::io::write(&write, b"the child's last words\n").unwrap();
        gone.raise();
        let to = Refilling(sink.clone(), write);
        Pump::new("test", read, to, Masker::new().stream(), gone).carry();
        assert_eq!(*sink.0.lock().unwrap(), b"the child's last words\n");
    }
}
