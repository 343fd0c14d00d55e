//! Secrets: versioned ones (KV v2) and plain ones (KV v1).

mod config;
mod data;
mod lists;
mod metadata;
mod plain;
mod versions;

use std::sync::MutexGuard;

use build_token_vault::rules::{acl::Operation, fields::Kind, kv};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    endpoint::{Call, Endpoint, Rest},
    reply::{Answer, Fault, Reply},
    state::{Engine, State},
};

pub(super) use plain::ENDPOINTS as PLAIN;

/// The paths of versioned secrets.
pub(super) const VERSIONED: &[Endpoint] = &[
    config::CONFIG,
    data::DATA,
    metadata::METADATA,
    lists::DETAILED,
    versions::DESTROY,
    data::SUBKEYS,
    versions::DELETE,
    versions::UNDELETE,
    Endpoint::new(
        "",
        Rest::Whatever,
        &[],
        &[
            (Operation::Create, astray),
            (Operation::Read, astray),
            (Operation::Update, astray),
            (Operation::Patch, astray),
            (Operation::Delete, astray),
            (Operation::List, astray),
            (Operation::Scan, astray),
        ],
    )
    .takes_all(),
];

/// The path of a secret, as an endpoint's parameter.
const PATH: (&str, Kind) = ("path", Kind::Text);

/// Runs with the secrets of the mount that a call is for.
fn engine<'s, T>(
    call: &Call<'_>,
    state: &'s mut MutexGuard<'_, State>,
    run: impl FnOnce(&'s mut kv::Engine) -> T,
) -> Result<T, Fault> {
    match state
        .mounts
        .get_mut(call.mount)
        .map(|mount| &mut mount.engine)
    {
        Some(Engine::Versioned(engine)) => Ok(run(engine)),
        // Unmounted since the request began.
        _ => Err(Fault::unsupported_path()),
    }
}

fn exists(call: &Call<'_>) -> bool {
    let known = engine(call, &mut call.core.state(), |engine| {
        engine.entry(&call.text("path")).is_some()
    });
    known.unwrap_or_default()
}

/// Answers paths that would be right for plain secrets.
fn astray(call: &Call<'_>) -> Answer {
    let command = match call.operation {
        Operation::Create | Operation::Update => "put",
        Operation::Patch => "patch",
        Operation::List => "list",
        Operation::Scan => "scan",
        Operation::Delete => "delete",
        Operation::Read | Operation::Head => "get",
    };
    let text = match call.inner {
        "metadata" | "data" | "delete" | "undelete" | "destroy" => {
            "Non-listing operations on the root of a K/V v2 mount are not supported.".to_owned()
        }
        _ => format!(
            "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the OpenBao CLI, use 'bao kv {command}' for this operation."
        ),
    };
    Ok(Some(Reply::warning(&text).with_status(404)))
}

/// A time in whole seconds, or nothing.
fn time(time: Option<Timestamp>) -> String {
    time.and_then(|time| Timestamp::from_second(time.as_second()).ok())
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// What answers say of one version.
fn version(number: u64, version: &kv::Version, entry: &kv::Entry) -> Value {
    json!({
        "version": number,
        "created_time": time(Some(version.created)),
        "deletion_time": time(version.deletion),
        "destroyed": version.destroyed,
        "custom_metadata": entry.custom_metadata,
    })
}

/// How a rule's refusal goes out.
fn refused(refusal: kv::Refusal) -> Fault {
    use kv::Refusal::{DataNotFound, NotAPatch, NothingToPatch};
    match refusal {
        DataNotFound | NothingToPatch | NotAPatch => Fault::error(500, refusal.to_string()),
        _ => Fault::refused(refusal.to_string()),
    }
}
