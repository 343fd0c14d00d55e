//! An OpenBao small enough to start in a millisecond: what a build token touches, and nothing else.
//!
//! A request goes through `http` (method, path, body), then `core` (token, policies, mount) to
//! the handler of its path: `sys` for the system, `jwt` for logins, `kv` for secrets, `auth_token`
//! for tokens. Handlers translate and ask the rules of the `vault` crate, no more.

mod auth_token;
mod body;
mod core;
mod endpoint;
mod http;
mod identity;
mod inline;
mod json;
mod jwt;
mod kv;
mod policies;
mod random;
mod reply;
mod session;
mod state;
mod sys;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    clock::Clock,
    wire::{Request, Response},
};
use session::Sealer;
use state::State;

/// The version of OpenBao that this server behaves like.
const VERSION: &str = "2.4.0";

/// How a [`Vault`] is to begin.
#[derive(Clone)]
pub struct VaultOptions {
    /// The value of the first root token.
    pub root_token: String,
}

/// The embedded server; clones are the same server.
#[derive(Clone)]
pub struct Vault {
    core: Arc<Core>,
}

/// The server behind its handles.
struct Core {
    clock: Clock,
    state: Mutex<State>,
    sealer: Sealer,
    /// The one key that unseals, in hexadecimal.
    unseal_key: String,
    /// The end of the cluster's name, and its id.
    cluster: (String, String),
}

impl Core {
    /// The state. A handler that panicked leaves it as it was at that moment.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault {
    /// A fresh, unsealed server: KV v2 at `secret/`, token auth, policies `root` and `default`.
    #[must_use]
    pub fn new(options: VaultOptions, clock: Clock) -> Self {
        let now = clock.now();
        let mut state = State::new(now);
        session::root(&options.root_token, &mut state, now);
        let core = Core {
            clock,
            state: Mutex::new(state),
            sealer: Sealer::new(),
            unseal_key: random::hex(&random::bytes::<32>()),
            cluster: (random::short_hex(), random::uuid()),
        };
        Self {
            core: Arc::new(core),
        }
    }

    /// Answers one request. It may block while a login fetches an issuer's keys.
    #[must_use]
    pub fn handle(&self, request: Request) -> Response {
        http::handle(&self.core, &request)
    }

    /// Seals the server: it answers 503 until it is unsealed.
    pub fn seal(&self) {
        self.core.state().sealed = true;
    }

    /// Unseals the server.
    pub fn unseal(&self) {
        self.core.state().sealed = false;
    }

    /// The key that unseals the server over its API.
    #[must_use]
    pub fn unseal_key(&self) -> &str {
        &self.core.unseal_key
    }

    /// How many sessions the server remembers, the root token's included.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.core.state().tokens.len()
    }
}
