//! A login with an ID token: the checks in the server's order, with its texts, and the session that
//! comes of it.

mod checks;
pub mod claims;
mod configuration;
pub mod jwt;
mod role;
mod session;
mod templates;
#[cfg(test)]
mod tests;
mod times;

use std::{collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;

pub use checks::{Case, LoginCheck};
pub use claims::Claims;
pub use configuration::{AuthConfiguration, KeySource};
pub use role::{Leeways, RoleDefinition, RoleType};
pub use session::{TokenSettings, TokenType};

use super::{address::Network, quote::quoted, token::sanitize_policies};

/// Why a login is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The server's text.
    pub text: String,
}

impl Refusal {
    fn new(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }
}

/// What a login sends, and from where.
#[derive(Clone, Copy)]
pub struct LoginRequest<'a> {
    /// The role's name; empty is the mount's default.
    pub role: &'a str,
    /// The ID token.
    pub id_token: &'a str,
    /// The sender's address.
    pub remote: IpAddr,
}

/// What a key set says of an ID token that it does not verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// There is no key set: the issuer's documents cannot be had.
    Configuration(String),
    /// The signature, or the outer form, is not right.
    Signature(String),
}

/// The ID token that a key set has verified.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The header's algorithm.
    pub algorithm: String,
    /// The claims.
    pub claims: Claims,
}

/// Who has logged in, and what session the role gives.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The role's name.
    pub role: String,
    /// The user claim's value.
    pub alias: String,
    /// The alias's metadata, which is the session's too.
    pub metadata: BTreeMap<String, String>,
    /// The groups that the ID token names.
    pub groups: Vec<String>,
    /// The session's policies, `default` included where it belongs.
    pub policies: Vec<String>,
    /// Where the session may be used from.
    pub bound_networks: Vec<Network>,
    /// What else the role says of the session.
    pub token: TokenSettings,
}

/// The role that a login means, in lower case.
///
/// # Errors
/// Where neither the login nor the mount names one.
pub fn role_name(
    configuration: Option<&AuthConfiguration>,
    given: &str,
) -> Result<String, Refusal> {
    let configuration =
        configuration.ok_or_else(|| Refusal::new(400, "could not load configuration"))?;
    match given {
        "" if configuration.default_role.is_empty() => Err(Refusal::new(400, "missing role")),
        "" => Ok(configuration.default_role.clone()),
        given => Ok(given.to_lowercase()),
    }
}

/// Logs in. `role` is the role of that `name`, and `verify` asks the mount's keys, which may take
/// a while; everything else is decided here.
///
/// # Errors
/// The first check that fails.
pub fn login(
    configuration: &AuthConfiguration,
    (name, role): (&str, Option<&RoleDefinition>),
    request: LoginRequest<'_>,
    verify: impl FnOnce(&str) -> Result<Verified, KeyError>,
    now: Timestamp,
) -> Result<Identity, Refusal> {
    let role =
        role.ok_or_else(|| Refusal::new(400, format!("role {} could not be found", quoted(name))))?;
    before_keys(role, request)?;
    let verified = verify(request.id_token).map_err(|error| match error {
        KeyError::Configuration(text) => Refusal::new(
            400,
            format!("error configuring token validator: keyset configuration error: {text}"),
        ),
        KeyError::Signature(text) => {
            checks::token_text(format!("error verifying token signature: {text}"))
        }
    })?;
    let case = Case {
        configuration,
        role,
        algorithm: &verified.algorithm,
        claims: &verified.claims,
        remote: request.remote,
        now,
    };
    for check in LoginCheck::ORDER {
        check.run(&case)?;
    }
    identity(name, &case)
}

/// What is checked before the ID token is looked at.
fn before_keys(role: &RoleDefinition, request: LoginRequest<'_>) -> Result<(), Refusal> {
    if role.role_type == RoleType::Oidc {
        return Err(Refusal::new(400, "role with oidc role_type is not allowed"));
    }
    if request.id_token.is_empty() {
        return Err(Refusal::new(400, "missing token"));
    }
    let networks = &role.token.bound_networks;
    if !networks.is_empty()
        && !networks
            .iter()
            .any(|network| network.contains(request.remote))
    {
        return Err(Refusal::new(403, "permission denied"));
    }
    Ok(())
}

fn identity(name: &str, case: &Case<'_>) -> Result<Identity, Refusal> {
    let mut metadata = checks::metadata(case)?;
    metadata.insert("role".to_owned(), name.to_owned());
    let token = case.role.token.clone();
    let bound_networks = if token.strictly_bind_ip {
        vec![Network::of(case.remote)]
    } else {
        token.bound_networks.clone()
    };
    Ok(Identity {
        role: name.to_owned(),
        alias: checks::user(case)?.to_owned(),
        metadata,
        groups: checks::groups(case)?,
        policies: sanitize_policies(&checks::policies(case)?, !token.no_default_policy),
        bound_networks,
        token,
    })
}
