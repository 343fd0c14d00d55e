//! `build-token git-credential`: git's protocol on stdin and stdout.
//!
//! Under `run` it only carries the question to the process that has the token. Alone, as `git setup`
//! wires it, it fetches the token itself, with the configuration that was named and no other.

use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use build_token_job::credential::{Operation, QUIT, Question, USER_NAME};
use build_token_job::{names, supervise};
use build_token_report::{Code, Finding, Reason};
use clap::Args;

use super::tokens;
use crate::args::Common;
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// The parent may have to fetch a new token first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Options of `git-credential`.
#[derive(Debug, Args)]
pub struct Options {
    /// get, store or erase; others are ignored, as git asks of helpers.
    #[arg(value_name = "get|store|erase")]
    operation: String,
}

/// Runs the command. Whatever is not ours to answer ends with success and no word, so that git asks
/// the next helper.
pub fn run(options: &Options, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    supervise::harden();
    let Some(operation) = Operation::named(&options.operation) else {
        return Ok(SUCCESS);
    };
    let question = Question::read(BufReader::new(io::stdin())).map_err(|error| {
        Finding::new(Code::R36)
            .with("command", "git-credential")
            .with("problem", error)
            .because("reason", Reason::new("reason-credential-protocol"))
    })?;
    match std::env::var_os(names::AGENT).filter(|socket| !socket.is_empty()) {
        Some(socket) => forward(operation, &question, Path::new(&socket), ui),
        None => answer(operation, &question, common, started, ui),
    }
}

/// Asks the process that has the token. When it is gone git must stop: without a credential it would
/// ask somebody else, or a person.
fn forward(operation: Operation, question: &Question, socket: &Path, ui: &Ui) -> Outcome {
    if operation == Operation::Store {
        return Ok(SUCCESS);
    }
    match exchange(socket, &question.forward(operation)) {
        Ok(answer) => ui.data(answer.as_bytes())?,
        Err(_) => {
            ui.tell(&Finding::new(Code::R12).with("socket", socket.display()));
            if operation == Operation::Get {
                ui.data(QUIT.as_bytes())?;
            }
        }
    }
    Ok(SUCCESS)
}

fn exchange(socket: &Path, question: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(question.as_bytes())?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    Ok(answer)
}

/// Fetches the token for this one question. Only with a configuration that was named: a file in the
/// repository that is being cloned is not ours to obey.
fn answer(
    operation: Operation,
    question: &Question,
    common: &Common,
    started: Instant,
    ui: &Ui,
) -> Outcome {
    let named = common.config.is_some() || is_set(names::CONFIG) || is_set(names::GRANT_REACH);
    if operation != Operation::Get || !named {
        return Ok(SUCCESS);
    }
    let obtained = tokens::obtain_for(question, common, started, ui)?;
    let found = obtained
        .iter()
        .find(|token| question.lies_within(&token.reach));
    if let Some(token) = found.and_then(|token| token.token.as_ref()) {
        ui.data(question.answer(USER_NAME, token).as_bytes())?;
    }
    Ok(SUCCESS)
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
