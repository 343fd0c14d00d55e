//! Plain secrets (KV v1): one value, no versions; here so that the wrong engine can be met.

use std::{collections::BTreeMap, sync::MutexGuard};

use build_token_vault::rules::{
    acl::Operation,
    duration,
    fields::Parameters,
    kv::{list as names, scan as paths},
    token::SYSTEM_TTL,
};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest},
        reply::{Answer, Fault, Reply},
        state::{Engine, State},
    },
    PATH,
};

/// The paths of plain secrets: all.
pub(in super::super) const ENDPOINTS: &[Endpoint] = &[Endpoint::new(
    "",
    Rest::Any("path"),
    &[PATH],
    &[
        (Operation::Read, read),
        (Operation::Create, write),
        (Operation::Update, write),
        (Operation::Delete, delete),
        (Operation::List, list),
        (Operation::Scan, scan),
    ],
)
.exists(exists)
.takes_all()];

type Secrets = BTreeMap<String, Parameters>;

fn secrets<'s, T>(
    call: &Call<'_>,
    state: &'s mut MutexGuard<'_, State>,
    run: impl FnOnce(&'s mut Secrets) -> T,
) -> Result<T, Fault> {
    match state
        .mounts
        .get_mut(call.mount)
        .map(|mount| &mut mount.engine)
    {
        Some(Engine::Plain(secrets)) => Ok(run(secrets)),
        // Unmounted since the request began.
        _ => Err(Fault::unsupported_path()),
    }
}

fn exists(call: &Call<'_>) -> bool {
    let known = secrets(call, &mut call.core.state(), |secrets| {
        secrets.contains_key(call.inner)
    });
    known.unwrap_or_default()
}

fn read(call: &Call<'_>) -> Answer {
    let found = secrets(call, &mut call.core.state(), |secrets| {
        secrets.get(call.inner).cloned()
    })?;
    Ok(found.map(|data| {
        // A secret may say itself for how long it is good.
        let wish = data.get("ttl").or_else(|| data.get("lease"));
        let lease_seconds = wish
            .and_then(|ttl| duration::seconds(ttl).ok())
            .unwrap_or(SYSTEM_TTL);
        Reply {
            data: Some(data),
            lease_seconds,
            ..Reply::default()
        }
    }))
}

fn write(call: &Call<'_>) -> Answer {
    if call.inner.is_empty() {
        return Err(Fault::refused("missing path"));
    }
    let data = call.given.clone();
    if data.is_empty() {
        return Err(Fault::refused("missing data fields"));
    }
    secrets(call, &mut call.core.state(), |secrets| {
        secrets.insert(call.inner.to_owned(), data)
    })?;
    Ok(None)
}

fn delete(call: &Call<'_>) -> Answer {
    secrets(call, &mut call.core.state(), |secrets| {
        secrets.remove(call.inner)
    })?;
    Ok(None)
}

fn list(call: &Call<'_>) -> Answer {
    let names = secrets(call, &mut call.core.state(), |secrets| {
        names(secrets, call.inner)
    })?;
    Ok(Some(Reply::keys(names)))
}

fn scan(call: &Call<'_>) -> Answer {
    let paths = secrets(call, &mut call.core.state(), |secrets| {
        paths(secrets, call.inner)
    })?;
    Ok(Some(Reply::keys(paths)))
}
