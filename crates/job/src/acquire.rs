//! Reads the planned secrets from Vault: one login for all of them on one connection, or inline.
//!
//! The session is held by a guard, so that it is revoked on every way out, a panic of ours included.

use std::time::Duration;

use build_token_http::{Client as Http, Deadline};
use build_token_vault::{Auth, Cause, Client, Error, SecretRef, Server, Session, Stored};

use crate::config::Flow;
use crate::plan::Fetch;

/// How long a revocation may take: it is not the child's to wait for.
pub const REVOCATION_LIMIT: Duration = Duration::from_secs(5);

/// What was read, in the order of the references, and what has to be released.
pub struct Acquired {
    /// The secrets.
    pub stored: Vec<Stored>,
    /// The server that was asked, with the session where there is one.
    pub asked: Asked,
}

/// A server that was asked.
pub enum Asked {
    /// Each read brought its own login along; nothing is left behind.
    Inline(Client),
    /// There was a login, and its session lives.
    Login(SessionGuard),
}

impl Asked {
    /// The client that asked.
    #[must_use]
    pub fn client(&self) -> &Client {
        match self {
            Asked::Inline(client) => client,
            Asked::Login(guard) => &guard.client,
        }
    }

    /// `Login` or `Inline`.
    #[must_use]
    pub fn flow(&self) -> Flow {
        match self {
            Asked::Inline(_) => Flow::Inline,
            Asked::Login(_) => Flow::Login,
        }
    }

    /// Revokes the session, if there is one and it lives; a second call does nothing.
    pub fn release(&mut self) -> Release {
        match self {
            Asked::Inline(_) => Release::None,
            Asked::Login(guard) => guard.release(),
        }
    }
}

/// How a session ended.
#[derive(Debug)]
pub enum Release {
    /// There was none: inline.
    None,
    /// It is revoked.
    Revoked,
    /// It lives on until its lease ends.
    Leaked(Box<Leak>),
}

/// A session that could not be revoked, and how a person can do it.
#[derive(Debug)]
pub struct Leak {
    /// The session's accessor: it revokes, and it does not authenticate.
    pub accessor: String,
    /// The server.
    pub url: String,
    /// The namespace.
    pub namespace: Option<String>,
    /// How long the session lives, in seconds from its login.
    pub lease_seconds: u64,
    /// Why.
    pub error: Error,
}

/// Holds a session until it is released; releases it when dropped.
pub struct SessionGuard {
    client: Client,
    session: Session,
    alive: bool,
}

impl SessionGuard {
    fn release(&mut self) -> Release {
        if !std::mem::take(&mut self.alive) {
            return Release::None;
        }
        let deadline = deadline(&self.client, REVOCATION_LIMIT);
        match self.client.revoke(&self.session, deadline) {
            Ok(()) => Release::Revoked,
            Err(error) if error.cause == Cause::AlreadyGone => Release::Revoked,
            Err(error) => Release::Leaked(Box::new(Leak {
                accessor: self.session.accessor.clone(),
                url: self.client.server().url.to_string(),
                namespace: self
                    .client
                    .server()
                    .namespace
                    .as_ref()
                    .map(ToString::to_string),
                lease_seconds: self.session.lease_seconds,
                error,
            })),
        }
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        self.release();
    }
}

fn deadline(client: &Client, span: Duration) -> Deadline {
    Deadline::after(client.http().time().now(), span)
}

/// Reads `references` within `limit`.
///
/// # Errors
/// Vault's refusal, or why it was not reached. A session that was opened is revoked.
pub fn acquire(
    fetch: &Fetch,
    references: &[SecretRef],
    http: Http,
    limit: Duration,
) -> Result<Acquired, Error> {
    let connection = &fetch.connection;
    let client = Client::new(
        Server {
            url: connection.url.clone(),
            namespace: connection.namespace.clone(),
        },
        http,
    );
    let auth = Auth {
        mount: connection.mount.clone(),
        role: connection.role.clone(),
    };
    let deadline = deadline(&client, limit);
    let inline = match connection.flow {
        Flow::Inline => true,
        Flow::Login => false,
        Flow::Auto => connection.is_openbao,
    };
    if inline {
        let read = |reference| client.read_inline(&auth, &fetch.id_token, reference, deadline);
        match references.iter().map(read).collect() {
            Ok(stored) => {
                let asked = Asked::Inline(client);
                return Ok(Acquired { stored, asked });
            }
            Err(error)
                if error.cause == Cause::InlineUnsupported && connection.flow == Flow::Auto => {}
            Err(error) => return Err(error),
        }
    }
    let session = client.login(&auth, &fetch.id_token, deadline)?;
    let guard = SessionGuard {
        client,
        session,
        alive: true,
    };
    let read = |reference| guard.client.read(&guard.session, reference, deadline);
    let stored = references.iter().map(read).collect::<Result<_, _>>()?;
    let asked = Asked::Login(guard);
    Ok(Acquired { stored, asked })
}
