//! `data/` and `subkeys/`: reading and writing secrets' values.

use build_token_vault::rules::{
    acl::Operation,
    fields::{self, Kind},
    kv::{Found, subkeys as structure},
};
use serde_json::{Value, json};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest},
        json::floats,
        reply::{Answer, Fault, Reply},
    },
    PATH, engine, exists, refused, version,
};

pub(super) const DATA: Endpoint = Endpoint::new(
    "data/",
    Rest::Any("path"),
    &[
        PATH,
        ("version", Kind::Integer),
        ("options", Kind::Map),
        ("data", Kind::Map),
    ],
    &[
        (Operation::Create, write),
        (Operation::Update, write),
        (Operation::Read, read),
        (Operation::Delete, delete),
        (Operation::Patch, patch),
    ],
)
.exists(exists);

pub(super) const SUBKEYS: Endpoint = Endpoint::new(
    "subkeys/",
    Rest::Any("path"),
    &[PATH, ("version", Kind::Integer), ("depth", Kind::Integer)],
    &[(Operation::Read, subkeys)],
);

fn read(call: &Call<'_>) -> Answer {
    shown(call, "data", |data| floats(data.clone()))
}

fn subkeys(call: &Call<'_>) -> Answer {
    let depth = call.integer("depth");
    shown(call, "subkeys", |data| structure(data, depth))
}

/// A version under a name; one that is gone is shown too, as a 404.
fn shown(call: &Call<'_>, name: &str, show: impl FnOnce(&Value) -> Value) -> Answer {
    engine(call, &mut call.core.state(), |engine| {
        let found = engine
            .read(&call.text("path"), call.integer("version"), call.now)
            .map_err(refused)?;
        Ok(match found {
            Found::Nothing => None,
            Found::Gone(number, gone, entry) => {
                let data = json!({ name: null, "metadata": version(number, gone, entry) });
                Some(Reply::data(data).with_status(404))
            }
            Found::Data(number, found, entry, data) => Some(Reply::data(
                json!({ name: show(data), "metadata": version(number, found, entry) }),
            )),
        })
    })?
}

/// The check-and-set value, if one is given.
fn cas(call: &Call<'_>) -> Option<Value> {
    call.read("options", fields::map)?.get("cas").cloned()
}

fn write(call: &Call<'_>) -> Answer {
    let path = call.text("path");
    if path.is_empty() {
        return Err(Fault::refused("missing path"));
    }
    let data = match call.data.get("data") {
        None => return Err(Fault::refused("no data provided")),
        // `null` is a map that is not there, and is stored as such.
        Some(Value::Null) => Value::Null,
        Some(data) => fields::map(data).unwrap_or_default().into(),
    };
    engine(call, &mut call.core.state(), |engine| {
        let (number, entry) = engine
            .write(&path, data, cas(call).as_ref(), call.now)
            .map_err(refused)?;
        Ok(written(number, entry))
    })?
}

fn written(number: u64, entry: &build_token_vault::rules::kv::Entry) -> Option<Reply> {
    let newest = entry.versions().find(|(known, _)| *known == number);
    newest.map(|(_, newest)| Reply::data(version(number, newest, entry)))
}

fn patch(call: &Call<'_>) -> Answer {
    let path = call.text("path");
    let Some(data) = call.data.get("data") else {
        return Err(Fault::refused("no data provided"));
    };
    engine(call, &mut call.core.state(), |engine| {
        match engine.read(&path, 0, call.now).map_err(refused)? {
            Found::Nothing => return Ok(Some(Reply::default().with_status(404))),
            Found::Gone(number, gone, entry) => {
                return Ok(Some(
                    Reply::data(version(number, gone, entry)).with_status(404),
                ));
            }
            Found::Data(..) => {}
        }
        let (number, entry) = engine
            .patch(&path, data, cas(call).as_ref(), call.now)
            .map_err(refused)?;
        Ok(written(number, entry))
    })?
}

fn delete(call: &Call<'_>) -> Answer {
    engine(call, &mut call.core.state(), |engine| {
        engine.delete_current(&call.text("path"), call.now)
    })?;
    Ok(None)
}
