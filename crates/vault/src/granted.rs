//! What a successful answer gives: a session, or what is stored, if it can be used.

use std::collections::BTreeMap;

use build_token_secret::Secret;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::error::Cause;
use crate::{Session, Stored};

/// The session that a login gave.
pub(crate) fn session(answer: &mut Answer) -> Result<Session, Cause> {
    if answer.object("wrap_info").is_some() {
        return Err(Cause::Wrapped);
    }
    let request_id = answer.request_id().map(str::to_owned);
    let Some(auth) = answer.object_mut("auth") else {
        return Err(answer.bad_shape("auth"));
    };
    let token = auth.get_mut("client_token").and_then(take_text);
    let session = token.map(|token| Session {
        token: Secret::new(token),
        accessor: text(auth, "accessor").unwrap_or_default(),
        policies: texts(auth, "policies"),
        lease_seconds: auth
            .get("lease_duration")
            .and_then(Value::as_u64)
            .unwrap_or(0),
        renewable: auth
            .get("renewable")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        batch: text(auth, "token_type").as_deref() == Some("batch"),
        request_id,
    });
    let wants_second_factor = auth.get("mfa_requirement").is_some_and(Value::is_object);
    match session {
        Some(session) if session.token.is_empty() && wants_second_factor => Err(Cause::Mfa),
        Some(session) if session.token.is_empty() => Err(Cause::EmptyClientToken),
        Some(session) if !is_sendable(&session.token) => Err(Cause::UnusableClientToken),
        Some(session) => Ok(session),
        None if wants_second_factor => Err(Cause::Mfa),
        None => Err(answer.bad_shape("auth.client_token")),
    }
}

/// The field that a read gave.
pub(crate) fn stored(answer: &mut Answer, field: &str) -> Result<Stored, Cause> {
    let request_id = answer.request_id().map(str::to_owned);
    let Some(data) = answer.object_mut("data") else {
        return Err(answer.bad_shape("data"));
    };
    // A KV version 1 engine has the fields right here.
    let Some(metadata) = data.get("metadata").and_then(Value::as_object) else {
        return Err(Cause::WrongEngine);
    };
    let version = metadata.get("version").and_then(Value::as_u64);
    let version = version.and_then(|version| u32::try_from(version).ok());
    let created_time = text(metadata, "created_time").unwrap_or_default();
    let custom_metadata = metadata.get("custom_metadata").and_then(Value::as_object);
    let custom_metadata: BTreeMap<String, String> = custom_metadata
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    let mut none = Map::new();
    let fields = match data.get_mut("data") {
        Some(Value::Object(fields)) => fields,
        Some(Value::Null) => &mut none,
        _ => return Err(Cause::WrongEngine),
    };
    let names: Vec<String> = fields.keys().cloned().collect();
    let Some(value) = fields.get_mut(field) else {
        return Err(Cause::FieldMissing { fields: names });
    };
    let found = kind(value);
    let value = Secret::new(take_text(value).ok_or(Cause::ValueNotText { found })?);
    if value.is_empty() {
        return Err(Cause::ValueEmpty);
    }
    if value.expose().contains(char::is_control) {
        return Err(Cause::ValueLineBreak);
    }
    let Some(version) = version else {
        return Err(answer.bad_shape("data.metadata.version"));
    };
    Ok(Stored {
        value,
        version,
        created_time,
        custom_metadata,
        fields: names,
        request_id,
    })
}

/// Whether a header can carry it.
fn is_sendable(token: &Secret) -> bool {
    token.expose().bytes().all(|byte| byte.is_ascii_graphic())
}

/// Takes a text out without copying it.
fn take_text(value: &mut Value) -> Option<String> {
    match value {
        Value::String(text) => Some(std::mem::take(text)),
        _ => None,
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

fn texts(object: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = object.get(name).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
