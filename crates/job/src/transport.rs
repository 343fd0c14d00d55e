//! How we connect to GitLab; for Vault see [`build_token_vault::connection_settings`].

use build_token_http::{ProxySettings, Roots, Settings};
use build_token_identity::JobContext;

/// As git does: its own certificate file, else the system's; the usual proxy variables.
#[must_use]
pub fn for_gitlab(context: &JobContext) -> Settings {
    let lookup = |name: &str| context.get(name).map(str::to_owned);
    let file = lookup("GIT_SSL_CAINFO").filter(|path| !path.is_empty());
    Settings {
        roots: file.map_or_else(
            || Roots::from_environment(&lookup),
            |path| Roots::File(path.into()),
        ),
        server_name: None,
        proxy: ProxySettings::from_environment(&lookup),
        user_agent: concat!("build-token/", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// As Vault's and OpenBao's own clients do.
#[must_use]
pub fn for_vault(context: &JobContext) -> Settings {
    build_token_vault::connection_settings(&|name| context.get(name).map(str::to_owned))
}
