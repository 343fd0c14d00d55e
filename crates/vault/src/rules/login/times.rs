//! The registered claims' types, and the times that an ID token does not say but a login needs.

use serde_json::Value;

use super::{Claims, jwt, role::Leeways};

/// The times of an ID token in seconds since 1970; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) issued_at: i64,
    pub(super) not_before: i64,
    pub(super) expiration: i64,
}

impl Times {
    /// Reads the times, and checks the other registered claims' types on the way: the server reads
    /// them in the alphabet's order and reports the first that is wrong.
    pub(super) fn read(claims: &Claims) -> Result<Self, String> {
        audience(claims)?;
        let expiration = time(claims, "exp")?;
        let issued_at = time(claims, "iat")?;
        text(claims, "iss")?;
        text(claims, "jti")?;
        let not_before = time(claims, "nbf")?;
        text(claims, "sub")?;
        Ok(Self {
            issued_at,
            not_before,
            expiration,
        })
    }

    /// Makes up what is missing; nothing where there is nothing to start from.
    pub(super) fn completed(mut self, leeways: Leeways) -> Option<Self> {
        let or_default = |leeway: i64| if leeway == 0 { 150 } else { leeway.max(0) };
        if self.issued_at == 0 && self.not_before == 0 && self.expiration == 0 {
            return None;
        }
        if self.expiration == 0 {
            let start = self.issued_at.max(self.not_before);
            self.expiration = start.saturating_add(or_default(leeways.expiration));
        }
        if self.not_before == 0 {
            self.not_before = match self.issued_at {
                0 => self
                    .expiration
                    .saturating_sub(or_default(leeways.not_before)),
                issued_at => issued_at,
            };
        }
        Some(self)
    }
}

fn time(claims: &Claims, name: &str) -> Result<i64, String> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(Value::Number(number)) => Ok(number.as_i64().unwrap_or_else(|| {
            let float = number.as_f64().unwrap_or(f64::NAN);
            // What does not fit becomes the smallest number there.
            if float.abs() < 9.2e18 {
                float as i64
            } else {
                i64::MIN
            }
        })),
        Some(_) => {
            Err("go-jose/go-jose/jwt: expected number value to unmarshal NumericDate".to_owned())
        }
    }
}

fn text(claims: &Claims, name: &str) -> Result<(), String> {
    match claims.get(name) {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(other) => {
            let kind = jwt::kind(other);
            Err(format!(
                "json: cannot unmarshal {kind} into Go struct field Claims.{name} of type string"
            ))
        }
    }
}

fn audience(claims: &Claims) -> Result<(), String> {
    let fits = match claims.get("aud") {
        None | Some(Value::String(_)) => true,
        Some(Value::Array(all)) => all.iter().all(Value::is_string),
        Some(_) => false,
    };
    if fits {
        return Ok(());
    }
    Err("go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience".to_owned())
}
