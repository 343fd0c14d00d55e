//! The API's loosely typed fields: what counts as a number, a list or a switch, and the texts for
//! what does not, so that roles and requests are read alike by the lab and by explanations.

use serde_json::{Map, Value};

use super::{duration, quote::quoted};

/// The parameters of a request: JSON body or query.
pub type Parameters = Map<String, Value>;

fn unconvertible(expected: &str, value: &Value) -> String {
    let found = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(_) => "json.Number",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    format!("'' expected type '{expected}', got unconvertible type '{found}'")
}

/// A text; numbers and switches become their text, `null` becomes nothing.
///
/// # Errors
/// Lists and maps have no text.
pub fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(on) => Ok(u8::from(*on).to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => Err(unconvertible("string", value)),
    }
}

/// A switch: `true`, `1`, `"true"`, `"T"`, `""` and their opposites.
///
/// # Errors
/// Anything else.
pub fn switch(value: &Value) -> Result<bool, String> {
    let text = match value {
        Value::Null => return Ok(false),
        Value::Bool(on) => return Ok(*on),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => return Err(unconvertible("bool", value)),
    };
    parse_switch(&text)
        .or_else(|| text.is_empty().then_some(false))
        .ok_or_else(|| {
            "'' cannot parse value as 'bool': strconv.ParseBool: invalid syntax".to_owned()
        })
}

/// The spellings of a switch in a query or a string.
#[must_use]
pub fn parse_switch(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A whole number; `"3"`, `"0x10"`, `true` and `null` are numbers too, `1.5` is not.
///
/// # Errors
/// Anything else.
pub fn integer(value: &Value) -> Result<i64, String> {
    let text = match value {
        Value::Null => return Ok(0),
        Value::Bool(on) => return Ok(i64::from(*on)),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => return Ok(0),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => return Err(unconvertible("int", value)),
    };
    parse_integer(&text).ok_or_else(|| {
        "'' cannot parse value as 'int': strconv.ParseInt: invalid syntax".to_owned()
    })
}

fn parse_integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    i128::from_str_radix(digits, radix)
        .ok()
        .and_then(|n| i64::try_from(sign * n).ok())
}

/// A map; an empty list is an empty map.
///
/// # Errors
/// Anything else.
pub fn map(value: &Value) -> Result<Parameters, String> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map.clone()),
        Value::Array(items) => {
            let mut all = Map::new();
            for (index, item) in items.iter().enumerate() {
                let Value::Object(map) = item else {
                    let text = unconvertible("map[string]interface {}", item);
                    return Err(text.replacen("''", &format!("'[{index}]'"), 1));
                };
                all.extend(map.clone());
            }
            Ok(all)
        }
        _ => Err(unconvertible("map[string]interface {}", value)),
    }
}

/// Pairs of texts, from a map, or from `key=value` texts.
///
/// # Errors
/// Values without a text, and texts without `=`.
pub fn pairs(value: &Value) -> Result<Vec<(String, String)>, String> {
    if let Ok(map) = map(value) {
        return map
            .into_iter()
            .map(|(key, value)| Ok((key, text(&value)?)))
            .collect();
    }
    let pair = |text: String| match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err(format!("invalid key pair {}", quoted(&text))),
    };
    texts(value)?.into_iter().map(pair).collect()
}

/// Texts from a list, or from one text with commas; blanks around each are cut off.
///
/// # Errors
/// Members without a text.
pub fn comma_texts(value: &Value) -> Result<Vec<String>, String> {
    let members: Vec<String> = match value {
        Value::String(all) if all.is_empty() => Vec::new(),
        Value::String(all) => all.split(',').map(str::to_owned).collect(),
        _ => texts(value)?,
    };
    Ok(members
        .iter()
        .map(|member| member.trim().to_owned())
        .collect())
}

/// Texts from a list; a single text is a list of one.
///
/// # Errors
/// Members without a text.
pub fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(only) if only.is_empty() => Ok(Vec::new()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| text(item).map_err(|error| list_error(&error, index)))
            .collect(),
        Value::Object(map) if map.is_empty() => Ok(Vec::new()),
        single => Ok(vec![text(single).map_err(|error| list_error(&error, 0))?]),
    }
}

/// Whole numbers from a list, or from one text with commas.
///
/// # Errors
/// Members that are not whole numbers.
pub fn comma_integers(value: &Value) -> Result<Vec<i64>, String> {
    let split;
    let items: &[Value] = match value {
        Value::Null => &[],
        Value::String(all) if all.is_empty() => &[],
        Value::String(all) => {
            split = all
                .split(',')
                .map(|part| Value::from(part.trim()))
                .collect::<Vec<_>>();
            &split
        }
        Value::Array(items) => items,
        Value::Object(map) if map.is_empty() => &[],
        single => std::slice::from_ref(single),
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| integer(item).map_err(|error| list_error(&error, index)))
        .collect()
}

fn list_error(error: &str, index: usize) -> String {
    let placed = error.replacen("''", &format!("'[{index}]'"), 1);
    format!("decoding failed due to the following error(s):\n\n{placed}")
}

