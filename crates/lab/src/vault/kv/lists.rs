//! Listing versioned secrets: one level, all levels, with or without what is known of each.

use build_token_vault::rules::{acl::Operation, fields::Kind};
use serde_json::{Map, Value, json};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest, page},
        reply::{Answer, Reply},
    },
    PATH, engine, metadata,
};

pub(super) const DETAILED: Endpoint = Endpoint::new(
    "detailed-metadata/",
    Rest::Any("path"),
    &[PATH, ("after", Kind::Text), ("limit", Kind::Integer)],
    &[(Operation::List, list), (Operation::Scan, scan)],
);

pub(super) fn list(call: &Call<'_>) -> Answer {
    let names = engine(call, &mut call.core.state(), |engine| {
        engine.list(&call.text("path"))
    })?;
    answer(call, page(call, names))
}

pub(super) fn scan(call: &Call<'_>) -> Answer {
    let names = engine(call, &mut call.core.state(), |engine| {
        engine.scan(&call.text("path"))
    })?;
    answer(call, names)
}

fn answer(call: &Call<'_>, names: Vec<String>) -> Answer {
    if !call.inner.starts_with(DETAILED.prefix) {
        return Ok(Some(Reply::keys(names)));
    }
    let directory = call.text("path");
    let details: Map<String, Value> = engine(call, &mut call.core.state(), |engine| {
        let known = |name: &String| {
            // A directory that is also a secret's name shows that secret.
            let entry = engine.entry(&format!("{directory}{name}"));
            (
                name.clone(),
                entry.map_or_else(|| json!({}), metadata::shown),
            )
        };
        names.iter().map(known).collect()
    })?;
    Ok(Some(Reply::data(
        json!({ "keys": names, "key_info": details }),
    )))
}
