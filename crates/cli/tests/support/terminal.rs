//! A terminal of our own, for commands that look at whether they talk to one.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs `command` with a terminal as its standard output; returns its exit code, what the terminal
/// showed, and what it wrote to stderr.
pub fn run_on_terminal(command: &mut Command) -> (i32, String, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).expect("the right to use it");
    unlockpt(&terminal).expect("its other side");
    let name = ptsname(&terminal, Vec::new())
        .expect("its name")
        .into_string()
        .expect("an ASCII name");
    let side: OwnedFd = File::options()
        .read(true)
        .write(true)
        .open(name)
        .expect("its other side")
        .into();
    let child = command
        .stdin(Stdio::null())
        .stdout(side)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The command holds the other side too; it must be closed for the reading to end.
    command.stdout(Stdio::null());
    let output = child.wait_with_output().expect("the program ends");
    let mut shown = Vec::new();
    // The end of a terminal without a program is an error (EIO), after all that was written.
    let _ = File::from(terminal).read_to_end(&mut shown);
    let exit_code = output.status.code().expect("an exit code");
    (
        exit_code,
        String::from_utf8_lossy(&shown).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
