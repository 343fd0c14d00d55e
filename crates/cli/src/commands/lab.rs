//! `build-token lab`: Vault, GitLab and git on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use build_token_http as http;
use build_token_job::signals::End;
use build_token_lab::demo::{self, JobReport};
use build_token_lab::{Lab, LabError, Options, VaultBackend};
use build_token_report::{Code, Finding, Reason};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::args::FormatOption;
use crate::outcome::{FOUND, Failed, Outcome, SUCCESS};
use crate::ui::Ui;

/// What to do with a lab.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Start a lab; it runs until it is told to end.
    Up(UpOptions),
    /// Mint an ID token of a running lab.
    Mint(MintOptions),
    /// Run the reference deployment's three jobs, and tell what each got.
    Demo(DemoOptions),
}

/// Options of `lab up`.
#[derive(Debug, Args)]
pub struct UpOptions {
    /// Where Vault listens, on loopback; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "IP:PORT")]
    vault_listen: SocketAddr,
    /// Where GitLab listens, on loopback.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "IP:PORT")]
    gitlab_listen: SocketAddr,
    /// Vault's root token.
    #[arg(long, default_value = "root", value_name = "TOKEN")]
    root_token: String,
    /// Seed nothing.
    #[arg(long)]
    empty: bool,
    /// Serve https, with an authority of the lab's own.
    #[arg(long)]
    tls: bool,
    /// Use this Vault or OpenBao instead of the embedded one.
    #[arg(long, value_name = "URL")]
    vault: Option<String>,
    /// Take a server that is not on this machine.
    #[arg(long, requires = "vault")]
    yes: bool,
    /// Faults on request (not there yet).
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Which OpenBao to be like (2.6: not there yet).
    #[arg(long, value_parser = ["2.4", "2.6"], default_value = "2.4", value_name = "VERSION")]
    openbao_version: String,
    #[command(flatten)]
    format: FormatOption,
}

/// Options of `lab mint`.
#[derive(Debug, Args)]
pub struct MintOptions {
    /// The project's full path.
    #[arg(long, value_name = "PATH")]
    project: String,
    /// The branch [default: the project's].
    #[arg(long = "ref", value_name = "NAME")]
    ref_name: Option<String>,
    /// The audience [default: the lab's Vault].
    #[arg(long, value_name = "AUDIENCE")]
    aud: Option<String>,
    /// Set a claim; repeat for more.
    #[arg(long = "claim", value_name = "NAME=JSON", value_parser = claim)]
    claims: Vec<(String, Value)>,
}

/// Options of `lab demo`.
#[derive(Debug, Args)]
pub struct DemoOptions {
    #[command(flatten)]
    format: FormatOption,
}

