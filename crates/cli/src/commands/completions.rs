//! `build-token completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Arguments;
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct Options {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub fn run(options: &Options, ui: &Ui) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut Arguments::command(),
        "build-token",
        &mut script,
    );
    ui.data(&script)?;
    Ok(SUCCESS)
}
