//! JSON as the server writes it: keys of maps in the alphabet's order, `<`, `>` and `&` escaped,
//! numbers without a needless fraction.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// Appends a value, maps sorted.
pub(super) fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(on) => out.push_str(if *on { "true" } else { "false" }),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_unstable_by_key(|(key, _)| key.as_str());
            write_members(out, &members);
        }
    }
}

/// Appends an object whose members stay in their order; those inside it are sorted.
pub(super) fn write_in_order(out: &mut String, members: &[(&str, Value)]) {
    out.push('{');
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        write(out, value);
    }
    out.push('}');
}

fn write_members(out: &mut String, members: &[(&String, &Value)]) {
    out.push('{');
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        write(out, value);
    }
    out.push('}');
}

/// Floats have an exponent only below 1e-6 and from 1e21 on, and then its sign.
fn write_number(out: &mut String, number: &Number) {
    // Writing to a string cannot fail.
    let _ = match number.as_f64().filter(|_| number.is_f64()) {
        None => write!(out, "{number}"),
        Some(float) if float == 0.0 || (1e-6..1e16).contains(&float.abs()) => {
            write!(out, "{number}")
        }
        Some(float) if (1e16..1e21).contains(&float.abs()) => write!(out, "{float}"),
        Some(float) => write!(
            out,
            "{}",
            format!("{float:e}").replace("e", "e+").replace("e+-", "e-")
        ),
    };
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\u{8}' => write!(out, "\\b"),
            '\u{c}' => write!(out, "\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(out, "\\u{:04x}", u32::from(c))
            }
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

/// What versioned secrets do to numbers: they all go through a 64-bit float.
pub(super) fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(float(&number)),
        Value::Array(items) => items.into_iter().map(floats).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, floats(value)))
            .collect(),
        other => other,
    }
}

/// The float, as a whole number where it is one that is written without an exponent.
fn float(number: &Number) -> Number {
    let float = number.as_f64().unwrap_or_default();
    if float.fract() == 0.0 && float.abs() < 1.8e19 && !(float == 0.0 && float.is_sign_negative()) {
        return if float < 0.0 {
            Number::from(float as i64)
        } else {
            Number::from(float as u64)
        };
    }
    Number::from_f64(float).unwrap_or_else(|| number.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        let mut out = String::new();
        write(&mut out, value);
        out
    }

    #[test]
    fn maps_are_sorted_and_markup_is_escaped() {
        let value = json!({ "b": [1, true, null], "a": "<&>é\n\u{1}" });
        assert_eq!(
            text(&value),
            r#"{"a":"\u003c\u0026\u003eé\n\u0001","b":[1,true,null]}"#
        );
    }

    #[test]
    fn numbers_go_through_floats() {
        for (given, expected) in [
            ("9007199254740993", "9007199254740992"),
            ("1.0", "1"),
            ("1e21", "1e+21"),
            ("-3.0", "-3"),
            ("2.5", "2.5"),
        ] {
            let value: Value = serde_json::from_str(given).unwrap();
            assert_eq!(text(&floats(value)), expected, "{given}");
        }
    }
}
