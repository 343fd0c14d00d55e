//! Whether a process descends from us: the kernel says who connected, `/proc` says from whom it comes.
//!
//! We are the "child subreaper" of our descendants (prctl(2)), so a daemon that a build starts stays
//! ours when its parent dies, instead of becoming a child of process 1.

use std::fs;

use rustix::process::Pid;

/// More generations than any build has; a guard against a `/proc` that lies in circles.
const MOST_GENERATIONS: usize = 1000;

/// Whether `process` descends from `ancestor`, and lives. A process that ended, or whose ancestry
/// cannot be read, does not.
#[must_use]
pub fn descends(process: Pid, ancestor: Pid) -> bool {
    let mut current = process.as_raw_nonzero().get();
    let ancestor = ancestor.as_raw_nonzero().get();
    for _ in 0..MOST_GENERATIONS {
        match parent(current) {
            Some(parent) if parent == ancestor => return true,
            Some(parent) if parent > 1 => current = parent,
            _ => return false,
        }
    }
    false
}

/// The fourth field of `/proc/PID/stat` (proc(5)); the second may contain blanks and parentheses.
fn parent(process: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_grandchild_descends_from_us_and_we_do_not_descend_from_it() {
        let us = rustix::process::getpid();
        let mut child = Command::new("sh")
            .args(["-c", "cat; true"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&child);
        assert!(descends(pid, us));
        assert!(!descends(us, pid));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!descends(pid, us));
    }

    #[test]
    fn process_one_is_a_stranger() {
        assert!(!descends(Pid::INIT, rustix::process::getpid()));
    }
}
