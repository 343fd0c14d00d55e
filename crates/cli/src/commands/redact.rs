//! `build-token redact`: the masker as a filter.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use build_token_job::findings;
use build_token_report::{Code, Finding, Reason};
use build_token_secret::{Masker, Secret};
use clap::Args;

use crate::outcome::{Failed, Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `redact`.
#[derive(Debug, Args)]
pub struct Options {
    /// Mask the value of this variable; repeat for more.
    #[arg(long = "secret-env", value_name = "NAME")]
    secret_env: Vec<String>,
    /// Mask the content of this file (one newline at its end apart); repeat for more.
    #[arg(long = "secret-file", value_name = "FILE")]
    secret_file: Vec<PathBuf>,
}

/// Runs the command.
pub fn run(options: &Options, ui: &Ui) -> Outcome {
    build_token_job::supervise::harden();
    let masker = Masker::new();
    for secret in secrets(options)? {
        masker.add(&secret);
    }
    let mut stream = masker.stream();
    let mut input = vec![0; 64 * 1024];
    let mut output = Vec::with_capacity(input.len());
    let mut stdin = io::stdin().lock();
    loop {
        let length = match stdin.read(&mut input) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable("stdin", &error, "redact")),
        };
        output.clear();
        if length == 0 {
            stream.finish(&mut output);
            ui.data(&output)?;
            return Ok(SUCCESS);
        }
        stream.push(&input[..length], &mut output);
        ui.data(&output)?;
    }
}

/// A secret that was named and is not there would let everything pass: that is refused.
fn secrets(options: &Options) -> Result<Vec<Secret>, Failed> {
    let mut secrets = Vec::new();
    for name in &options.secret_env {
        match std::env::var(name) {
            Ok(value) if !value.is_empty() => secrets.push(Secret::new(value)),
            Ok(_) | Err(std::env::VarError::NotPresent) => {
                return Err(Finding::new(Code::R36)
                    .with("command", "redact")
                    .because("problem", Reason::new("reason-not-set").with("name", name))
                    .because("reason", Reason::new("reason-not-set-why"))
                    .into());
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(Finding::new(Code::C18).with("name", name).into());
            }
        }
    }
    for file in &options.secret_file {
        let name = file.display().to_string();
        let text =
            fs::read_to_string(file).map_err(|error| unreadable(&name, &error, "--secret-file"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        secrets.push(Secret::new(text));
    }
    Ok(secrets)
}

fn unreadable(file: &str, error: &io::Error, source: &str) -> Failed {
    findings::unreadable(file, source)
        .with("problem", error)
        .into()
}
