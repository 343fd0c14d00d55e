//! `config`: what holds for all secrets of a mount.

use build_token_vault::rules::{
    acl::Operation,
    duration::{self, clock_text},
    fields::{self, Kind},
    kv::SettingsChange,
};
use serde_json::json;

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest},
        reply::{Answer, Reply},
    },
    engine,
};

pub(super) const CONFIG: Endpoint = Endpoint::new(
    "config",
    Rest::Nothing,
    &[
        ("max_versions", Kind::Integer),
        ("cas_required", Kind::Switch),
        ("metadata_cas_required", Kind::Switch),
        ("delete_version_after", Kind::SignedSeconds),
    ],
    &[(Operation::Read, read), (Operation::Update, write)],
);

fn read(call: &Call<'_>) -> Answer {
    engine(call, &mut call.core.state(), |engine| {
        let settings = &engine.settings;
        Some(Reply::data(json!({
            "max_versions": settings.max_versions,
            "cas_required": settings.cas_required,
            "metadata_cas_required": settings.metadata_cas_required,
            "delete_version_after": clock_text(settings.delete_version_after),
        })))
    })
}

fn write(call: &Call<'_>) -> Answer {
    let change = SettingsChange {
        max_versions: call.read("max_versions", fields::integer),
        cas_required: call.read("cas_required", fields::switch),
        metadata_cas_required: call.read("metadata_cas_required", fields::switch),
        delete_version_after: call.read("delete_version_after", duration::seconds),
    };
    engine(call, &mut call.core.state(), |engine| {
        engine.settings.change(&change)
    })?;
    Ok(None)
}
