//! One file per command; here is only which is which.

pub mod ci;
pub mod completions;
pub mod env;
pub mod get;
pub mod git;
pub mod git_credential;
#[cfg(feature = "lab")]
pub mod lab;
pub mod man;
pub mod redact;
pub mod reference;
pub mod run;
pub mod schema;
pub mod sources;
pub mod token;

mod tokens;

use std::time::Instant;

use crate::args::{Arguments, Command};
use crate::outcome::Outcome;
use crate::ui::Ui;

/// Calls the command.
pub fn dispatch(arguments: Arguments, started: Instant, ui: &mut Ui) -> Outcome {
    let common = &arguments.common;
    match arguments.command {
        Command::Run(options) => run::run(options, common, started, ui),
        Command::Get(options) => get::run(&options, common, started, ui),
        Command::Env(options) => env::run(&options, common, started, ui),
        Command::GitCredential(options) => git_credential::run(&options, common, started, ui),
        Command::Git(subcommand) => git::run(&subcommand, common, started, ui),
        Command::Sources(subcommand) => sources::run(&subcommand, common, started, ui),
        Command::Redact(options) => redact::run(&options, ui),
        Command::Ref(options) => reference::run(&options, ui),
        Command::Token(subcommand) => token::run(&subcommand, common, started, ui),
        Command::Ci(subcommand) => ci::run(&subcommand, ui),
        #[cfg(feature = "lab")]
        Command::Lab(subcommand) => lab::run(&subcommand, started, ui),
        Command::Completions(options) => completions::run(&options, ui),
        Command::Man(options) => man::run(&options, ui),
        Command::Schema(options) => schema::run(&options, ui),
    }
}
