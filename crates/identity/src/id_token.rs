//! The JWT that CI mints for one job, and the many things people put in its place.

use std::fmt;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use build_token_secret::Secret;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::claims::Claims;
use crate::json::{self, JsonError};

/// The longest ID token that is read, in bytes. GitLab's are far shorter.
pub const MAX_ID_TOKEN_BYTES: usize = 64 * 1024;

/// Without padding, as RFC 7515 has it; unused bits are ignored, as Vault does.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// The ID token of a job: a secret, since whoever holds it can be that job until it expires.
///
/// It has the form of a JWT, which says nothing about its signature. `Debug` shows only the
/// fingerprint.
#[derive(Clone)]
pub struct IdToken {
    secret: Secret,
    header: Map<String, Value>,
    claims: Claims,
}

/// Why a value is no ID token. But for a variable's name, no variant holds any of the value,
/// which may be another secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdTokenError {
    /// Nothing, or white space alone.
    #[error("empty")]
    Empty,
    /// Only the name of a variable that nobody replaced by its value.
    #[error("the unexpanded variable ${name}")]
    Unexpanded {
        /// The variable's name, without `$` and braces: capitals, digits and underscores.
        name: String,
    },
    /// A path to a file, as GitLab gives it for a variable of type file and for a secret without
    /// `file: false`.
    #[error("looks like the path of a file")]
    LooksLikePath,
    /// More than [`MAX_ID_TOKEN_BYTES`].
    #[error("{bytes} bytes long, over the limit of {MAX_ID_TOKEN_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A line break at the end and nowhere else, as `echo` and editors add it.
    #[error("a line break at the end")]
    TrailingLineBreak,
    /// A line break inside.
    #[error("a line break at byte {position}")]
    LineBreak {
        /// The place of the first one, in bytes from 0.
        position: usize,
    },
    /// A space, a tab or a control character.
    #[error("white space or a control character at byte {position}")]
    Space {
        /// The place of the first one, in bytes from 0.
        position: usize,
    },
    /// Dots and nothing else.
    #[error("nothing but {dots} dots")]
    OnlyDots {
        /// How many.
        dots: usize,
    },
    /// Not three parts with dots between them. An encrypted JWT has five.
    #[error("{parts} parts instead of 3")]
    WrongParts {
        /// How many parts there are.
        parts: usize,
    },
    /// Three parts of which one is empty.
    #[error("the {part} is empty")]
    EmptyPart {
        /// The first part that is.
        part: Part,
    },
    /// A part is not base64url without padding.
    #[error("the {part} is not base64url")]
    NotBase64Url {
        /// The first part that is not.
        part: Part,
    },
    /// The header or the payload is no JSON object.
    #[error("the {part} is {error}")]
    NotJson {
        /// The first part that is not.
        part: Part,
        /// What it is instead.
        error: JsonError,
    },
}

/// One of the three parts of a JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// How the token was signed.
    Header,
    /// The claims.
    Payload,
    /// The signature, which we never look into.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

impl IdToken {
    /// Reads an ID token as it stands in a variable.
    ///
    /// # Errors
    ///
    /// Anything that Vault could not even decode, by the mistake that most likely made it so.
    pub fn parse(value: &str) -> Result<Self, IdTokenError> {
        check_form(value)?;
        let [header, payload, signature] = split(value)?;
        let header = object(Part::Header, header)?;
        let claims = Claims::new(object(Part::Payload, payload)?);
        decode(Part::Signature, signature)?;
        Ok(Self {
            secret: Secret::new(value),
            header,
            claims,
        })
    }

    /// The token itself, to be sent to Vault and to nobody else.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What the token says about its job, not verified by us.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// `alg` of the header: how the token says that it was signed, `RS256` with GitLab.
    pub fn algorithm(&self) -> Option<&str> {
        self.header.get("alg")?.as_str()
    }

    /// `kid` of the header: the key that the token says it was signed with.
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("IdToken")
            .field(&self.secret)
            .finish()
    }
}

/// Refuses what can be told from an ID token without decoding anything.
fn check_form(value: &str) -> Result<(), IdTokenError> {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        return Err(IdTokenError::Empty);
    }
    if let Some(name) = unexpanded(trimmed) {
        let name = name.to_owned();
        return Err(IdTokenError::Unexpanded { name });
    }
    if value.len() > MAX_ID_TOKEN_BYTES {
        return Err(IdTokenError::TooLong { bytes: value.len() });
    }
    // base64url has no slashes, and every JWT begins with the encoded `{"`.
    if trimmed.contains(['/', '\\']) && !trimmed.starts_with("eyJ") {
        return Err(IdTokenError::LooksLikePath);
    }
    let line = value.trim_end_matches(['\r', '\n']);
    if let Some(position) = line.find(['\r', '\n']) {
        return Err(IdTokenError::LineBreak { position });
    }
    let blank = |c: char| c.is_whitespace() || c.is_control();
    if let Some(position) = line.find(blank) {
        return Err(IdTokenError::Space { position });
    }
    if line.len() < value.len() {
        return Err(IdTokenError::TrailingLineBreak);
    }
    Ok(())
}

/// The name in `$NAME` or `${NAME}`. Only what looks like the name of a CI variable is taken for
/// one, since the name gets into messages.
fn unexpanded(value: &str) -> Option<&str> {
    let rest = value.strip_prefix('$')?;
    let braced = rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let name = braced.unwrap_or(rest);
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    ((1..=64).contains(&name.len()) && name.bytes().all(plain)).then_some(name)
}

fn split(value: &str) -> Result<[&str; 3], IdTokenError> {
    let parts: Vec<_> = value.split('.').collect();
    if parts.iter().all(|part| part.is_empty()) {
        let dots = parts.len() - 1;
        return Err(IdTokenError::OnlyDots { dots });
    }
    let count = parts.len();
    let parts: [&str; 3] = parts
        .try_into()
        .map_err(|_| IdTokenError::WrongParts { parts: count })?;
    let names = [Part::Header, Part::Payload, Part::Signature];
    match parts.iter().zip(names).find(|(part, _)| part.is_empty()) {
        Some((_, part)) => Err(IdTokenError::EmptyPart { part }),
        None => Ok(parts),
    }
}

fn decode(part: Part, text: &str) -> Result<Vec<u8>, IdTokenError> {
    BASE64_URL
        .decode(text)
        .map_err(|_| IdTokenError::NotBase64Url { part })
}

fn object(part: Part, text: &str) -> Result<Map<String, Value>, IdTokenError> {
    json::object(&decode(part, text)?).map_err(|error| IdTokenError::NotJson { part, error })
}

#[cfg(test)]
mod tests;
