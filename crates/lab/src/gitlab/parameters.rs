//! A call's parameters, wherever they came from: query, form or JSON body.

use serde_json::{Map, Value};

use crate::wire::Request;

/// Names and values; what a form calls `scopes[]` is the list `scopes`.
pub(super) struct Parameters(Map<String, Value>);

impl Parameters {
    /// Reads the query, then the body, which wins. A body that does not parse gives nothing.
    pub fn of(request: &Request) -> Self {
        let mut parameters = Self(Map::new());
        parameters.add_form(&request.query);
        let content_type = request.header("content-type").unwrap_or_default();
        if content_type.starts_with("application/json") {
            if let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) {
                parameters.0.extend(body);
            }
        } else if let Ok(body) = std::str::from_utf8(&request.body) {
            parameters.add_form(body);
        }
        parameters
    }

    fn add_form(&mut self, form: &str) {
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name), Value::String(decode(value)));
            match name.strip_suffix("[]") {
                None => {
                    self.0.insert(name, value);
                }
                Some(list) => match self.0.get_mut(list) {
                    Some(Value::Array(values)) => values.push(value),
                    _ => {
                        self.0.insert(list.to_owned(), Value::Array(vec![value]));
                    }
                },
            }
        }
    }

    /// Whether the caller gave it, and not as null.
    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// A text; numbers and truth values become theirs.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
            _ => None,
        }
    }

    /// A whole number, also one written as text.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let Value::Array(values) = self.0.get(name)? else {
            return None;
        };
        values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect()
    }
}

/// A path's segments, decoded one by one, so that `gitlab-org%2Fsecurity` stays one segment.
pub(super) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(percent_decode)
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode(&text.replace('+', " "))
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = code
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str, content_type: &str, body: &str) -> Request {
        Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: query.to_owned(),
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            remote: std::net::Ipv4Addr::LOCALHOST.into(),
        }
    }

    #[test]
    fn forms_and_json_mean_the_same() {
        let form = Parameters::of(&request(
            "access_level=30",
            "application/x-www-form-urlencoded",
            "name=a+b%21&scopes[]=api&scopes%5B%5D=read_api",
        ));
        let json = Parameters::of(&request(
            "",
            "application/json",
            r#"{"name":"a b!","access_level":30,"scopes":["api","read_api"],"expires_at":null}"#,
        ));
        for parameters in [form, json] {
            assert_eq!(parameters.text("name").as_deref(), Some("a b!"));
            assert_eq!(parameters.number("access_level"), Some(30));
            assert_eq!(parameters.list("scopes").unwrap(), ["api", "read_api"]);
            assert!(!parameters.has("expires_at"));
        }
    }

    #[test]
    fn broken_bodies_give_nothing() {
        let broken = Parameters::of(&request("", "application/json", "{"));
        assert!(!broken.has("name"));
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
        assert_eq!(percent_decode("%e3%81%82"), "あ");
    }

    #[test]
    fn an_encoded_slash_does_not_split_a_segment() {
        let expected = ["groups", "gitlab-org/security", "access_tokens"];
        assert_eq!(
            segments("/groups/gitlab-org%2Fsecurity/access_tokens/"),
            expected
        );
    }
}
