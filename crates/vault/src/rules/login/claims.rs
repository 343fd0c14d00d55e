//! How a role's claims are compared with an ID token's: typed, through lists, globs and pointers.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// An ID token's decoded payload.
pub type Claims = Map<String, Value>;

/// A claim; `null` counts as missing. A name that begins with `/` is a JSON pointer.
#[must_use]
pub fn claim<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    let found = match name.strip_prefix('/') {
        None => claims.get(name),
        Some(pointer) => pointed(claims, pointer),
    };
    found.filter(|value| !value.is_null())
}

fn pointed<'a>(claims: &'a Claims, pointer: &str) -> Option<&'a Value> {
    let mut parts = pointer
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"));
    let first = claims.get(&parts.next()?)?;
    parts.try_fold(first, |value, part| match value {
        Value::Object(map) => map.get(&part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A value that can be compared. Numbers compare by their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A text.
    Text(&'a str),
    /// A switch.
    Bool(bool),
    /// A number.
    Number(Cow<'a, str>),
    /// What equals nothing: numbers inside a claim's list, lists in lists, maps.
    Incomparable,
}

/// A claim's values: itself, or a list's members. A number loses its fraction, but inside a list
/// it can't be compared at all. Nothing for a map.
#[must_use]
pub fn claim_values(value: &Value) -> Option<Vec<Scalar<'_>>> {
    match value {
        Value::Number(number) => Some(vec![Scalar::Number(whole(number).into())]),
        Value::Array(items) => Some(items.iter().map(member).collect()),
        Value::Null | Value::Object(_) => None,
        single => Some(vec![member(single)]),
    }
}

fn member(value: &Value) -> Scalar<'_> {
    match value {
        Value::String(text) => Scalar::Text(text),
        Value::Bool(on) => Scalar::Bool(*on),
        _ => Scalar::Incomparable,
    }
}

fn whole(number: &serde_json::Number) -> String {
    match number.as_i64() {
        Some(whole) => whole.to_string(),
        None => (number.as_f64().unwrap_or_default().trunc() as i64).to_string(),
    }
}

/// A bound claim's values. Nothing for `null` and maps.
#[must_use]
pub fn bound_values(value: &Value) -> Option<Vec<Scalar<'_>>> {
    match value {
        Value::Array(items) => Some(items.iter().map(bound_member).collect()),
        Value::Null | Value::Object(_) => None,
        single => Some(vec![bound_member(single)]),
    }
}

fn bound_member(value: &Value) -> Scalar<'_> {
    match value {
        Value::Number(number) => Scalar::Number(number.to_string().into()),
        other => member(other),
    }
}

/// Whether a text fits a pattern in which `*` stands for any text, anywhere.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(last) = parts.next_back() else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A value as messages show it: `map[a:1]`, `[a b]`, `<nil>`.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(shown).collect::<Vec<_>>().join(" ")
        ),
        Value::Object(map) => {
            let mut members: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", shown(value)))
                .collect();
            members.sort();
            format!("map[{}]", members.join(" "))
        }
    }
}
