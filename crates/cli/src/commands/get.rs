//! `build-token get`: one token on stdout, and nothing else there.

use std::time::Instant;

use build_token_report::{Code, Finding, Reason};
use clap::Args;

use super::tokens;
use crate::args::Common;
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `get`.
#[derive(Debug, Args)]
pub struct Options {
    /// The grant; the only one when left out.
    name: Option<String>,
    /// Print it on a terminal too.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(options: &Options, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    if ui.stdout_is_terminal() && !options.force {
        return Err(Finding::new(Code::R19)
            .because("force", Reason::new("reason-or-force"))
            .into());
    }
    let (_, token, _) = tokens::obtain_one(options.name.as_deref(), common, started, ui)?;
    // Printing it is what `get` is for.
    ui.data(format!("{}\n", token.expose()).as_bytes())?;
    Ok(SUCCESS)
}
