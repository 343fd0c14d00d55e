//! `.build-token.yml`: the reviewed file that says which jobs may have which build token, and where it
//! may be sent. Its values are pins; what it leaves open, the environment may say.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::yaml::{Ordered, Source, Spot, YamlError, present};

/// The file, as it is written. Values keep their places for messages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The Vault or OpenBao server.
    #[serde(default)]
    pub vault: VaultSection,
    /// The grants by name; the name is the variable's.
    #[serde(default)]
    pub tokens: Ordered<TokenSection>,
    /// Where the components' sources are listed.
    #[serde(default)]
    pub sources: SourcesSection,
}

/// `vault:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultSection {
    /// The server's URL, without a path.
    #[serde(default, deserialize_with = "present")]
    pub url: Option<Spanned<String>>,
    /// The namespace of login and secret.
    #[serde(default, deserialize_with = "present")]
    pub namespace: Option<Spanned<String>>,
    /// Which server it is known to be.
    #[serde(default, deserialize_with = "present")]
    pub kind: Option<Kind>,
    /// How to log in.
    #[serde(default)]
    pub auth: AuthSection,
}

/// `vault.auth:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSection {
    /// The auth mount; a leading `auth/` is accepted.
    #[serde(default, deserialize_with = "present")]
    pub path: Option<Spanned<String>>,
    /// The role; none for the mount's default role.
    #[serde(default, deserialize_with = "present")]
    pub role: Option<Spanned<String>>,
    /// One request, two, or what fits the server.
    #[serde(default, deserialize_with = "present")]
    pub flow: Option<Flow>,
    /// The variable that holds the ID token.
    #[serde(default, deserialize_with = "present")]
    pub id_token: Option<Spanned<String>>,
}

/// How the secret is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// Inline where the server is known to be OpenBao, else a login.
    #[default]
    Auto,
    /// Login, read, revoke.
    Login,
    /// Login and read in one request (OpenBao 2.4 and newer).
    Inline,
}

/// What the server is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// OpenBao.
    Openbao,
    /// HashiCorp Vault.
    Vault,
}

/// One entry of `tokens:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSection {
    /// The secret reference, in any form.
    #[serde(default, deserialize_with = "present")]
    pub secret: Option<Spanned<String>>,
    /// The condition, in GitLab's rules expression language.
    #[serde(default, deserialize_with = "present")]
    pub when: Option<Spanned<String>>,
    /// Where the token may be sent.
    #[serde(default, deserialize_with = "present")]
    pub reach: Option<Vec<Spanned<String>>>,
    /// Whether a job that is not entitled is refused.
    #[serde(default)]
    pub required: bool,
}

/// `sources:`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcesSection {
    /// The list of components and their remotes.
    #[serde(default, deserialize_with = "present")]
    pub file: Option<Spanned<String>>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// The parsed document.
    pub document: Document,
    source: Source,
}

impl ConfigFile {
    /// Parses the text of the file that users know as `name`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(name: &str, text: &str) -> Result<ConfigFile, YamlError> {
        let source = Source::new(name, text);
        let document = source.parse()?;
        Ok(ConfigFile { document, source })
    }

    /// Where a value stands.
    #[must_use]
    pub fn spot<T>(&self, value: &Spanned<T>) -> Spot {
        self.source.spot(value)
    }
}

/// The file's JSON Schema is made from these twins of the sections above, which have no places.
pub mod schema {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;

    use super::{Flow, Kind};

    /// `.build-token.yml`: which jobs may have which build token, and where it may be sent.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    pub struct BuildToken {
        /// The Vault or OpenBao server.
        pub vault: Option<Vault>,
        /// The grants; each key is the name of the variable that the job gets.
        pub tokens: Option<BTreeMap<String, Token>>,
        /// The components' sources.
        pub sources: Option<Sources>,
    }

    /// The server and the login.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    pub struct Vault {
        /// The server's URL, without a path.
        pub url: Option<String>,
        /// The namespace of login and secret.
        pub namespace: Option<String>,
        /// Which server it is known to be.
        pub kind: Option<Kind>,
        /// How to log in.
        pub auth: Option<Auth>,
    }

    /// How to log in.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    pub struct Auth {
        /// The auth mount, `jwt` by default; a leading `auth/` is accepted.
        pub path: Option<String>,
        /// The role; none for the mount's default role.
        pub role: Option<String>,
        /// One request, two, or what fits the server.
        pub flow: Option<Flow>,
        /// The variable that holds the ID token, `VAULT_ID_TOKEN` by default.
        pub id_token: Option<String>,
    }

    /// One grant.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    pub struct Token {
        /// The secret reference, in any form that `build-token ref` knows.
        pub secret: Option<String>,
        /// The condition, in GitLab's rules expression language.
        pub when: Option<String>,
        /// Where the token may be sent: `https://host/path/`.
        pub reach: Option<Vec<String>>,
        /// Whether a job that is not entitled is refused.
        #[serde(default)]
        pub required: bool,
    }

    /// The components' sources.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    pub struct Sources {
        /// The list of components and their remotes, `.custom_sources.yml` by default.
        pub file: Option<String>,
    }
}
