//! How Vault is reached and asked: the table of settings in one place, the file's values as pins.
//!
//! Resolved only when something has to be fetched: a job that is not entitled needs no server.

use build_token_identity::JobContext;
use build_token_vault::{AuthMount, NameError, Namespace, Role, ServerUrl, ServerUrlError};
use serde_saphyr::Spanned;

use crate::config::{ConfigFile, Flow, Kind};
use crate::grants::{GrantError, Origin, Said, variable};
use crate::names;

/// A server and a way to log in there.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The server.
    pub url: ServerUrl,
    /// The namespace of login and secret.
    pub namespace: Option<Namespace>,
    /// The auth mount.
    pub mount: AuthMount,
    /// The role; none for the mount's default role.
    pub role: Option<Role>,
    /// How to ask.
    pub flow: Flow,
    /// Whether the server is known to be OpenBao.
    pub is_openbao: bool,
}

/// Why Vault cannot be asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConnectionError {
    /// Nothing names a server.
    #[error("no server URL")]
    NoServer,
    /// The server's URL is not one.
    #[error("server URL {}: {error}", said.value)]
    Url {
        /// What was said.
        said: Said,
        /// What is wrong.
        error: ServerUrlError,
    },
    /// The auth mount, the role or the namespace cannot be one.
    #[error("{kind:?} {}: {error}", said.value)]
    Name {
        /// Which of them.
        kind: NameKind,
        /// What was said.
        said: Said,
        /// What is wrong.
        error: NameError,
    },
    /// A variable differs from what the file pins.
    #[error(transparent)]
    Pinned(#[from] GrantError),
}

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// An auth mount.
    AuthMount,
    /// A role.
    Role,
    /// A namespace.
    Namespace,
}

/// Reads the settings; `flow` is the command line's word.
///
/// # Errors
/// What is missing, wrong, or differs from a pin.
pub fn resolve(
    file: Option<&ConfigFile>,
    context: &JobContext,
    flow: Option<Flow>,
) -> Result<Connection, ConnectionError> {
    let empty = Default::default();
    let vault = file.map_or(&empty, |file| &file.document.vault);
    let setting =
        |key: &'static str, pinned: &Option<Spanned<String>>, variables: &[&'static str]| {
            setting(file, context, key, pinned, variables)
        };
    let url_said = setting(
        "vault.url",
        &vault.url,
        &[names::VAULT_SERVER_URL, names::BAO_ADDR, names::VAULT_ADDR],
    )?
    .ok_or(ConnectionError::NoServer)?;
    let url = ServerUrl::parse(&url_said.value).map_err(|error| ConnectionError::Url {
        said: url_said.clone(),
        error,
    })?;
    let mount_said = setting(
        "vault.auth.path",
        &vault.auth.path,
        &[names::VAULT_AUTH_PATH],
    )?
    .unwrap_or(Said {
        value: "jwt".to_owned(),
        by: Origin::Default,
    });
    let mount = name(NameKind::AuthMount, &mount_said, AuthMount::parse)?;
    let namespace = setting(
        "vault.namespace",
        &vault.namespace,
        &[names::VAULT_NAMESPACE, names::BAO_NAMESPACE],
    )?
    .map(|said| name(NameKind::Namespace, &said, Namespace::parse))
    .transpose()?;
    let role = setting(
        "vault.auth.role",
        &vault.auth.role,
        &[names::VAULT_AUTH_ROLE],
    )?
    .map(|said| name(NameKind::Role, &said, Role::parse))
    .transpose()?;
    Ok(Connection {
        url,
        namespace,
        mount,
        role,
        flow: flow.or(vault.auth.flow).unwrap_or_default(),
        is_openbao: match vault.kind {
            Some(kind) => kind == Kind::Openbao,
            None => url_said.by == Origin::Variable(names::BAO_ADDR),
        },
    })
}

fn name<T>(
    kind: NameKind,
    said: &Said,
    parse: impl Fn(&str) -> Result<T, NameError>,
) -> Result<T, ConnectionError> {
    parse(&said.value).map_err(|error| ConnectionError::Name {
        kind,
        said: said.clone(),
        error,
    })
}

/// The name of the variable that holds the ID token.
///
/// # Errors
/// The environment names another than the file.
pub fn id_token_name(
    file: Option<&ConfigFile>,
    context: &JobContext,
) -> Result<String, GrantError> {
    let none = None;
    let pinned = file.map_or(&none, |file| &file.document.vault.auth.id_token);
    let said = setting(
        file,
        context,
        "vault.auth.id_token",
        pinned,
        &[names::ID_TOKEN_NAME],
    )?;
    Ok(said.map_or_else(|| names::VAULT_ID_TOKEN.to_owned(), |said| said.value))
}

/// The file's value, with which every variable that is set has to agree; else the first variable.
fn setting(
    file: Option<&ConfigFile>,
    context: &JobContext,
    key: &'static str,
    pinned: &Option<Spanned<String>>,
    variables: &[&'static str],
) -> Result<Option<Said>, GrantError> {
    let mut said = variables
        .iter()
        .filter_map(|name| Some((*name, variable(context, name)?)));
    let (Some(file), Some(pin)) = (file, pinned) else {
        return Ok(said.next().map(|(_, said)| said));
    };
    match said.find(|(_, said)| normal(key, &said.value) != normal(key, &pin.value)) {
        Some((name, other)) => Err(GrantError::Pinned {
            spot: Some(file.spot(pin)),
            key: key.to_owned(),
            pinned: pin.value.clone(),
            variable: name,
            value: other.value,
        }),
        None => Ok(Some(Said {
            value: pin.value.clone(),
            by: Origin::File(file.spot(pin)),
        })),
    }
}

/// Two spellings of one value are equal: `https://vault/` and `https://vault`, `auth/jwt` and `jwt`.
fn normal(key: &str, value: &str) -> String {
    match key {
        "vault.url" => {
            ServerUrl::parse(value).map_or_else(|_| value.to_owned(), |url| url.to_string())
        }
        "vault.auth.path" => {
            AuthMount::parse(value).map_or_else(|_| value.to_owned(), |mount| mount.to_string())
        }
        "vault.namespace" => value.trim_matches('/').to_owned(),
        _ => value.to_owned(),
    }
}