/// A duration in seconds that may not be negative.
///
/// # Errors
/// Negative durations and what does not parse.
pub fn positive_seconds(value: &Value) -> Result<i64, String> {
    match duration::seconds(value)? {
        negative if negative < 0 => Err(format!("cannot provide negative value '{negative}'")),
        seconds => Ok(seconds),
    }
}

/// Reads one parameter, if it is given.
///
/// # Errors
/// The server's text, which names the field.
pub fn field<T>(
    data: &Parameters,
    name: &str,
    read: impl FnOnce(&Value) -> Result<T, String>,
) -> Result<Option<T>, String> {
    data.get(name)
        .map(|value| read(value).map_err(|error| conversion(name, &error)))
        .transpose()
}

/// Reads a duration, if it is given and not `null`.
///
/// # Errors
/// The server's text, which names the field.
pub fn seconds_field(
    data: &Parameters,
    name: &str,
    read: impl FnOnce(&Value) -> Result<i64, String>,
) -> Result<Option<i64>, String> {
    match data.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => field(data, name, read),
    }
}

/// The server's text for a field that does not fit.
#[must_use]
pub fn conversion(name: &str, error: &str) -> String {
    format!("error converting input for field {}: {error}", quoted(name))
}

/// The kinds of fields that endpoints declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// See [`text`].
    Text,
    /// See [`switch`].
    Switch,
    /// See [`integer`].
    Integer,
    /// See [`map`].
    Map,
    /// See [`pairs`].
    Pairs,
    /// See [`texts`].
    Texts,
    /// See [`comma_texts`].
    CommaTexts,
    /// See [`comma_integers`].
    CommaIntegers,
    /// See [`positive_seconds`].
    Seconds,
    /// See [`duration::seconds`].
    SignedSeconds,
    /// A name that may stand in a path: word characters, inside also `-` and `.`.
    Name,
}

impl Kind {
    /// Whether a value fits, as the server checks it before anything is done.
    ///
    /// # Errors
    /// The server's text.
    pub fn check(self, value: &Value) -> Result<(), String> {
        match self {
            Self::Text => text(value).map(drop),
            Self::Switch => switch(value).map(drop),
            Self::Integer => integer(value).map(drop),
            Self::Map => map(value).map(drop),
            Self::Pairs => pairs(value).map(drop),
            Self::Texts => texts(value).map(drop),
            Self::CommaTexts => comma_texts(value).map(drop),
            Self::CommaIntegers => comma_integers(value).map(drop),
            Self::Seconds if value.is_null() => Ok(()),
            Self::SignedSeconds if value.is_null() => Ok(()),
            Self::Seconds => positive_seconds(value).map(drop),
            Self::SignedSeconds => duration::seconds(value).map(drop),
            Self::Name => text(value).and_then(|name| {
                if is_name(&name) {
                    Ok(())
                } else {
                    Err("field does not match the formatting rules".to_owned())
                }
            }),
        }
    }
}

/// Whether a text is a role's or a mount's name.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word)
        && text.ends_with(word)
        && text.chars().all(|c| word(c) || c == '-' || c == '.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_loosely() {
        for (value, expected) in [
            (json!(3), 3),
            (json!("3"), 3),
            (json!("0x10"), 16),
            (json!("010"), 8),
            (json!(true), 1),
            (json!(null), 0),
            (json!(""), 0),
            (json!("-2"), -2),
        ] {
            assert_eq!(integer(&value), Ok(expected), "{value}");
        }
        for value in [
            json!(1.5),
            json!("x"),
            json!("--1"),
            json!("0x"),
            json!("1 "),
        ] {
            let text = "'' cannot parse value as 'int': strconv.ParseInt: invalid syntax";
            assert_eq!(integer(&value), Err(text.to_owned()), "{value}");
        }
        let text = "'' expected type 'int', got unconvertible type '[]interface {}'";
        assert_eq!(integer(&json!([])), Err(text.to_owned()));
    }

    #[test]
    fn lists_come_with_commas_or_brackets() {
        assert_eq!(
            comma_texts(&json!("a, b")),
            Ok(vec!["a".into(), "b".into()])
        );
        assert_eq!(texts(&json!("a, b")), Ok(vec!["a, b".into()]));
        assert_eq!(comma_integers(&json!([1, "2", true])), Ok(vec![1, 2, 1]));
        assert_eq!(comma_integers(&json!("1,2")), Ok(vec![1, 2]));
        let text = "decoding failed due to the following error(s):\n\n'[0]' cannot parse value as 'int': strconv.ParseInt: invalid syntax";
        assert_eq!(comma_integers(&json!("x")), Err(text.to_owned()));
    }

    #[test]
    fn maps_and_switches() {
        assert_eq!(map(&json!([])), Ok(Map::new()));
        let text =
            "'[0]' expected type 'map[string]interface {}', got unconvertible type 'json.Number'";
        assert_eq!(map(&json!([1])), Err(text.to_owned()));
        assert_eq!(switch(&json!("T")), Ok(true));
        assert_eq!(switch(&json!("")), Ok(false));
        assert!(switch(&json!(2)).is_err());
    }

    #[test]
    fn names() {
        for good in ["a", "a-b", "a.b_c", "9"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a/b", ".a", "a b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
