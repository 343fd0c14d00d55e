//! `build-token sources list`: each component's remote in the job's channel. Asks nobody.

use std::time::Instant;

use build_token_job::sources::{Component, Resolution};
use clap::Args;
use serde_json::json;

use super::table::table;
use super::{Scene, SourceOptions};
use crate::args::{Common, FormatOption};
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `sources list`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    #[command(flatten)]
    format: FormatOption,
}

/// Runs the command.
pub fn run(options: &Options, common: &Common, started: Instant, ui: &mut Ui) -> Outcome {
    ui.set_format(options.format.format);
    let scene = Scene::read(&options.source, common, started)?;
    let resolution = scene.resolve()?;
    let notes = scene.notes(&resolution);
    if ui.is_json() {
        let mut document = json!({
            "schema": 1,
            "channel": resolution.channel,
            "components": resolution.components,
        });
        if !notes.is_empty() {
            document["findings"] = ui.findings_json(&notes);
        }
        ui.json(&document)?;
    } else {
        ui.report(&human(&resolution, ui))?;
    }
    notes.iter().for_each(|note| ui.tell(note));
    Ok(SUCCESS)
}

fn human(resolution: &Resolution, ui: &Ui) -> String {
    let rows: Vec<Vec<String>> = resolution
        .components
        .iter()
        .map(|component| row(component, ui))
        .collect();
    let channel = ui
        .texts()
        .say("say-channel", &[("channel", resolution.channel.as_str())]);
    format!("{channel}\n{}", table(&rows))
}

fn row(component: &Component, ui: &Ui) -> Vec<String> {
    let mut row = vec![
        component.name.clone(),
        component.remote.as_deref().unwrap_or("-").to_owned(),
        component
            .from
            .as_ref()
            .map_or("-", |from| from.as_str())
            .to_owned(),
    ];
    if component.needs_token {
        row.push(ui.texts().say("say-needs-token", &[]));
    }
    row
}
