//! What other processes of this machine can see of a program: the arguments and environments of
//! everything that descends from it, as `/proc` shows them while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// So long a process is waited for that does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// One process, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Its arguments, separated by zero bytes.
    pub arguments: Vec<u8>,
    /// Its environment, likewise.
    pub environment: Vec<u8>,
}

impl Seen {
    /// The program's name.
    pub fn name(&self) -> String {
        let line = self.command_line();
        line.split(' ').next().unwrap_or_default().to_owned()
    }

    /// The arguments as a person types them.
    pub fn command_line(&self) -> String {
        String::from_utf8_lossy(&self.arguments)
            .replace('\0', " ")
            .trim_end()
            .to_owned()
    }
}

/// Looks at a program's descendants until it is told to end.
pub struct Watch {
    seen: Arc<Mutex<BTreeSet<Seen>>>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    /// Watches the descendants of `program`. The program itself is not one of them: its environment is
    /// what the test gave it.
    pub fn start(program: u32) -> Watch {
        let (seen, ended) = (
            Arc::<Mutex<BTreeSet<Seen>>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let (sink, end) = (Arc::clone(&seen), Arc::clone(&ended));
        let thread = thread::spawn(move || {
            while !end.load(Ordering::SeqCst) {
                let found = descendants(program);
                sink.lock().expect("no panic").extend(found);
                thread::yield_now();
            }
        });
        Watch {
            seen,
            ended,
            thread,
        }
    }

    /// Waits until a process with `part` in its command line was seen.
    pub fn wait_for(&self, part: &str) {
        let is_there = || {
            self.seen
                .lock()
                .expect("no panic")
                .iter()
                .any(|seen| seen.command_line().contains(part))
        };
        let start = Instant::now();
        while !is_there() {
            assert!(start.elapsed() < PATIENCE, "nobody saw {part}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Everything that was seen.
    pub fn end(self) -> BTreeSet<Seen> {
        self.ended.store(true, Ordering::SeqCst);
        self.thread.join().expect("the watch ends");
        Arc::try_unwrap(self.seen)
            .expect("nobody else looks")
            .into_inner()
            .expect("no panic")
    }
}

fn descendants(program: u32) -> Vec<Seen> {
    let parents = parents();
    let own = arguments(program);
    let descends = |mut process: u32| loop {
        match parents.get(&process) {
            Some(parent) if *parent == program => break true,
            Some(parent) => process = *parent,
            None => break false,
        }
    };
    // Between fork and exec a child still looks like the program itself.
    let look = |process| seen(process).filter(|seen| Some(&seen.arguments) != own.as_ref());
    parents
        .keys()
        .copied()
        .filter(|process| descends(*process))
        .filter_map(look)
        .collect()
}

/// The arguments are read before and after the environment: a process that became another program
/// meanwhile is looked at the next time.
fn seen(process: u32) -> Option<Seen> {
    let before = arguments(process)?;
    let environment = fs::read(format!("/proc/{process}/environ")).ok()?;
    (arguments(process)? == before).then_some(Seen {
        arguments: before,
        environment,
    })
}

fn arguments(process: u32) -> Option<Vec<u8>> {
    fs::read(format!("/proc/{process}/cmdline"))
        .ok()
        .filter(|arguments| !arguments.is_empty())
}

/// Every process with its parent.
fn parents() -> BTreeMap<u32, u32> {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(|process: u32| Some((process, parent(process)?)))
        .collect()
}

/// The fourth field of `/proc/…/stat`, counted from behind the name, which may have blanks in it.
fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}
