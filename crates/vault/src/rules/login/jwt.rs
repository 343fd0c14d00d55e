//! The outer form of a signed ID token: three parts, a header, and who may sign how.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};

use super::claims::Claims;
use crate::rules::quote::quoted;

/// The signature algorithms that a mount accepts if it is not told otherwise.
pub const ALGORITHMS: [&str; 10] = [
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA",
];

/// The server's decoder does not mind bits that are left over.
const LAX: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Decodes unpadded base64 in the URL's alphabet as laxly as the server.
///
/// # Errors
/// The server's text, which names the first bad place.
pub fn decode_base64(part: &str) -> Result<Vec<u8>, String> {
    LAX.decode(part).map_err(|_| {
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let at = part.find(|c| !valid(c)).unwrap_or(part.len() / 4 * 4);
        format!("illegal base64 data at input byte {at}")
    })
}

/// Whether `=` may stand at the end of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// As with given keys.
    Allowed,
    /// As with remote keys.
    Refused,
}

/// An ID token taken apart; nothing of it is verified. It has no `Debug`: it could be used again.
pub struct Jwt {
    /// The header.
    pub header: Map<String, Value>,
    /// The signed bytes: header and payload, encoded.
    pub signed: String,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// The signature's bytes.
    pub signature: Vec<u8>,
}

impl Jwt {
    /// Takes an ID token apart; blanks anywhere in it do not count. The parser for given keys lets
    /// padding pass, the one for remote keys does not.
    ///
    /// # Errors
    /// The text of the server's parser.
    pub fn parse(token: &str, padding: Padding) -> Result<Self, String> {
        let token: String = token.chars().filter(|c| !c.is_whitespace()).collect();
        if token.starts_with('{') {
            return Err("go-jose/go-jose: missing payload in JWS message".to_owned());
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err("go-jose/go-jose: compact JWS format must have three parts".to_owned());
        };
        let decode = |part: &str| match padding {
            Padding::Allowed => decode_base64(part.trim_end_matches('=')),
            Padding::Refused => decode_base64(part),
        };
        let signed = format!("{header}.{payload}");
        let header = decode(header)?;
        let (payload, signature) = (decode(payload)?, decode(signature)?);
        Ok(Self {
            header: read_header(&header)?,
            signed,
            payload,
            signature,
        })
    }

    /// Refuses algorithms that no remote key set may use.
    ///
    /// # Errors
    /// The text of the server's parser.
    pub fn check_algorithm(&self) -> Result<(), String> {
        if ALGORITHMS.contains(&self.algorithm()) {
            return Ok(());
        }
        let expected: Vec<String> = ALGORITHMS.iter().map(|name| quoted(name)).collect();
        let found = quoted(self.algorithm());
        Err(format!(
            "unexpected signature algorithm {found}; expected [{}]",
            expected.join(" ")
        ))
    }

    /// The header's `alg`, empty without one.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.header
            .get("alg")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The header's `kid`, empty without one.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.header
            .get("kid")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether the header asks for extensions, of which the server knows none.
    #[must_use]
    pub fn has_critical_extensions(&self) -> bool {
        self.header.contains_key("crit") || self.header.contains_key("b64")
    }

    /// The payload as claims; `null` is no claims, anything else but a map is nothing.
    #[must_use]
    pub fn claims(&self) -> Option<Claims> {
        match serde_json::from_slice(&self.payload).ok()? {
            Value::Object(claims) => Some(claims),
            Value::Null => Some(Claims::new()),
            _ => None,
        }
    }
}

fn read_header(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let unreadable = |_| {
        let text = String::from_utf8_lossy(bytes);
        match text.trim_start().chars().next() {
            Some(c) if !"{[\"-0123456789tfn".contains(c) => {
                format!("invalid character '{c}' looking for beginning of value")
            }
            _ => "unexpected end of JSON input".to_owned(),
        }
    };
    let header = match serde_json::from_slice(bytes).map_err(unreadable)? {
        Value::Object(header) => header,
        Value::Null => Map::new(),
        other => {
            let kind = kind(&other);
            return Err(format!(
                "json: cannot unmarshal {kind} into Go value of type jose.rawHeader"
            ));
        }
    };
    for (name, shown) in [("alg", "algorithm"), ("kid", "key ID")] {
        match header.get(name) {
            None | Some(Value::Null | Value::String(_)) => {}
            Some(other) => {
                let (kind, other) = (kind(other), quoted(&other.to_string()));
                return Err(format!(
                    "failed to unmarshal {shown}: json: cannot unmarshal {kind} into Go value of type string: {other}"
                ));
            }
        }
    }
    Ok(header)
}

/// The name of a value's kind in messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
