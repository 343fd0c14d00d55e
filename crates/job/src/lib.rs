//! What happens around one job: gate → plan → acquire → deliver → supervise → release.
#![deny(missing_docs)]

pub mod sources;
pub mod yaml;
