//! `build-token sources check`: asks every remote with the real git, as a build under `run` would, and
//! explains each refusal.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use build_token_job::obtain::Token;
use build_token_job::sources::check::{Checked, Outcome as Answer, Progress};
use build_token_job::sources::{Component, Credential, Means, Resolution, Surveyed, survey};
use build_token_job::{findings, supervise};
use build_token_report::Finding;
use clap::Args;
use serde_json::{Value, json};

use super::table::table;
use super::{Scene, SourceOptions};
use crate::args::{Common, FailOn, FormatOption};
use crate::commands::tokens;
use crate::outcome::{FOUND, Failed, Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `sources check`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    #[command(flatten)]
    format: FormatOption,
    /// What makes the check fail: findings of this severity or above.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    fail_on: FailOn,
}

/// Runs the command.
pub fn run(options: &Options, common: &Common, started: Instant, ui: &mut Ui) -> Outcome {
    ui.set_format(options.format.format);
    supervise::harden();
    let mut scene = Scene::read(&options.source, common, started)?;
    let tokens = obtain(&scene, ui)?;
    // The secret's own metadata may have narrowed the reach.
    scene.prospect.learn(&tokens);
    let resolution = scene.resolve()?;
    let mut found = scene.notes(&resolution);
    let surveyed = ask(&scene, &resolution, &tokens, ui)?;
    found.extend(surveyed.findings);
    found.extend(
        surveyed
            .components
            .iter()
            .filter_map(|(_, finding)| finding.clone()),
    );
    let results: Vec<Row<'_>> = surveyed
        .components
        .iter()
        .zip(&resolution.components)
        .map(|((checked, finding), component)| Row {
            component,
            checked,
            finding: finding.as_ref(),
        })
        .collect();
    if ui.is_json() {
        let components: Vec<Value> = results.iter().map(Row::json).collect();
        ui.json(&json!({
            "schema": 1,
            "channel": resolution.channel,
            "components": components,
            "findings": ui.findings_json(&found),
        }))?;
    } else {
        let rows: Vec<Vec<String>> = results.iter().map(|row| row.human(ui)).collect();
        let channel = ui
            .texts()
            .say("say-channel", &[("channel", resolution.channel.as_str())]);
        ui.report(&format!("{channel}\n{}", table(&rows)))?;
    }
    found.iter().for_each(|finding| ui.tell(finding));
    say_sum(&results, ui);
    let failed = found
        .iter()
        .any(|finding| options.fail_on.includes(finding.severity));
    Ok(if failed { FOUND } else { SUCCESS })
}

/// The tokens that a component needs; nobody is asked where none does, or where the job may have none.
fn obtain(scene: &Scene, ui: &Ui) -> Result<Vec<Token>, Failed> {
    let resolution = scene.resolve()?;
    if let Some(undecided) = scene.undecided(&resolution).pop() {
        return Err(undecided.into());
    }
    if scene.credential(&resolution) != Some(Credential::BuildToken) {
        return Ok(Vec::new());
    }
    let needing = resolution
        .components
        .iter()
        .filter(|component| component.needs_token);
    let urls: Vec<&str> = needing
        .filter_map(|component| component.remote.as_deref())
        .collect();
    tokens::obtain_here(
        &scene.prospect.names_for(&urls),
        false,
        &scene.surroundings,
        ui,
    )
}

/// Asks every remote in other threads, and tells the progress from this one.
fn ask(
    scene: &Scene,
    resolution: &Resolution,
    tokens: &[Token],
    ui: &Ui,
) -> Result<Surveyed, Failed> {
    let reach = scene.prospect.reach();
    let means = Means {
        credential: scene.credential(resolution),
        tokens,
        reach: &reach,
    };
    let (sender, receiver) = mpsc::channel();
    let tell = move |progress: Progress<'_>| {
        // Nobody listens any more when we are about to end.
        let _ = sender.send((progress.name.to_owned(), progress.done, progress.total));
    };
    let surveyed = thread::scope(|scope| {
        let surroundings = &scene.surroundings;
        let asking = scope.spawn(move || survey(resolution, &means, surroundings, &tell));
        for (name, done, total) in receiver {
            let (done, total) = (done.to_string(), total.to_string());
            ui.progress(
                "say-checking",
                &[("done", &done), ("total", &total), ("name", &name)],
            );
        }
        ui.progress_ends();
        asking.join()
    });
    Ok(surveyed.map_err(|_| findings::bug("a thread panicked"))??)
}

fn say_sum(results: &[Row<'_>], ui: &Ui) {
    let failed = results.iter().filter(|row| row.finding.is_some()).count();
    let reachable = results.iter().filter(|row| row.is_reachable()).count();
    if failed + reachable == 0 {
        ui.say("say-check-nothing", &[]);
    } else if failed == 0 {
        ui.say("say-check-passed", &[("total", &reachable.to_string())]);
    } else {
        let total = (failed + reachable).to_string();
        ui.say(
            "say-check-failed",
            &[("failed", &failed.to_string()), ("total", &total)],
        );
    }
}

/// One component's result.
struct Row<'a> {
    component: &'a Component,
    checked: &'a Checked,
    finding: Option<&'a Finding>,
}

impl Row<'_> {
    fn is_reachable(&self) -> bool {
        matches!(self.checked.outcome, Answer::Reachable { .. })
    }

    /// What `sources list` has, with the outcome, the commit, and the finding's code.
    fn json(&self) -> Value {
        let mut row = json!(self.component);
        let (outcome, head) = match &self.checked.outcome {
            Answer::Reachable { head } => ("reachable", head.as_deref()),
            Answer::NoRemote => ("no-remote", None),
            Answer::NotAsked => ("not-asked", None),
            Answer::Refused(_) => ("refused", None),
            Answer::TimedOut { .. } => ("timed-out", None),
            Answer::Unreachable => ("unreachable", None),
            Answer::Failed => ("failed", None),
        };
        row["outcome"] = json!(outcome);
        row["head"] = json!(head);
        row["code"] = json!(self.finding.map(|finding| finding.code.as_str()));
        row
    }

    fn human(&self, ui: &Ui) -> Vec<String> {
        let state = match self.finding {
            Some(finding) => finding.code.to_string(),
            None if self.is_reachable() => ui.texts().say("say-check-ok", &[]),
            None => "-".to_owned(),
        };
        let remote = self.component.remote.as_deref().unwrap_or("-");
        vec![self.component.name.clone(), state, remote.to_owned()]
    }
}
