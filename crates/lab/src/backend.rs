//! The Vault that a lab has, its own or a real one, as the rest of the lab sees it.

use std::net::Ipv4Addr;

use crate::clock::Clock;
use crate::error::LabError;
use crate::seed::{Call, RemoteVault};
use crate::vault::{Vault, VaultOptions};
use crate::wire::{Request, Response};

/// A Vault with its address and a token that may do everything there.
pub(crate) struct Backend {
    /// Without a slash at the end.
    pub url: String,
    pub root_token: String,
    server: Server,
}

enum Server {
    Embedded(Vault),
    Real(Box<RemoteVault>),
}

impl Backend {
    /// A fresh embedded server that will be served at `url`.
    pub fn embedded(url: String, root_token: String, clock: Clock) -> Self {
        let options = VaultOptions {
            root_token: root_token.clone(),
        };
        let server = Server::Embedded(Vault::new(options, clock));
        Self {
            url,
            root_token,
            server,
        }
    }

    /// A server that runs already.
    pub fn real(url: &str, root_token: String) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let server = Server::Real(Box::new(RemoteVault::new(&url, &root_token)));
        Self {
            url,
            root_token,
            server,
        }
    }

    /// The embedded server.
    pub fn vault(&self) -> Option<&Vault> {
        match &self.server {
            Server::Embedded(vault) => Some(vault),
            Server::Real(_) => None,
        }
    }

    /// Makes a call of the seed; on the embedded server beside its listener and the log.
    pub fn send(&self, call: &Call) -> Result<Response, LabError> {
        match &self.server {
            Server::Real(remote) => remote.send(call),
            Server::Embedded(vault) => Ok(vault.handle(Request {
                method: "POST".to_owned(),
                path: call.path.clone(),
                query: String::new(),
                headers: vec![
                    ("X-Vault-Token".to_owned(), self.root_token.clone()),
                    ("Content-Type".to_owned(), "application/json".to_owned()),
                ],
                body: call.body.to_string().into_bytes(),
                remote: Ipv4Addr::LOCALHOST.into(),
            })),
        }
    }
}
