//! Every environment variable that we read or write, declared once.

/// Path of the configuration file.
pub const CONFIG: &str = "BUILD_TOKEN_CONFIG";
/// Name of the one grant that comes from the environment.
pub const GRANT_NAME: &str = "BUILD_TOKEN_NAME";
/// Its secret reference.
pub const GRANT_SECRET: &str = "BUILD_TOKEN_SECRET";
/// Its condition.
pub const GRANT_WHEN: &str = "BUILD_TOKEN_WHEN";
/// Its reach, comma-separated; with a file it may only narrow.
pub const GRANT_REACH: &str = "BUILD_TOKEN_REACH";
/// Name of the variable that holds the ID token.
pub const ID_TOKEN_NAME: &str = "BUILD_TOKEN_ID_TOKEN";
/// Set for the child: where its git helper finds us.
pub const AGENT: &str = "BUILD_TOKEN_AGENT";

/// GitLab's name for the server.
pub const VAULT_SERVER_URL: &str = "VAULT_SERVER_URL";
/// OpenBao's name for the server; says also that it is OpenBao.
pub const BAO_ADDR: &str = "BAO_ADDR";
/// Vault's name for the server.
pub const VAULT_ADDR: &str = "VAULT_ADDR";
/// GitLab's name for the auth mount.
pub const VAULT_AUTH_PATH: &str = "VAULT_AUTH_PATH";
/// GitLab's name for the role.
pub const VAULT_AUTH_ROLE: &str = "VAULT_AUTH_ROLE";
/// Vault's and GitLab's name for the namespace.
pub const VAULT_NAMESPACE: &str = "VAULT_NAMESPACE";
/// OpenBao's name for the namespace.
pub const BAO_NAMESPACE: &str = "BAO_NAMESPACE";
/// The usual variable of the ID token.
pub const VAULT_ID_TOKEN: &str = "VAULT_ID_TOKEN";
/// Vault client tokens and GitLab's former ID tokens, which no child gets.
pub const CLIENT_TOKENS: [&str; 4] = ["VAULT_TOKEN", "BAO_TOKEN", "CI_JOB_JWT", "CI_JOB_JWT_V2"];

/// Every variable that says who the job is: the ID token's own, its usual one, and the client tokens.
pub fn of_identity(id_token_name: &str) -> impl Iterator<Item = &str> {
    [id_token_name, VAULT_ID_TOKEN]
        .into_iter()
        .chain(CLIENT_TOKENS)
}

/// The variable that the reference deployment's job expects.
pub const DEFAULT_GRANT: &str = "SECURITY_PRIVATE_TOKEN";
/// The condition of the reference deployment.
pub const DEFAULT_WHEN: &str = "$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH";
/// The usual name of the configuration file.
pub const CONFIG_FILE: &str = ".build-token.yml";
/// The usual name of the list of sources.
pub const SOURCES_FILE: &str = ".custom_sources.yml";

/// Whether we may read this variable, so that a value which is no text must not be taken for none.
#[must_use]
pub fn is_read(name: &str) -> bool {
    let ours = ["BUILD_TOKEN_", "VAULT_", "BAO_"];
    let of_default_when = ["CI_PROJECT_PATH", "SECURITY_PROJECT_PATH"];
    ours.iter().any(|prefix| name.starts_with(prefix)) || of_default_when.contains(&name)
}
