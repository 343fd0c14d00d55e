//! Reads the planned secrets from Vault: one login for all of them on one connection, or inline.
//!
//! Whoever was asked holds the session until it is released, so that it is revoked on every way out: a
//! refusal and a panic of ours included.

use std::time::Duration;

use build_token_http::{Client as Http, Deadline};
use build_token_vault::{Auth, Cause, Client, Error, SecretRef, Server, Session, Stored};

use crate::config::Flow;
use crate::plan::Fetch;

/// How long a revocation may take: it is not the child's to wait for.
pub const REVOCATION_LIMIT: Duration = Duration::from_secs(5);

/// What came of asking.
pub struct Acquired {
    /// The secrets in the order of the references; or Vault's refusal, or why it was not reached.
    pub stored: Result<Vec<Stored>, Error>,
    /// Who was asked, and has to be released.
    pub asked: Asked,
}

/// A server that was asked. Its session is revoked when this is dropped.
pub struct Asked {
    client: Client,
    session: Option<Session>,
    flow: Flow,
}

impl Asked {
    /// The client that asked.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// `Login` or `Inline`.
    #[must_use]
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// Revokes the session, if there is one; a second call does nothing.
    pub fn release(&mut self) -> Release {
        let Some(session) = self.session.take() else {
            return Release::None;
        };
        let deadline = deadline(&self.client, REVOCATION_LIMIT);
        let error = match self.client.revoke(&session, deadline) {
            Ok(()) => return Release::Revoked,
            Err(error) if error.cause == Cause::AlreadyGone => return Release::Revoked,
            Err(error) => error,
        };
        let server = self.client.server();
        Release::Leaked(Box::new(Leak {
            accessor: session.accessor,
            url: server.url.to_string(),
            namespace: server.namespace.as_ref().map(ToString::to_string),
            lease_seconds: session.lease_seconds,
            error,
        }))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.release();
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

fn deadline(client: &Client, span: Duration) -> Deadline {
    Deadline::after(client.http().time().now(), span)
}

/// Reads `references` within `limit`.
#[must_use]
pub fn acquire(fetch: &Fetch, references: &[SecretRef], http: Http, limit: Duration) -> Acquired {
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
    let mut asked = Asked {
        client,
        session: None,
        flow: Flow::Login,
    };
    if inline {
        let client = &asked.client;
        let read = |reference| client.read_inline(&auth, &fetch.id_token, reference, deadline);
        match references.iter().map(read).collect() {
            Err(Error {
                cause: Cause::InlineUnsupported,
                ..
            }) if connection.flow == Flow::Auto => {}
            stored => {
                asked.flow = Flow::Inline;
                return Acquired { stored, asked };
            }
        }
    }
    let login = asked.client.login(&auth, &fetch.id_token, deadline);
    let stored = login.and_then(|session| {
        let session = asked.session.insert(session);
        let read = |reference| asked.client.read(session, reference, deadline);
        references.iter().map(read).collect()
    });
    Acquired { stored, asked }
}
