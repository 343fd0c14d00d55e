//! `build-token run`: gate, acquire, deliver, supervise, release.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use build_token_expression::Comparison;
use build_token_job::config::Flow;
use build_token_job::plan::Wishes;
use build_token_job::receipt::Receipt;
use build_token_job::run::{self, GitDelivery, Request};
use build_token_job::{findings, supervise};
use build_token_report::{Code, Finding, Reason};
use clap::{Args, ValueEnum};

use crate::args::{Common, duration};
use crate::outcome::{Failed, Outcome};
use crate::surroundings::{self, Search};
use crate::ui::Ui;

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Options {
    /// Only this grant; repeat for more.
    #[arg(long = "token", value_name = "NAME")]
    tokens: Vec<String>,
    /// Give the child no variable.
    #[arg(long)]
    no_env: bool,
    /// How git gets at the token.
    #[arg(long, value_enum, default_value_t = Git::Helper, value_name = "WAY")]
    git: Git,
    /// Cut the child off from its ancestors' memory and environment (not there yet).
    #[arg(long, value_enum, default_value_t = Isolate::Off, value_name = "HOW")]
    isolate: Isolate,
    /// Let the child's output pass unmasked.
    #[arg(long)]
    no_mask: bool,
    /// How long fetching may take.
    #[arg(long, value_parser = duration, default_value = "30s", value_name = "DURATION")]
    deadline: Duration,
    /// How to ask Vault [default: the file's word, else auto].
    #[arg(long, value_enum, value_name = "FLOW")]
    flow: Option<FlowOption>,
    /// Let the child keep this variable although it holds an ID token or a Vault token; repeat.
    #[arg(long = "keep-env", value_name = "NAME")]
    keep_env: Vec<String>,
    /// Fetch and compare with the variable that is there, change nothing (not there yet).
    #[arg(long)]
    shadow: bool,
    /// Write what was done, as JSON without secrets.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// The command and its arguments.
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Git {
    /// The child never holds the token: a proxy adds it (not there yet).
    Proxy,
    /// git asks us for it.
    Helper,
    /// git gets nothing.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Isolate {
    Off,
    Auto,
    Required,
}

/// `--flow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FlowOption {
    /// Inline where the server is known to be OpenBao, else a login.
    Auto,
    /// Login, read, revoke.
    Login,
    /// Login and read in one request.
    Inline,
}

impl From<FlowOption> for Flow {
    fn from(option: FlowOption) -> Flow {
        match option {
            FlowOption::Auto => Flow::Auto,
            FlowOption::Login => Flow::Login,
            FlowOption::Inline => Flow::Inline,
        }
    }
}

/// Runs the command.
pub fn run(options: Options, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    supervise::harden();
    check(&options)?;
    let surroundings = surroundings::read(common, started, Search::Usual)?;
    let directory = surroundings.directory.clone();
    let request = Request {
        command: options.command,
        wishes: Wishes {
            tokens: options.tokens,
            flow: options.flow.map(Flow::from),
            required: false,
        },
        env: !options.no_env,
        git: if options.git == Git::None {
            GitDelivery::None
        } else {
            GitDelivery::Helper
        },
        mask: !options.no_mask,
        deadline: options.deadline,
        keep_env: options.keep_env.into_iter().collect::<BTreeSet<_>>(),
    };
    let receipt = options.receipt.map(|path| directory.join(path));
    let prepared = match run::prepare(&request, surroundings) {
        Ok(prepared) => prepared,
        Err(failure) => return fail(failure, Vec::new(), receipt.as_deref(), ui),
    };
    prepared.tokens().for_each(|token| ui.learn(token));
    for (name, comparison) in prepared.not_entitled() {
        say_not_entitled(name, comparison, ui);
    }
    for grant in prepared.granted() {
        let source = match &grant.secret {
            Some(secret) => format!("{}/{}#{}", secret.mount, secret.path, secret.field),
            None => format!("${}", grant.name),
        };
        let fingerprint = grant.fingerprint.as_deref().unwrap_or("-");
        ui.say_verbosely(
            "say-granted",
            &[
                ("name", &grant.name),
                ("source", &source),
                ("fingerprint", fingerprint),
            ],
        );
    }
    let mut findings = prepared.findings().to_vec();
    findings.iter().for_each(|finding| ui.tell(finding));
    let finished = match prepared.execute() {
        Ok(finished) => finished,
        Err(failure) => return fail(failure, findings, receipt.as_deref(), ui),
    };
    finished
        .findings
        .iter()
        .for_each(|finding| ui.tell(finding));
    for name in &finished.renewed {
        ui.say("say-renewed", &[("name", name)]);
    }
    if let Some(vault) = &finished.receipt.vault {
        let (requests, connections) = (vault.requests.to_string(), vault.connections.to_string());
        ui.say_verbosely(
            "say-session",
            &[
                ("state", vault.session),
                ("requests", &requests),
                ("connections", &connections),
            ],
        );
    }
    findings.extend(finished.findings);
    if let Some(path) = &receipt {
        // The child's exit code is the run's, even when the receipt has no place.
        if let Err(finding) = write_receipt(path, finished.receipt, &findings, ui) {
            ui.tell(&finding);
        }
    }
    Ok(u8::try_from(finished.exit_code).unwrap_or(u8::MAX))
}

