//! `build-token env`: export lines for `eval`, the weaker way for plain `script:` lines.

use std::time::Instant;

use build_token_job::environment::Environment;
use build_token_job::shell::quoted;
use build_token_report::{Code, Finding, Reason};
use clap::Args;

use super::{run::say_not_entitled, tokens};
use crate::args::Common;
use crate::outcome::{Failed, Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `env`.
#[derive(Debug, Args)]
pub struct Options {
    /// The grants; all when left out.
    names: Vec<String>,
}

/// Runs the command. `eval ""` succeeds in every shell, so a failure has to be a word of its own there:
/// without it the job would go on without its token.
pub fn run(options: &Options, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    let outcome = export(options, common, started, ui);
    if let Err(Failed::Finding(finding)) = &outcome
        && !ui.stdout_is_terminal()
    {
        ui.data(format!("exit {}\n", finding.exit() as u8).as_bytes())?;
    }
    outcome
}

fn export(options: &Options, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    if ui.stdout_is_terminal() {
        return Err(Finding::new(Code::R19)
            .because("force", Reason::new("reason-no-force"))
            .into());
    }
    // The shell that evaluates our lines would print them.
    if Environment::new(std::env::vars_os()).debug_trace() {
        return Err(Finding::new(Code::R08).into());
    }
    let (obtained, _) = tokens::obtain(&options.names, false, common, started, ui)?;
    let mut lines = String::new();
    let mut names = Vec::new();
    for token in &obtained {
        if let Some(comparison) = &token.refused {
            say_not_entitled(&token.name, comparison, ui);
        }
        if let Some(value) = &token.token {
            // Printing it is what `env` is for.
            lines.push_str(&format!(
                "export {}={}\n",
                token.name,
                quoted(value.expose())
            ));
            names.push(token.name.as_str());
        }
    }
    if !names.is_empty() {
        ui.say("say-weaker", &[("names", &names.join(", "))]);
    }
    ui.data(lines.as_bytes())?;
    Ok(SUCCESS)
}
