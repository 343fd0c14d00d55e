//! `build-token token kill`: the panic button. Revokes the shared token itself at GitLab, for everybody.

use std::time::{Duration, Instant};

use build_token_gitlab::{CiServer, GitLab, Instance};
use build_token_http::{Client, Deadline, SystemTime};
use build_token_job::obtain::Token;
use build_token_job::transport;
use build_token_report::{Code, Finding, Reason};
use build_token_secret::{Fingerprint, Secret};
use clap::Args;

use super::tokens;
use crate::args::Common;
use crate::outcome::{Failed, Outcome, SUCCESS};
use crate::ui::Ui;

/// How long GitLab may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What to do with the shared token.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Revoke it at GitLab, for everybody.
    Kill(Options),
}

/// Options of `token kill`.
#[derive(Debug, Args)]
pub struct Options {
    /// The grant; the only one when left out.
    name: Option<String>,
    /// Do not ask. In CI it has to be the token's fingerprint.
    #[arg(long, value_name = "FINGERPRINT", num_args = 0..=1, default_missing_value = "")]
    yes: Option<String>,
}

/// Runs the command.
pub fn run(subcommand: &Subcommand, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    let Subcommand::Kill(options) = subcommand;
    let (token, secret, surroundings) =
        tokens::obtain_one(options.name.as_deref(), common, started, ui)?;
    let context = &surroundings.context;
    let instance = instance(
        &token,
        context.get("CI_SERVER_URL"),
        context.get("CI_API_V4_URL"),
    )?;
    let fingerprint = secret.fingerprint();
    let shown = fingerprint.map_or_else(|| "-".to_owned(), |print| print.to_string());
    if !confirmed(
        options,
        context.in_ci(),
        fingerprint,
        &token.name,
        &instance,
        ui,
    )? {
        ui.say("say-not-confirmed", &[]);
        return Ok(SUCCESS);
    }
    revoke(&secret, &instance, context)?;
    let done = Finding::new(Code::R35)
        .with("name", &token.name)
        .with("fingerprint", shown)
        .with("url", instance.api_base());
    ui.tell_always(&done);
    Ok(SUCCESS)
}

fn revoke(
    secret: &Secret,
    instance: &Instance,
    context: &build_token_identity::JobContext,
) -> Result<(), Failed> {
    let http = Client::new(transport::for_gitlab(context), SystemTime);
    let deadline = Deadline::after(Instant::now(), LIMIT);
    GitLab::new(instance.clone(), &http)
        .revoke_self(secret, deadline)
        .map_err(|error| {
            Finding::new(Code::R34)
                .with("url", instance.api_base())
                .with("text", &error)
                .because("detail", Reason::new("reason-gitlab-refused"))
                .request_id(error.request_id())
                .into()
        })
}

/// The GitLab that the reach names; without a reach, the one that runs the job.
fn instance(
    token: &Token,
    server_url: Option<&str>,
    api_v4_url: Option<&str>,
) -> Result<Instance, Failed> {
    let ci = CiServer {
        server_url,
        api_v4_url,
    };
    let found = match (token.reach.first(), server_url) {
        (Some(reach), _) => Instance::of_repository(&reach.to_string(), ci).ok(),
        (None, Some(url)) => Instance::at(url).ok(),
        (None, None) => None,
    };
    found.ok_or_else(|| {
        Finding::new(Code::C25)
            .because("problem", Reason::new("reason-no-gitlab"))
            .because("reason", Reason::new("reason-no-gitlab-why"))
            .because("remedy", Reason::new("reason-no-gitlab-fix"))
            .into()
    })
}

/// A person says yes; a script says it on the command line, in CI with the fingerprint, so that it
/// cannot hit another token than the one that was looked at.
fn confirmed(
    options: &Options,
    in_ci: bool,
    fingerprint: Option<Fingerprint>,
    name: &str,
    instance: &Instance,
    ui: &Ui,
) -> Result<bool, Failed> {
    let shown = fingerprint.map_or_else(|| "-".to_owned(), |print| print.to_string());
    let named = options
        .yes
        .as_deref()
        .and_then(|text| text.parse::<Fingerprint>().ok());
    let by_option = match &options.yes {
        Some(text) if text.is_empty() => !in_ci,
        Some(_) => named.is_some() && named == fingerprint,
        None => false,
    };
    if by_option {
        return Ok(true);
    }
    if options.yes.is_none() && !in_ci {
        let arguments = [
            ("name", name),
            ("fingerprint", &shown),
            ("url", &instance.api_base()),
        ];
        if let Some(answer) = ui.ask("say-confirm-kill", &arguments) {
            return Ok(answer == "yes");
        }
    }
    Err(Finding::new(Code::C25)
        .because(
            "problem",
            Reason::new("reason-kill-unconfirmed")
                .with("name", name)
                .with("fingerprint", &shown),
        )
        .because("reason", Reason::new("reason-kill-unconfirmed-why"))
        .because(
            "remedy",
            Reason::new("reason-kill-unconfirmed-fix").with("fingerprint", shown),
        )
        .into())
}
