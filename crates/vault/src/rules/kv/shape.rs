//! The shapes of secrets and of a store: merging, leaving values out, and listing.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

/// Merges a patch into a document, as RFC 7396 has it.
#[must_use]
pub fn merge_patch(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut merged = match target {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            let old = merged.remove(name).unwrap_or(Value::Null);
            merged.insert(name.clone(), merge_patch(old, value));
        }
    }
    Value::Object(merged)
}

/// A secret's structure without its values; `depth` levels of it, all where it is 0.
#[must_use]
pub fn subkeys(data: &Value, depth: i64) -> Value {
    fn walk(map: &Map<String, Value>, level: i64, depth: i64) -> Value {
        let inner = |value: &Value| match value {
            Value::Object(map) if !map.is_empty() && (depth == 0 || level < depth) => {
                walk(map, level + 1, depth)
            }
            _ => Value::Null,
        };
        Value::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), inner(value)))
                .collect(),
        )
    }
    match data {
        Value::Object(map) => walk(map, 1, depth),
        _ => Value::Null,
    }
}

/// The names directly beneath a directory of any sorted store; see [`super::Engine::list`].
#[must_use]
pub fn list<T>(entries: &BTreeMap<String, T>, directory: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (path, _) in entries
        .range(directory.to_owned()..)
        .take_while(|(path, _)| path.starts_with(directory))
    {
        let rest = &path[directory.len()..];
        let name = rest.find('/').map_or(rest, |slash| &rest[..=slash]);
        if !name.is_empty() && names.last().is_none_or(|last| last != name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// All paths beneath a directory of any sorted store; see [`super::Engine::scan`].
#[must_use]
pub fn scan<T>(entries: &BTreeMap<String, T>, directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = VecDeque::from([String::new()]);
    while let Some(level) = open.pop_front() {
        for name in list(entries, &format!("{directory}{level}")) {
            let path = format!("{level}{name}");
            if name.ends_with('/') {
                open.push_back(path)
            } else {
                found.push(path)
            }
        }
    }
    found
}
