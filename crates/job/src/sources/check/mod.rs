//! `sources check`: asks every component's remote whether it can be fetched, and explains each
//! refusal.
//!
//! git itself asks, with the environment that the build would have, since what counts is whether
//! *git* gets through. Only after it was refused do we ask GitLab ourselves ([`Probes`]), and
//! [`classify`] draws the conclusion.

mod classify;
mod evidence;
#[cfg(test)]
mod fake;
mod git;
mod probe;
mod refusal;
mod words;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub use classify::classify;
pub use evidence::{Asked, Evidence, GitFacts, GitVersion, Preferred, Probed};
pub use git::Git;
pub use probe::{Probes, TokenFor};
pub use refusal::{Absence, Refusal, TokenState};

use super::remote::Transport;
use super::resolve::{Component, Credential};

/// How many remotes are asked at once.
pub const AT_ONCE: usize = 8;

/// What a check needs beside the components.
pub struct Check<'a> {
    /// The git that asks, with the build's environment.
    pub git: &'a Git,
    /// How long git may take for one component.
    pub deadline: Duration,
    /// What the components that need a token are given; see
    /// [`Resolution::credential`](super::Resolution::credential).
    pub credential: Option<Credential>,
    /// Who asks GitLab after a refusal; without it the explanations know only git's words.
    pub probes: Option<&'a Probes<'a>>,
}

/// One component was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The component.
    pub name: &'a str,
    /// Whether it can be fetched.
    pub reachable: bool,
    /// How many were asked so far, this one included.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// What became of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The component.
    pub name: String,
    /// Its remote, without credentials.
    pub remote: Option<String>,
    /// The result.
    pub outcome: Outcome,
    /// What git or the system said when it failed, on one line, without credentials.
    pub words: Option<String>,
    /// GitLab's id of the request that explained a refusal, for its operators.
    pub request_id: Option<String>,
}

/// The result for one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// git got through.
    Reachable {
        /// The commit of the default branch; nothing in an empty repository.
        head: Option<String>,
    },
    /// The component has no remote in this channel.
    NoRemote,
    /// git would start a program for this remote; that is not done.
    NotAsked,
    /// GitLab, or git before it, refused.
    Refused(Box<Refusal>),
    /// No answer within the deadline; git and everything it started was ended.
    TimedOut {
        /// The deadline.
        after: Duration,
    },
    /// The server cannot be reached: no such host, nobody listens, TLS.
    Unreachable,
    /// git failed for a reason that is not known here, or could not be started.
    Failed,
}

/// Asks every component's remote, up to [`AT_ONCE`] at a time. `progress` is called after each, from
/// several threads. The results are in the components' order.
pub fn check(
    components: &[Component],
    check: &Check<'_>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Vec<Checked> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(0);
    let results = Mutex::new(Vec::with_capacity(components.len()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(component) = components.get(index) else {
                return;
            };
            let checked = check_one(component, check);
            lock(&results).push((index, checked.clone()));
            let mut done = lock(&done);
            *done += 1;
            progress(Progress {
                name: &component.name,
                reachable: matches!(checked.outcome, Outcome::Reachable { .. }),
                done: *done,
                total: components.len(),
            });
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(components.len()) {
            scope.spawn(work);
        }
    });
    let mut results = std::mem::take(&mut *lock(&results));
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, checked)| checked).collect()
}

/// A thread that panicked leaves nothing half-done in these: the data is used all the same.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn check_one(component: &Component, check: &Check<'_>) -> Checked {
    let mut checked = Checked {
        name: component.name.clone(),
        remote: component.remote.clone(),
        outcome: Outcome::NoRemote,
        words: None,
        request_id: None,
    };
    let Some(remote) = &component.remote else {
        return checked;
    };
    if component.transport == Some(Transport::Other) {
        checked.outcome = Outcome::NotAsked;
        return checked;
    }
    let finished = match check
        .git
        .run(&["ls-remote", "--", remote, "HEAD"], check.deadline)
    {
        Ok(finished) => finished,
        Err(error) => {
            checked.words = Some(words::one_line(&error.to_string()));
            checked.outcome = Outcome::Failed;
            return checked;
        }
    };
    let Some(success) = finished.success else {
        checked.outcome = Outcome::TimedOut {
            after: check.deadline,
        };
        return checked;
    };
    if success {
        let head = finished.stdout.split_whitespace().next().map(str::to_owned);
        checked.outcome = Outcome::Reachable { head };
        return checked;
    }
    checked.words = Some(words::conclusion(&finished.stderr));
    let offered = check.credential.filter(|_| component.needs_token);
    let evidence = Evidence {
        stderr: &finished.stderr,
        offered,
        git: evidence::git_facts(check.git, remote),
        probed: match check.probes {
            Some(probes) => probes.ask(remote),
            None => Probed::default(),
        },
    };
    checked.request_id = evidence.probed.request_id();
    checked.outcome = classify(&evidence);
    checked
}

#[cfg(test)]
mod tests;
