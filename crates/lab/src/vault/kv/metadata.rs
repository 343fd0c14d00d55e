//! `metadata/`: what is known of a secret beside its values.

use build_token_vault::rules::{
    acl::Operation,
    duration::clock_text,
    fields::{self, Kind, positive_seconds},
    kv::{Entry, MetadataChange, SettingsChange, check_custom_metadata},
};
use serde_json::{Map, Value, json};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest},
        reply::{Answer, Fault, Reply},
    },
    PATH, engine, exists, lists, refused, time,
};

pub(super) const METADATA: Endpoint = Endpoint::new(
    "metadata/",
    Rest::Any("path"),
    &[
        PATH,
        ("cas_required", Kind::Switch),
        ("metadata_cas_required", Kind::Switch),
        ("max_versions", Kind::Integer),
        ("delete_version_after", Kind::Seconds),
        ("custom_metadata", Kind::Map),
        ("metadata_cas", Kind::Integer),
        ("after", Kind::Text),
        ("limit", Kind::Integer),
    ],
    &[
        (Operation::Create, write),
        (Operation::Update, write),
        (Operation::Read, read),
        (Operation::Delete, delete),
        (Operation::Patch, patch),
        (Operation::List, lists::list),
        (Operation::Scan, lists::scan),
    ],
)
.exists(exists);

/// What answers say of a secret.
pub(super) fn shown(entry: &Entry) -> Value {
    let versions: Map<String, Value> = entry
        .versions()
        .map(|(number, version)| {
            let shown = json!({
                "created_time": time(Some(version.created)),
                "deletion_time": time(version.deletion),
                "destroyed": version.destroyed,
            });
            (number.to_string(), shown)
        })
        .collect();
    json!({
        "versions": versions,
        "current_version": entry.current,
        "current_metadata_version": entry.metadata_version,
        "oldest_version": entry.oldest,
        "created_time": time(Some(entry.created)),
        "updated_time": time(Some(entry.updated)),
        "max_versions": entry.settings.max_versions,
        "cas_required": entry.settings.cas_required,
        "metadata_cas_required": entry.settings.metadata_cas_required,
        "delete_version_after": clock_text(entry.settings.delete_version_after),
        "custom_metadata": entry.custom_metadata,
    })
}

fn read(call: &Call<'_>) -> Answer {
    engine(call, &mut call.core.state(), |engine| {
        engine
            .entry(&call.text("path"))
            .map(|entry| Reply::data(shown(entry)))
    })
}

fn delete(call: &Call<'_>) -> Answer {
    engine(call, &mut call.core.state(), |engine| {
        engine.remove(&call.text("path"))
    })?;
    Ok(None)
}

/// The change that a call asks for. In a patch, `null` sets things back.
fn change(call: &Call<'_>, patch: bool) -> Result<MetadataChange, Fault> {
    let after = call
        .data
        .get("delete_version_after")
        .filter(|after| !after.is_null());
    let after = after.and_then(|_| call.read("delete_version_after", positive_seconds));
    let custom_metadata = match call.data.get("custom_metadata") {
        None => None,
        Some(given) => Some(check_custom_metadata(given, patch).map_err(Fault::refused)?),
    };
    Ok(MetadataChange {
        settings: SettingsChange {
            max_versions: call.read("max_versions", fields::integer),
            cas_required: call.read("cas_required", fields::switch),
            metadata_cas_required: call.read("metadata_cas_required", fields::switch),
            delete_version_after: after,
        },
        custom_metadata,
        cas: call.read("metadata_cas", fields::integer),
        clear_custom_metadata: patch && call.data.get("custom_metadata") == Some(&Value::Null),
    })
}

/// Warnings about switches that the mount does not leave to a secret.
fn warnings(call: &Call<'_>, change: &MetadataChange) -> Result<Vec<String>, Fault> {
    let mount = engine(call, &mut call.core.state(), |engine| {
        engine.settings.clone()
    })?;
    let pairs = [
        (
            "cas_required",
            change.settings.cas_required,
            mount.cas_required,
        ),
        (
            "metadata_cas_required",
            change.settings.metadata_cas_required,
            mount.metadata_cas_required,
        ),
    ];
    let overruled = pairs
        .iter()
        .filter(|(_, wish, mount)| *wish == Some(false) && *mount);
    Ok(overruled
        .map(|(name, ..)| {
            format!("\"{name}\" set to false, but is mandated by backend config. This value will be ignored.")
        })
        .collect())
}

fn write(call: &Call<'_>) -> Answer {
    let path = call.text("path");
    if path.is_empty() {
        return Err(Fault::refused("missing path"));
    }
    let change = change(call, false)?;
    if change.is_empty() {
        return Ok(None);
    }
    let warnings = warnings(call, &change)?;
    engine(call, &mut call.core.state(), |engine| {
        engine.write_metadata(&path, &change, call.now)
    })?
    .map_err(refused)?;
    Ok(Reply::only_warnings(warnings))
}

fn patch(call: &Call<'_>) -> Answer {
    let change = change(call, true)?;
    if change.is_empty() {
        return Ok(None);
    }
    let path = call.text("path");
    if path.is_empty() {
        return Err(Fault::refused("missing path"));
    }
    let warnings = warnings(call, &change)?;
    let there = engine(call, &mut call.core.state(), |engine| {
        engine.patch_metadata(&path, &change, call.now)
    })?
    .map_err(refused)?;
    if !there {
        return Ok(Some(Reply::default().with_status(404)));
    }
    Ok(Reply::only_warnings(warnings))
}
