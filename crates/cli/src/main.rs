//! build-token: parses the command line, calls the command, and ends with its exit code.

mod args;
mod commands;
mod outcome;
mod surroundings;
mod ui;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::args::Arguments;
use crate::ui::Ui;

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return ui::usage(&error),
    };
    let mut ui = Ui::new(&arguments.common);
    let result = commands::dispatch(arguments, started, &mut ui);
    ExitCode::from(ui.end(result))
}
