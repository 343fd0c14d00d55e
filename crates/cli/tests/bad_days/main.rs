//! Every bad day that we know of: bad URLs, servers, answers, files, ID tokens and environments. Each is
//! lived through with the real program, and told in `docs/bad-days.md` with the message as it is printed.

mod answers;
mod book;
mod day;
mod environment;
mod files;
mod id_tokens;
mod machines;
mod readiness;
mod servers;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod urls;
mod vault;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use day::{Case, Told};

/// Most days are spent waiting for a server, so there are more threads than processors.
const THREADS: usize = 24;

/// Bad days of one kind.
pub struct Theme {
    pub title: &'static str,
    pub about: &'static str,
    pub cases: Vec<Case>,
}

#[test]
fn every_bad_day_goes_as_the_documentation_tells() {
    let themes = [
        urls::theme(),
        servers::theme(),
        tls::theme(),
        readiness::theme(),
        answers::theme(),
        sessions::theme(),
        files::theme(),
        id_tokens::theme(),
        environment::theme(),
        machines::theme(),
    ];
    let cases: Vec<&Case> = themes.iter().flat_map(|theme| &theme.cases).collect();
    let mut told = Vec::new();
    let mut otherwise = Vec::new();
    for result in live(&cases) {
        match result {
            Ok(day) => told.push(day),
            Err(difference) => otherwise.push(difference),
        }
    }
    assert!(
        otherwise.is_empty(),
        "{} days went otherwise:\n\n{}",
        otherwise.len(),
        otherwise.join("\n")
    );
    book::compare(&book::page(&themes, &told));
}

/// Lives through all cases, many at a time; the results are in their order.
fn live(cases: &[&Case]) -> Vec<Result<Told, String>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some(case) = cases.get(index) else {
                return done;
            };
            done.push((index, case.live()));
        }
    };
    let mut results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no panic"))
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
