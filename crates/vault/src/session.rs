//! What a server gives: a session, and what is stored.

use std::collections::BTreeMap;

use build_token_secret::Secret;

/// A Vault session: a client token and what it may do, until it is revoked or runs out.
#[derive(Debug)]
pub struct Session {
    pub(crate) token: Secret,
    /// Names the session without giving access to it; empty for batch tokens.
    pub accessor: String,
    /// The names of its policies, as the server sorted them.
    pub policies: Vec<String>,
    /// How long it lives from the login on, in seconds.
    pub lease_seconds: u64,
    /// Whether it could be renewed.
    pub renewable: bool,
    /// Whether it is a batch token, which cannot be revoked.
    pub batch: bool,
    /// The login's id in the server's audit log.
    pub request_id: Option<String>,
}

impl Session {
    /// The client token, so that it can be masked.
    pub fn token(&self) -> &Secret {
        &self.token
    }
}

/// What a read returns beside the value.
#[derive(Debug)]
pub struct Stored {
    /// The field's value: a text, not empty, on one line.
    pub value: Secret,
    /// The version that was read.
    pub version: u32,
    /// When that version was written (RFC 3339).
    pub created_time: String,
    /// What the platform team wrote beside the secret: `expires_at`, `reach`, …
    pub custom_metadata: BTreeMap<String, String>,
    /// The names of all fields, this one included.
    pub fields: Vec<String>,
    /// The read's id in the server's audit log.
    pub request_id: Option<String>,
}
