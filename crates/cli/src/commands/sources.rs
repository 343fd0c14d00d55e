//! `build-token sources`: being written.
use crate::args::Common;
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;
use std::time::Instant;
/// x
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// x
    List,
}
/// x
pub fn run(_: &Subcommand, _: &Common, _: Instant, _: &Ui) -> Outcome {
    Ok(SUCCESS)
}