/// Reads `NAME=JSON`; what is not JSON is taken as a string.
///
/// # Errors
/// There is no `=`.
fn claim(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not NAME=JSON"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

/// Runs the command.
pub fn run(subcommand: &Subcommand, started: Instant, ui: &mut Ui) -> Outcome {
    match subcommand {
        Subcommand::Up(options) => {
            ui.set_format(options.format.format);
            up(options, ui)
        }
        Subcommand::Mint(options) => mint(options, ui),
        Subcommand::Demo(options) => {
            ui.set_format(options.format.format);
            demonstrate(started, ui)
        }
    }
}

fn up(options: &UpOptions, ui: &Ui) -> Outcome {
    let vault = match &options.vault {
        None => VaultBackend::Embedded,
        Some(url) => {
            let is_loopback = http::Url::parse(url).is_ok_and(|url| url.is_loopback());
            if !is_loopback && !options.yes {
                return Err(refused(
                    Reason::new("reason-not-loopback").with("url", url),
                    "reason-not-loopback-why",
                    "reason-not-loopback-fix",
                ));
            }
            VaultBackend::Real {
                url: url.clone(),
                root_token: options.root_token.clone(),
            }
        }
    };
    if options.faults.is_some() {
        return Err(not_yet("--faults"));
    }
    if options.openbao_version != "2.4" {
        return Err(not_yet("--openbao-version 2.6"));
    }
    let end = End::listen().map_err(build_token_job::findings::bug)?;
    let lab = Lab::start(Options {
        vault_listen: options.vault_listen,
        gitlab_listen: options.gitlab_listen,
        root_token: options.root_token.clone(),
        empty: options.empty,
        tls: options.tls,
        vault,
    })
    .map_err(failed)?;
    ui.data(format!("{}\n", lab.ready()).as_bytes())?;
    ui.say("say-lab-ready", &[]);
    end.wait();
    Ok(SUCCESS)
}

fn mint(options: &MintOptions, ui: &Ui) -> Outcome {
    let Some(lab) = std::env::var("BUILD_TOKEN_LAB")
        .ok()
        .filter(|url| !url.is_empty())
    else {
        return Err(refused(
            Reason::new("reason-no-lab"),
            "reason-no-lab-why",
            "reason-no-lab-fix",
        ));
    };
    let claims: Map<String, Value> = options.claims.iter().cloned().collect();
    let body = json!({
        "project": options.project,
        "ref": options.ref_name,
        "aud": options.aud,
        "claims": claims,
    });
    let token = build_token_lab::client::mint(&lab, &body).map_err(failed)?;
    ui.data(format!("{}\n", token.expose()).as_bytes())?;
    Ok(SUCCESS)
}

fn demonstrate(started: Instant, ui: &Ui) -> Outcome {
    let program = std::env::current_exe().map_err(build_token_job::findings::bug)?;
    let lab = Lab::start(Options::default()).map_err(failed)?;
    let directory = lab.scratch_directory().map_err(failed)?;
    let reports =
        demo::run(&lab, &program, ui.texts().language().tag(), &directory).map_err(failed)?;
    let good = reports.iter().all(JobReport::is_as_it_should_be);
    if ui.is_json() {
        let jobs: Vec<Value> = reports.iter().map(report_json).collect();
        ui.json(&json!({"schema": 1, "jobs": jobs}))?;
    } else {
        let mut text = format!("{}\n", ui.texts().say("say-demo-title", &[]));
        for report in &reports {
            text.push_str(&report_human(report, ui));
        }
        let seconds = format!("{:.1}", started.elapsed().as_secs_f64());
        text.push_str(&format!(
            "\n{}\n",
            ui.texts().say("say-demo-sum", &[("seconds", &seconds)])
        ));
        ui.report(&text)?;
    }
    Ok(if good { SUCCESS } else { FOUND })
}

fn report_human(report: &JobReport, ui: &Ui) -> String {
    let say = |name: &str, arguments: &[(&str, &str)]| ui.texts().say(name, arguments);
    let mut text = format!(
        "\n● {}\n",
        say(
            "say-demo-job",
            &[
                ("title", report.title),
                ("project", report.project),
                ("event", report.event)
            ]
        )
    );
    for line in &report.output {
        text.push_str(&format!("  │ {line}\n"));
    }
    for request in &report.vault {
        text.push_str(&format!("  Vault: {request}\n"));
    }
    let verdict = if report.token_found {
        say("say-demo-verdict-leaked", &[])
    } else if report.cloned {
        say("say-demo-verdict-cloned", &[("project", report.project)])
    } else if !report.is_as_it_should_be() {
        say(
            "say-demo-verdict-failed",
            &[("code", report.finding_code().unwrap_or("-"))],
        )
    } else if report.vault.is_empty() {
        say("say-demo-verdict-without", &[])
    } else {
        say(
            "say-demo-verdict-refused",
            &[("code", report.finding_code().unwrap_or("-"))],
        )
    };
    let exit = say("say-demo-exit", &[("code", &report.exit_code.to_string())]);
    text.push_str(&format!("  ⇒ {verdict} ({exit})\n"));
    text
}

fn report_json(report: &JobReport) -> Value {
    json!({
        "title": report.title,
        "project": report.project,
        "event": report.event,
        "exit_code": report.exit_code,
        "finding": report.finding_code(),
        "output": report.output,
        "vault_requests": report.vault,
        "git_requests": report.git,
        "cloned": report.cloned,
        "token_found": report.token_found,
    })
}

fn not_yet(option: &str) -> Failed {
    Finding::new(Code::R25)
        .because(
            "problem",
            Reason::new("reason-not-yet").with("option", option),
        )
        .because("remedy", Reason::new("reason-leave-it-out"))
        .into()
}

fn refused(problem: Reason, reason: &'static str, remedy: &'static str) -> Failed {
    Finding::new(Code::C25)
        .because("problem", problem)
        .because("reason", Reason::new(reason))
        .because("remedy", Reason::new(remedy))
        .into()
}

fn failed(error: LabError) -> Failed {
    Finding::new(Code::R38).with("problem", error).into()
}
