//! How to connect to a server, as the usual variables say it.

use build_token_http::{ProxySettings, Roots, Settings};

/// TLS and proxy from the environment: `BAO_CACERT`, `VAULT_CACERT`; `BAO_CAPATH`, `VAULT_CAPATH`;
/// `BAO_TLS_SERVER_NAME`, `VAULT_TLS_SERVER_NAME`; then `SSL_CERT_FILE` and the system; the proxy's
/// variables in either case. The first that is set and not empty wins.
pub fn connection_settings(lookup: &dyn Fn(&str) -> Option<String>) -> Settings {
    let first = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|name| lookup(name).filter(|value| !value.is_empty()))
    };
    let file = first(["BAO_CACERT", "VAULT_CACERT"]).map(|path| Roots::File(path.into()));
    let directory =
        || first(["BAO_CAPATH", "VAULT_CAPATH"]).map(|path| Roots::Directory(path.into()));
    Settings {
        roots: file
            .or_else(directory)
            .unwrap_or_else(|| Roots::from_environment(lookup)),
        server_name: first(["BAO_TLS_SERVER_NAME", "VAULT_TLS_SERVER_NAME"]),
        proxy: ProxySettings::from_environment(lookup),
        user_agent: concat!("build-token/", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(variables: &[(&str, &str)]) -> Roots {
        connection_settings(&|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
        .roots
    }

    #[test]
    fn the_first_that_is_set_wins() {
        let all = [
            ("BAO_CACERT", "/a"),
            ("VAULT_CACERT", "/b"),
            ("BAO_CAPATH", "/c"),
            ("VAULT_CAPATH", "/d"),
            ("SSL_CERT_FILE", "/e"),
        ];
        let file = |path: &str| Roots::File(path.into());
        let directory = |path: &str| Roots::Directory(path.into());
        let expected = [
            file("/a"),
            file("/b"),
            directory("/c"),
            directory("/d"),
            file("/e"),
            Roots::System,
        ];
        for (skipped, expected) in expected.into_iter().enumerate() {
            assert_eq!(roots(&all[skipped..]), expected);
        }
        assert_eq!(
            roots(&[("VAULT_CACERT", ""), ("VAULT_CAPATH", "/d")]),
            directory("/d")
        );
    }

    #[test]
    fn the_server_name_and_the_user_agent() {
        let settings = connection_settings(&|name| {
            (name == "VAULT_TLS_SERVER_NAME").then(|| "vault.test".to_owned())
        });
        assert_eq!(settings.server_name.as_deref(), Some("vault.test"));
        assert!(settings.user_agent.starts_with("build-token/"));
    }
}
