//! What a token may do where: `sys/capabilities-self` and its kin.

use build_token_vault::rules::{
    acl::{Acl, Operation},
    fields::{self, Kind},
    token,
};
use serde_json::{Map, Value};

use super::super::{
    endpoint::{Call, Endpoint, Rest},
    reply::{Answer, Fault, Reply},
    session,
};

const FIELDS: &[(&str, Kind)] = &[
    ("token", Kind::Text),
    ("accessor", Kind::Text),
    ("path", Kind::CommaTexts),
    ("paths", Kind::CommaTexts),
];

pub(super) const OWN: Endpoint = Endpoint::new(
    "capabilities-self",
    Rest::Nothing,
    FIELDS,
    &[(Operation::Update, own)],
);
pub(super) const OTHERS: Endpoint = Endpoint::new(
    "capabilities",
    Rest::Nothing,
    FIELDS,
    &[(Operation::Update, others)],
);
pub(super) const BY_ACCESSOR: Endpoint = Endpoint::new(
    "capabilities-accessor",
    Rest::Nothing,
    FIELDS,
    &[(Operation::Update, by_accessor)],
);

fn own(call: &Call<'_>) -> Answer {
    let caller = call.caller()?;
    if caller.inline && caller.token.kind == token::Kind::Service {
        // The server looks the token up, and that of inline auth is not there.
        return Err(Fault::error(400, "invalid token"));
    }
    answer(call, &caller.acl)
}

fn others(call: &Call<'_>) -> Answer {
    let value = call.text("token");
    if value.is_empty() {
        return Err(Fault::error(500, "no token found"));
    }
    of_value(call, &value, "invalid token")
}

fn by_accessor(call: &Call<'_>) -> Answer {
    let accessor = call.text("accessor");
    if accessor.is_empty() {
        return Err(Fault::refused("missing accessor"));
    }
    let value = call
        .core
        .state()
        .tokens
        .value_of(&accessor)
        .map(str::to_owned);
    let value = value.ok_or_else(|| Fault::error(400, "invalid accessor"))?;
    of_value(call, &value, "invalid accessor")
}

fn of_value(call: &Call<'_>, value: &str, unknown: &str) -> Answer {
    let state = call.core.state();
    let token = session::find(&state, &call.core.sealer, value, call.now)
        .map_err(|text| Fault::error(500, text))?
        .ok_or_else(|| Fault::error(400, unknown))?;
    let acl = session::acl(&state, &token, call.now);
    drop(state);
    answer(call, &acl)
}

fn answer(call: &Call<'_>, acl: &Acl) -> Answer {
    let named = |name| {
        call.read(name, fields::comma_texts)
            .filter(|paths| !paths.is_empty())
    };
    let paths = named("paths").or_else(|| named("path"));
    let paths = paths.ok_or_else(|| Fault::refused("paths must be supplied"))?;
    if paths.iter().any(String::is_empty) {
        return Err(Fault::error(400, "missing path"));
    }
    let mut data: Map<String, Value> = paths
        .iter()
        .map(|path| (path.clone(), acl.capabilities(path).into()))
        .collect();
    if let [only] = paths.as_slice() {
        data.insert("capabilities".to_owned(), acl.capabilities(only).into());
    }
    Ok(Some(Reply::data(data.into())))
}
