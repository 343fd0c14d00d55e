//! An issuer's keys at a URL: remembered for ever, and fetched anew when an ID token does not fit.

use std::sync::{Mutex, PoisonError};

use build_token_vault::rules::login::{
    Verified,
    jwt::{Jwt, Padding},
};
use serde_json::Value;

use super::{fetch::Source, public_key::PublicKey};

/// The keys behind a JWKS URL.
pub(in crate::vault) struct RemoteKeys {
    url: String,
    source: Source,
    known: Mutex<Known>,
    /// Held while keys are fetched, so that many failing logins ask once.
    fetching: Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Vec<(String, PublicKey)>,
    /// How often keys were fetched.
    fetches: u64,
}

impl RemoteKeys {
    pub(super) fn new(url: String, source: Source) -> Self {
        Self {
            url,
            source,
            known: Mutex::default(),
            fetching: Mutex::default(),
        }
    }

    fn known(&self) -> Known {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Fetches the keys.
    pub(super) fn refresh(&self) -> Result<(), String> {
        let answer = self
            .source
            .get(&self.url)
            .map_err(|error| format!("oidc: get keys failed {error}"))?;
        let text = String::from_utf8_lossy(&answer.body);
        if answer.status != 200 {
            return Err(format!(
                "oidc: get keys failed: {} {text}",
                answer.status_line()
            ));
        }
        let document: Value = serde_json::from_str(&text)
            .map_err(|error| format!("oidc: failed to decode keys: {error} {text}"))?;
        let keys = document["keys"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|key| {
                let id = key["kid"].as_str().unwrap_or_default().to_owned();
                Some((id, PublicKey::from_jwk(key)?))
            });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Known {
            keys: keys.collect(),
            fetches: known.fetches + 1,
        };
        Ok(())
    }

    pub(super) fn verify(&self, id_token: &str) -> Result<Verified, String> {
        let jwt = Jwt::parse(id_token, Padding::Refused)
            .and_then(|jwt| jwt.check_algorithm().map(|()| jwt))
            .map_err(|text| format!("oidc: malformed jwt: {text}"))?;
        let known = self.known();
        if !verifies(&known, &jwt) {
            let fresh = self
                .newer_than(known.fetches)
                .map_err(|text| format!("fetching keys {text}"))?;
            if !verifies(&fresh, &jwt) {
                return Err("failed to verify id token signature".to_owned());
            }
        }
        let claims = jwt.claims().ok_or("invalid character in payload")?;
        Ok(Verified {
            algorithm: jwt.algorithm().to_owned(),
            claims,
        })
    }

    /// Keys that were fetched after a number of fetches, by somebody else if one is at it.
    fn newer_than(&self, fetches: u64) -> Result<Known, String> {
        let _fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if self.known().fetches <= fetches {
            self.refresh()?;
        }
        Ok(self.known())
    }
}

/// A key of the same name, or any where the ID token names none.
fn verifies(known: &Known, jwt: &Jwt) -> bool {
    let wanted = jwt.key_id();
    known
        .keys
        .iter()
        .any(|(id, key)| (wanted.is_empty() || id == wanted) && key.verifies(jwt))
}
