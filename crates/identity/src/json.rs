//! Reads a JSON object of foreign origin, within limits.

use serde_json::{Map, Value};
use thiserror::Error;

/// GitLab's claims nest three levels deep.
const MAX_DEPTH: usize = 32;

/// Why bytes are no JSON object that we would read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Not JSON, or not UTF-8.
    #[error("not JSON, at line {line}, column {column}")]
    Syntax {
        /// Line in the decoded text, from 1.
        line: usize,
        /// Column in bytes, from 1; 0 at the beginning of a line.
        column: usize,
    },
    /// JSON, but a list, a text or another value.
    #[error("JSON, but not an object")]
    NotAnObject,
    /// Lists and objects within each other, more than 32 levels.
    #[error("nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

/// The object that `bytes` hold.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    if depth(bytes) > MAX_DEPTH {
        return Err(JsonError::TooDeep);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(JsonError::NotAnObject),
        Err(error) => Err(JsonError::Syntax {
            line: error.line(),
            column: error.column(),
        }),
    }
}

/// How deep brackets nest, those inside of texts left aside.
fn depth(bytes: &[u8]) -> usize {
    let (mut deepest, mut depth) = (0, 0_usize);
    let mut in_text = false;
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if in_text => {
                bytes.next();
            }
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_are_read() {
        assert_eq!(object(b"{\"a\":1}").unwrap()["a"], 1);
        assert_eq!(object(b"[1]"), Err(JsonError::NotAnObject));
        assert_eq!(object(b"\"x\""), Err(JsonError::NotAnObject));
        let syntax = |line, column| Err(JsonError::Syntax { line, column });
        assert_eq!(object(b""), syntax(1, 0));
        assert_eq!(object(b"{\"a\":\n x}"), syntax(2, 2));
        assert_eq!(object(b"{\"a\":\"\xff\"}"), syntax(1, 7));
    }

    #[test]
    fn depth_counts_what_is_open_at_once() {
        assert_eq!(depth(br#"{"a":[1,[2]],"b":{}}"#), 3);
        assert_eq!(depth(br#"{"[[[[":"\"{{{{"}"#), 1);
        assert_eq!(depth(b"]]]]["), 1);
    }

    #[test]
    fn too_deep_is_its_own_error() {
        let nested = |levels: usize| {
            let inner = levels - 1;
            format!("{{\"a\":{}{}}}", "[".repeat(inner), "]".repeat(inner))
        };
        assert!(object(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            object(nested(MAX_DEPTH + 1).as_bytes()),
            Err(JsonError::TooDeep)
        );
        assert_eq!(object(&[b'['; 60_000]), Err(JsonError::TooDeep));
    }
}
