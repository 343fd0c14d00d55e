//! How a lab is to be started.

use std::net::{Ipv4Addr, SocketAddr};

/// What may be chosen. The default is the reference deployment on free ports of `127.0.0.1`.
#[derive(Clone)]
pub struct Options {
    /// Where the embedded Vault listens; loopback only. Port 0 takes a free one.
    pub vault_listen: SocketAddr,
    /// Where GitLab listens; loopback only. Port 0 takes a free one.
    pub gitlab_listen: SocketAddr,
    /// The embedded Vault's root token.
    pub root_token: String,
    /// Seed nothing: Vault as a fresh development server has it, a GitLab with an administrator.
    pub empty: bool,
    /// Serve https, with a certificate authority of the lab's own.
    pub tls: bool,
    /// Which Vault there is.
    pub vault: VaultBackend,
}

/// Which Vault a lab has.
#[derive(Clone)]
pub enum VaultBackend {
    /// The lab's own.
    Embedded,
    /// One that runs already, Vault or OpenBao. It is seeded, and left as it is at the end.
    Real {
        /// Its URL.
        url: String,
        /// A token that may do everything.
        root_token: String,
    },
}

impl Default for Options {
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            vault_listen: any_port,
            gitlab_listen: any_port,
            root_token: "root".to_owned(),
            empty: false,
            tls: false,
            vault: VaultBackend::Embedded,
        }
    }
}
