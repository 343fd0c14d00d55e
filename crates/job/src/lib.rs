//! What happens around one job: gate → plan → acquire → deliver → supervise → release.
//!
//! Reading order: [`run`] tells the story; [`grants`], [`gate`] and [`plan`] decide without any I/O;
//! [`acquire`] asks Vault; [`environment`], [`wiring`] and [`agent`] deliver; [`supervise`] runs the
//! child. Nothing here prints: what is to be said is returned as [`findings`].
#![deny(missing_docs)]

pub mod acquire;
pub mod agent;
mod ancestry;
pub mod config;
pub mod connection;
pub mod credential;
pub mod delivery;
mod draft;
pub mod environment;
pub mod findings;
pub mod gate;
pub mod git_program;
pub mod grants;
pub mod inheritance;
mod keeper;
pub mod lifetime;
pub mod names;
pub mod obtain;
pub mod plan;
pub mod private_directory;
mod pump;
pub mod reach;
mod ready;
pub mod receipt;
mod renewal;
pub mod run;
pub mod shell;
pub mod signals;
pub mod sources;
pub mod supervise;
pub mod surroundings;
pub mod transport;
pub mod wiring;
pub mod yaml;
