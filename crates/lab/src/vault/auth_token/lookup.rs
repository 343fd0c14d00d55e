//! Looking tokens up: by value, by accessor, and one's own.

use build_token_vault::rules::token::{Kind, Token};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        endpoint::Call,
        reply::{Answer, Fault, Reply},
        session,
    },
    value_by_accessor,
};

pub(super) fn lookup(call: &Call<'_>) -> Answer {
    match call.data.get("token") {
        Some(Value::Null) => Err(Fault::said(403, "invalid token")),
        Some(_) if !call.text("token").is_empty() => of_value(call, &call.text("token")),
        _ => lookup_self(call),
    }
}

pub(super) fn lookup_self(call: &Call<'_>) -> Answer {
    let caller = call.caller()?;
    if caller.inline && caller.token.kind == Kind::Service {
        return Err(Fault::said(403, "bad token"));
    }
    of_value(call, &caller.value)
}

pub(super) fn lookup_accessor(call: &Call<'_>) -> Answer {
    let value = value_by_accessor(call)?.ok_or_else(|| Fault::error(400, "invalid accessor"))?;
    let mut reply = of_value(call, &value)?;
    if let Some(data) = reply.as_mut().and_then(|reply| reply.data.as_mut()) {
        data.insert("id".to_owned(), "".into());
    }
    Ok(reply)
}

pub(super) fn accessors(call: &Call<'_>) -> Answer {
    let accessors = call
        .core
        .state()
        .tokens
        .accessors()
        .map(str::to_owned)
        .collect();
    Ok(Some(Reply::keys(accessors)))
}

fn of_value(call: &Call<'_>, value: &str) -> Answer {
    let state = call.core.state();
    let token = session::find(&state, &call.core.sealer, value, call.now)
        .map_err(Fault::refused)?
        .ok_or_else(|| Fault::said(403, "bad token"))?;
    Ok(Some(Reply::data(shown(value, &token, call.now))))
}

fn shown(value: &str, token: &Token, now: Timestamp) -> Value {
    let mut shown = json!({
        "id": value,
        "accessor": token.accessor,
        "policies": token.policies,
        "path": token.path,
        "meta": token.meta,
        "display_name": token.display_name,
        "num_uses": token.num_uses,
        "orphan": token.orphan,
        "creation_time": token.issued.as_second(),
        "creation_ttl": token.ttl,
        "expire_time": token.expires.map(|expires| expires.to_string()),
        "ttl": token.remaining(now),
        "explicit_max_ttl": token.lifetime.explicit_max_ttl,
        "entity_id": token.entity,
        "type": token.kind.name(),
        "renewable": token.renewable,
        "issue_time": token.issued.to_string(),
    });
    if token.lifetime.period != 0 {
        shown["period"] = token.lifetime.period.into();
    }
    if !token.bound_networks.is_empty() {
        shown["bound_cidrs"] = token
            .bound_networks
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .into();
    }
    if let Some(renewed) = token.renewed {
        shown["last_renewal"] = renewed.to_string().into();
        shown["last_renewal_time"] = renewed.as_second().into();
    }
    shown
}
