//! `build-token man [DIR]`: the manual, made from the command line's own words.

use std::fs;
use std::path::{Path, PathBuf};

use build_token_report::{Code, Finding, Reason};
use clap::{Args, CommandFactory};
use clap_mangen::Man;

use crate::args::Arguments;
use crate::outcome::{Failed, Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `man`.
#[derive(Debug, Args)]
pub struct Options {
    /// Write one page per command into this directory, instead of the main page to stdout.
    directory: Option<PathBuf>,
}

/// Runs the command.
pub fn run(options: &Options, ui: &Ui) -> Outcome {
    let command = Arguments::command();
    match &options.directory {
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            ui.data(&page)?;
        }
        Some(directory) => {
            fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error))?;
            clap_mangen::generate_to(command, directory)
                .map_err(|error| unwritable(directory, &error))?;
        }
    }
    Ok(SUCCESS)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failed {
    Finding::new(Code::R24)
        .with("file", path.display())
        .with("problem", error)
        .because(
            "reason",
            Reason::new("reason-named-by").with("option", "man DIR"),
        )
        .into()
}
