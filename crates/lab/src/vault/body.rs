//! From a request's query and body to its parameters.

use serde_json::{Value, de::Deserializer};

use build_token_vault::rules::fields::{Parameters, parse_switch};

use super::reply::Fault;
use crate::wire::Request;

const MERGE_PATCH: &str = "application/merge-patch+json";

/// The query's parameters; repeated ones are lists.
pub(super) fn query(text: &str) -> Parameters {
    let mut parameters = form(text).unwrap_or_default();
    parameters.remove("help");
    parameters
}

/// Whether the query asks to list (or to scan), or nothing where it is not clear.
pub(super) fn asks(parameters: &Parameters, name: &str) -> Option<bool> {
    let first = match parameters.get(name) {
        Some(Value::Array(values)) => values.first().and_then(Value::as_str),
        value => value.and_then(Value::as_str),
    };
    match first {
        None | Some("") => Some(false),
        Some(text) => parse_switch(text),
    }
}

/// The body of a POST or PUT: JSON, or a form where it says so and does not look like JSON.
pub(super) fn write(request: &Request) -> Result<Parameters, Fault> {
    let start = request.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let says_form =
        media_type(request).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    if says_form && !matches!(start, Some(b'{' | b'[')) {
        let text = String::from_utf8_lossy(&request.body);
        return form(&text).ok_or_else(|| Fault::refused("error parsing form data"));
    }
    json(&request.body)
}

/// The body of a PATCH, whose type has to be right.
pub(super) fn patch(request: &Request) -> Result<Parameters, Fault> {
    match media_type(request).as_deref() {
        None => Err(Fault::refused("mime: no media type")),
        Some(MERGE_PATCH) => json(&request.body),
        Some(other) => {
            let text = format!("PATCH requires Content-Type of {MERGE_PATCH}, provided {other}");
            Err(Fault::said(415, text))
        }
    }
}

fn media_type(request: &Request) -> Option<String> {
    let kind = request
        .header("content-type")?
        .split(';')
        .next()?
        .trim()
        .to_lowercase();
    (!kind.is_empty()).then_some(kind)
}

/// The first JSON value of a body; an empty body and `null` are no parameters.
fn json(body: &[u8]) -> Result<Parameters, Fault> {
    // The server replaces what is not UTF-8, too.
    let text = String::from_utf8_lossy(body);
    let mut values = Deserializer::from_str(&text).into_iter::<Value>();
    match values.next() {
        None | Some(Ok(Value::Null)) => Ok(Parameters::new()),
        Some(Ok(Value::Object(parameters))) => Ok(parameters),
        Some(_) => Err(Fault::refused("error parsing JSON")),
    }
}

/// Parameters in a form's notation; nothing where an escape is none.
fn form(text: &str) -> Option<Parameters> {
    let mut parameters = Parameters::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        if pair.contains(';') {
            return None;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (unescape(name, true)?, Value::from(unescape(value, true)?));
        match parameters.get_mut(&name) {
            None => {
                parameters.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Some(parameters)
}

/// A text without its percent escapes; nothing where one is not an escape. In forms `+` is a blank.
pub(super) fn unescape(text: &str, is_form: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let code = digit(rest.next())? * 16 + digit(rest.next())?;
                u8::try_from(code).ok()?
            }
            b'+' if is_form => b' ',
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(content_type: &str, body: &str) -> Request {
        Request {
            method: "POST".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.as_bytes().to_vec(),
            remote: std::net::Ipv4Addr::LOCALHOST.into(),
        }
    }

    #[test]
    fn bodies_are_read_as_what_they_are() {
        let form = "application/x-www-form-urlencoded";
        let cases = [
            ("application/json", "{\"a\":1} rest", Ok(json!({ "a": 1 }))),
            ("text/plain", "", Ok(json!({}))),
            ("application/json", "null", Ok(json!({}))),
            (form, "{\"a\":1}", Ok(json!({ "a": 1 }))),
            (
                form,
                "a=1&b=2&b=3&c=%20x+y",
                Ok(json!({ "a": "1", "b": ["2", "3"], "c": " x y" })),
            ),
            (form, "a=%zz", Err("error parsing form data")),
            ("text/plain", "a=1", Err("error parsing JSON")),
            ("application/json", "[1]", Err("error parsing JSON")),
        ];
        for (content_type, body, expected) in cases {
            let read = write(&request(content_type, body))
                .map(Value::Object)
                .map_err(|fault| fault.text);
            assert_eq!(read, expected.map_err(str::to_owned), "{body}");
        }
    }

    #[test]
    fn a_patch_needs_its_type() {
        assert_eq!(
            patch(&request("", "{}")),
            Err(Fault::refused("mime: no media type"))
        );
        assert_eq!(
            patch(&request("application/json", "{}")).map_err(|fault| fault.status),
            Err(415)
        );
        let typed = request(
            "application/merge-patch+json; charset=utf-8",
            "{\"a\":null}",
        );
        assert_eq!(patch(&typed).map(Value::Object), Ok(json!({ "a": null })));
    }
}
