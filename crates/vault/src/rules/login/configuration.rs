//! The configuration of a JWT auth mount: whose keys count, and whose ID tokens.

use super::jwt::ALGORITHMS;
use crate::rules::{
    fields::{self, Kind, Parameters, field},
    quote::quoted,
};

/// Where the keys come from that ID tokens are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// Public keys in PEM.
    Static(Vec<String>),
    /// A JWKS document, and the CA (PEM, may be empty) of its server.
    Jwks(String, String),
    /// An issuer with a discovery document, and the CA (PEM, may be empty) of its server.
    Discovery(String, String),
}

/// A JWT auth mount's configuration.
#[derive(Clone, Debug)]
pub struct AuthConfiguration {
    /// The keys.
    pub keys: KeySource,
    /// What `iss` has to be; empty is anything.
    pub bound_issuer: String,
    /// The accepted algorithms; none are the default ones.
    pub supported_algorithms: Vec<String>,
    /// The role of a login that names none; empty is none.
    pub default_role: String,
    /// Whether keys that cannot be had are no reason to refuse the configuration.
    pub skip_jwks_validation: bool,
    /// For OIDC, kept to be shown again.
    pub namespace_in_state: bool,
    /// For OIDC, kept to be shown again.
    pub client_id: String,
}

impl AuthConfiguration {
    /// The parameters of a configuration.
    pub const FIELDS: &'static [(&'static str, Kind)] = &[
        ("oidc_discovery_url", Kind::Text),
        ("oidc_discovery_ca_pem", Kind::Text),
        ("oidc_client_id", Kind::Text),
        ("oidc_client_secret", Kind::Text),
        ("oidc_response_mode", Kind::Text),
        ("oidc_response_types", Kind::CommaTexts),
        ("jwks_url", Kind::Text),
        ("jwks_ca_pem", Kind::Text),
        ("default_role", Kind::Text),
        ("jwt_validation_pubkeys", Kind::CommaTexts),
        ("jwt_supported_algs", Kind::CommaTexts),
        ("bound_issuer", Kind::Text),
        ("provider_config", Kind::Map),
        ("override_allowed_server_names", Kind::CommaTexts),
        ("namespace_in_state", Kind::Switch),
        ("skip_jwks_validation", Kind::Switch),
    ];

    /// Reads a configuration; it replaces `previous` as a whole. Keys are not looked at yet.
    ///
    /// # Errors
    /// The server's text.
    pub fn read(data: &Parameters, previous: Option<&Self>) -> Result<Self, String> {
        let text =
            |name: &str| Ok::<_, String>(field(data, name, fields::text)?.unwrap_or_default());
        let list = |name: &str| {
            Ok::<_, String>(field(data, name, fields::comma_texts)?.unwrap_or_default())
        };
        let (discovery, jwks) = (text("oidc_discovery_url")?, text("jwks_url")?);
        let pems = list("jwt_validation_pubkeys")?;
        let keys = match (discovery.is_empty(), jwks.is_empty(), pems.is_empty()) {
            (false, true, true) => KeySource::Discovery(discovery, text("oidc_discovery_ca_pem")?),
            (true, false, true) => KeySource::Jwks(jwks, text("jwks_ca_pem")?),
            (true, true, false) => KeySource::Static(pems),
            _ => {
                return Err(
                    "exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set"
                        .to_owned(),
                );
            }
        };
        let client_id = text("oidc_client_id")?;
        if client_id.is_empty() != text("oidc_client_secret")?.is_empty() {
            return Err(
                "both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC".to_owned(),
            );
        }
        if !client_id.is_empty() && !matches!(keys, KeySource::Discovery(..)) {
            return Err("'oidc_discovery_url' must be set for OIDC".to_owned());
        }
        let in_state = field(data, "namespace_in_state", fields::switch)?;
        Ok(Self {
            keys,
            bound_issuer: text("bound_issuer")?,
            supported_algorithms: list("jwt_supported_algs")?,
            default_role: text("default_role")?.to_lowercase(),
            skip_jwks_validation: field(data, "skip_jwks_validation", fields::switch)?
                .unwrap_or_default(),
            namespace_in_state: in_state
                .unwrap_or(previous.is_none_or(|old| old.namespace_in_state)),
            client_id,
        })
    }

    /// What is refused after the keys were looked at.
    ///
    /// # Errors
    /// The server's text.
    pub fn check(&self, data: &Parameters) -> Result<(), String> {
        for name in &self.supported_algorithms {
            if !ALGORITHMS.contains(&name.as_str()) {
                return Err(format!(
                    "invalid jwt_supported_algs: unsupported signing algorithm {}",
                    quoted(name)
                ));
            }
        }
        let types = field(data, "oidc_response_types", fields::comma_texts)?.unwrap_or_default();
        if types
            .iter()
            .any(|kind| kind != "code" && kind != "id_token")
        {
            let types = types.join(" ");
            return Err(format!(
                "invalid response_types [{types}]. 'code' and 'id_token' are allowed"
            ));
        }
        match field(data, "oidc_response_mode", fields::text)?
            .unwrap_or_default()
            .as_str()
        {
            "" | "query" if types.iter().any(|kind| kind == "id_token") => {
                Err("query response_mode may not be used with an id_token response_type".to_owned())
            }
            "" | "query" | "form_post" => Ok(()),
            other => Err(format!("invalid response_mode: {}", quoted(other))),
        }
    }
}
