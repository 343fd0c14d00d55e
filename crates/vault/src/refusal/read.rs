//! Refusals at reading and at revoking.

use serde_json::{Map, Value};

use super::is_bad_token;
use crate::error::Cause;

/// The cause of a read that was answered with `status`, `text` and `warnings`.
pub(crate) fn read(status: u16, text: &str, warnings: &str) -> Cause {
    let has = |words: &str| text.contains(words);
    match status {
        403 if is_bad_token(text) => Cause::SessionRefused,
        403 => Cause::ReadDenied,
        400 if has("missing client token") => Cause::SessionRefused,
        400 if has("Upgrading from non-versioned") => Cause::Upgrading,
        404 if has("no handler for route") => Cause::NoSuchMount,
        404 if has("unsupported path") || warnings.contains("versioned K/V") => Cause::WrongEngine,
        404 if text.is_empty() && warnings.is_empty() => Cause::PathMissing,
        405 => Cause::WrongEngine,
        500..=599 => Cause::ServerFault,
        _ => Cause::ReadRefused,
    }
}

/// The cause where a 404 comes with the data of a version that is no more.
pub(crate) fn deleted(data: &Map<String, Value>) -> Option<Cause> {
    let metadata = data.get("metadata")?.as_object()?;
    let version = metadata.get("version").and_then(Value::as_u64);
    let version = version.and_then(|version| u32::try_from(version).ok());
    if metadata.get("destroyed").and_then(Value::as_bool) == Some(true) {
        return Some(Cause::VersionDestroyed { version });
    }
    let at = metadata
        .get("deletion_time")?
        .as_str()
        .filter(|at| !at.is_empty())?
        .to_owned();
    Some(Cause::VersionDeleted { version, at })
}

/// The cause of a revocation that was answered with `status` and `text`.
pub(crate) fn revoke(status: u16, text: &str) -> Cause {
    match status {
        400 if text.contains("batch tokens cannot be revoked") => Cause::NotRevocable,
        403 if is_bad_token(text) => Cause::AlreadyGone,
        403 => Cause::RevokeDenied,
        500..=599 => Cause::ServerFault,
        _ => Cause::RevokeRefused,
    }
}