/// What can be refused before anything is read.
fn check(options: &Options) -> Result<(), Failed> {
    let not_yet = |option: &str, remedy| {
        let finding = Finding::new(Code::R25)
            .because(
                "problem",
                Reason::new("reason-not-yet").with("option", option),
            )
            .because("remedy", Reason::new(remedy));
        Failed::from(finding)
    };
    if options.no_env && options.git == Git::None {
        return Err(Finding::new(Code::C25)
            .because("problem", Reason::new("reason-nothing-delivered"))
            .because("reason", Reason::new("reason-nothing-delivered-why"))
            .because("remedy", Reason::new("reason-leave-one-out"))
            .into());
    }
    if options.git == Git::Proxy {
        return Err(not_yet("--git proxy", "reason-use-helper"));
    }
    if options.isolate != Isolate::Off {
        return Err(not_yet("--isolate", "reason-leave-it-out"));
    }
    if options.shadow {
        return Err(not_yet("--shadow", "reason-leave-it-out"));
    }
    Ok(())
}

/// One line: which comparison decided, with both values.
pub fn say_not_entitled(name: &str, comparison: &Comparison, ui: &Ui) {
    let (left, right) = findings::values(comparison, &ui.texts().say("say-unset", &[]));
    ui.say(
        "say-not-entitled",
        &[
            ("name", name),
            ("comparison", &comparison.text),
            ("left", &left),
            ("right", &right),
        ],
    );
}

fn fail(
    failure: run::Failure,
    mut findings: Vec<Finding>,
    receipt: Option<&Path>,
    ui: &Ui,
) -> Outcome {
    if let Some(path) = receipt {
        findings.push((*failure.finding).clone());
        findings.extend(failure.also.iter().cloned());
        if let Err(finding) = write_receipt(path, *failure.receipt, &findings, ui) {
            ui.tell(&finding);
        }
    }
    ui.tell(&failure.finding);
    failure.also.iter().for_each(|finding| ui.tell(finding));
    let code = failure.exit_code.map(u8::try_from);
    Ok(code.map_or(failure.finding.exit() as u8, |code| code.unwrap_or(u8::MAX)))
}

fn write_receipt(
    path: &Path,
    mut receipt: Receipt,
    findings: &[Finding],
    ui: &Ui,
) -> Result<(), Box<Finding>> {
    receipt.findings = ui.findings_json(findings);
    let written = serde_json::to_string_pretty(&receipt)
        .map_err(|error| error.to_string())
        .and_then(|text| {
            fs::write(path, ui.discreet(&text) + "\n").map_err(|error| error.to_string())
        });
    written.map_err(|problem| {
        let finding = Finding::new(Code::R24)
            .with("file", path.display())
            .with("problem", problem)
            .because(
                "reason",
                Reason::new("reason-named-by").with("option", "--receipt"),
            );
        Box::new(finding)
    })
}
