//! `build-token sources env`: `export` lines that make a build use the same remotes. No credential is
//! among them, so a terminal may see them. Asks nobody.

use std::time::Instant;

use build_token_job::findings;
use build_token_job::sources::{Exports, OMNIBUS};
use clap::Args;

use super::{Scene, SourceOptions};
use crate::args::Common;
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `sources env`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// The components; all when left out.
    #[arg(value_name = "COMPONENT")]
    components: Vec<String>,
}

/// Runs the command.
pub fn run(options: &Options, common: &Common, started: Instant, ui: &Ui) -> Outcome {
    let scene = Scene::read(&options.source, common, started)?;
    let resolution = scene.resolve()?;
    for name in &options.components {
        if !resolution
            .components
            .iter()
            .any(|component| &component.name == name)
        {
            return Err(findings::sources::unknown(name, &resolution, &scene.file).into());
        }
    }
    let exports = Exports::of(&resolution, OMNIBUS, &options.components);
    ui.data(exports.shell().as_bytes())?;
    scene
        .notes(&resolution)
        .iter()
        .for_each(|note| ui.tell(note));
    exports
        .notes
        .iter()
        .for_each(|note| ui.tell(&findings::sources::export(note)));
    Ok(SUCCESS)
}
