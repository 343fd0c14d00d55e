//! build-token: parses the command line, calls the command, and ends with its exit code.

mod args;
mod commands;
mod discretion;
mod outcome;
mod surroundings;
mod ui;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::args::Arguments;
use crate::outcome::Failed;
use crate::ui::Ui;
use build_token_job::findings;

/// Where the panic happened, if there was one.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    let started = Instant::now();
    let words: Vec<_> = std::env::args_os().collect();
    let arguments = match Arguments::read(&words) {
        Ok(arguments) => arguments,
        Err(error) => return ui::usage(&error),
    };
    // A panic is a bug. What it says may come from anywhere, so only its place is told; on its way up
    // it revokes what was opened.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
    let mut ui = Ui::new(&arguments.common);
    let command = AssertUnwindSafe(|| commands::dispatch(arguments, started, &mut ui));
    let outcome = catch_unwind(command).unwrap_or_else(|_| {
        let place = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
        Err(Failed::from(findings::bug(place.unwrap_or_default())))
    });
    ExitCode::from(ui.end(outcome))
}
