//! The keys that ID tokens are verified with: given ones, or an issuer's, fetched and remembered as
//! the server does it.

mod fetch;
mod public_key;
mod remote;

use std::sync::{Arc, Mutex, PoisonError};

use build_token_vault::rules::login::{
    KeyError, KeySource, Verified,
    jwt::{Jwt, Padding},
};
use serde_json::Value;

use fetch::Source;
use public_key::PublicKey;
use remote::RemoteKeys;

/// The keys of a mount.
pub(in crate::vault) enum KeySet {
    /// Given in the configuration.
    Static(Vec<PublicKey>),
    /// At a URL.
    Jwks(RemoteKeys),
    /// At a URL that the issuer's discovery document names. That is asked for until it was had once.
    Discovery {
        issuer: String,
        source: Source,
        found: Mutex<Option<Arc<RemoteKeys>>>,
    },
}

impl KeySet {
    /// The keys of a configuration; nothing is fetched yet.
    ///
    /// # Errors
    /// Where given keys, or a CA, can't be read.
    pub(super) fn new(source: &KeySource) -> Result<Self, String> {
        Ok(match source {
            KeySource::Static(pems) => Self::Static(
                pems.iter()
                    .map(|pem| PublicKey::from_pem(pem))
                    .collect::<Result<_, _>>()?,
            ),
            KeySource::Jwks(url, authority) => {
                Self::Jwks(RemoteKeys::new(url.clone(), Source::new(authority)?))
            }
            KeySource::Discovery(issuer, authority) => Self::Discovery {
                issuer: issuer.clone(),
                source: Source::new(authority)?,
                found: Mutex::new(None),
            },
        })
    }

    /// Whether the issuer answers, as the configuration asks.
    pub(super) fn probe(&self) -> Result<(), String> {
        match self {
            Self::Jwks(keys) => keys.refresh().map(drop),
            Self::Static(_) => Ok(()),
            Self::Discovery { issuer, source, .. } => discover(issuer, source).map(drop),
        }
    }

    /// Makes sure that it is known where the keys are.
    pub(super) fn prepare(&self) -> Result<(), String> {
        match self {
            Self::Static(_) | Self::Jwks(_) => Ok(()),
            Self::Discovery { .. } => self.discovered().map(drop),
        }
    }

    fn discovered(&self) -> Result<Arc<RemoteKeys>, String> {
        let Self::Discovery {
            issuer,
            source,
            found,
        } = self
        else {
            return Err("unsupported config type".to_owned());
        };
        // Whoever waits here finds what the one before has found.
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = &*found {
            return Ok(Arc::clone(keys));
        }
        let url = discover(issuer, source)?;
        let keys = Arc::new(RemoteKeys::new(url, source.clone()));
        *found = Some(Arc::clone(&keys));
        Ok(keys)
    }

    /// Verifies an ID token's signature.
    pub(super) fn verify(&self, id_token: &str) -> Result<Verified, KeyError> {
        match self {
            Self::Static(keys) => verify_static(keys, id_token).map_err(KeyError::Signature),
            Self::Jwks(keys) => keys.verify(id_token).map_err(KeyError::Signature),
            Self::Discovery { .. } => {
                let keys = self.discovered().map_err(KeyError::Configuration)?;
                keys.verify(id_token).map_err(KeyError::Signature)
            }
        }
    }
}

/// Where an issuer says that its keys are.
fn discover(issuer: &str, source: &Source) -> Result<String, String> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.strip_suffix('/').unwrap_or(issuer)
    );
    let answer = source.get(&url)?;
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status != 200 {
        return Err(format!("{}: {text}", answer.status_line()));
    }
    let document: Value = serde_json::from_str(&text).map_err(|error| {
        let kind = answer.content_type.as_deref().unwrap_or_default();
        format!("failed to decode OIDC discovery document: expected Content-Type = application/json, got \"{kind}\": {error}")
    })?;
    let found = document["issuer"].as_str().unwrap_or_default();
    if found != issuer {
        return Err(format!(
            "issuer did not match the returned issuer, expected \"{issuer}\" got \"{found}\""
        ));
    }
    Ok(document["jwks_uri"].as_str().unwrap_or_default().to_owned())
}

fn verify_static(keys: &[PublicKey], id_token: &str) -> Result<Verified, String> {
    let jwt = Jwt::parse(id_token, Padding::Allowed)?;
    let verified = keys.iter().any(|key| key.verifies(&jwt));
    jwt.claims()
        .filter(|_| verified)
        .map(|claims| Verified {
            algorithm: jwt.algorithm().to_owned(),
            claims,
        })
        .ok_or_else(|| "no known key successfully validated the token signature".to_owned())
}
