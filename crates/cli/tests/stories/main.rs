//! The stories of the job's side: a setting, one act, one snapshot. Where Vault has a say they are told
//! twice, on the lab and on a real server.

#[path = "../support/mod.rs"]
mod support;

mod counter;
mod setting;

mod adopted;
mod agent;
mod inheritance;
mod masking;
mod pins;
mod places;
mod reach;
mod receipt;
mod renewal;
mod run;
mod signals;
mod tls;
mod vault;
