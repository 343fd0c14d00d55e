//! What a run did, for machines: no secret in it, and the same keys always.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The receipt of one run, `"schema": 1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Receipt {
    /// The version of this format.
    pub schema: u32,
    /// What happened to each grant.
    pub grants: Vec<GrantReceipt>,
    /// How Vault was asked; null when it was not.
    pub vault: Option<VaultReceipt>,
    /// How the tokens were delivered.
    pub delivery: Delivery,
    /// How the child ended; null when there was none.
    pub child: Option<ChildReceipt>,
    /// How long it took.
    pub timings_ms: Timings,
    /// What was found, as the commands print it.
    #[schemars(with = "Vec<Value>")]
    pub findings: Value,
}

/// What happened to one grant.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GrantReceipt {
    /// The variable's name.
    pub name: String,
    /// What the gate and the acquisition made of it.
    pub decision: Outcome,
    /// Where the token came from; null without one.
    pub source: Option<TokenSource>,
    /// Where the secret is; null when it was not read.
    pub secret: Option<SecretReceipt>,
    /// The first eight hexadecimal digits of the token's SHA-256.
    pub fingerprint: Option<String>,
    /// When the token expires, as the secret's metadata say.
    pub expires_at: Option<String>,
}

/// What became of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The child has it.
    Granted,
    /// The job may not have it.
    NotEntitled,
    /// The job may have it, and did not get it.
    Failed,
}

/// Where a token came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenSource {
    /// Read from Vault.
    Vault,
    /// The variable was set before.
    Environment,
}

/// Where a secret is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SecretReceipt {
    /// The mount.
    pub mount: String,
    /// The path within the mount.
    pub path: String,
    /// The field.
    pub field: String,
    /// The version that was read; null where the engine has none.
    pub version: Option<u64>,
}

/// How Vault was asked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VaultReceipt {
    /// The server.
    pub url: String,
    /// `login` or `inline`.
    pub flow: &'static str,
    /// Requests that were sent.
    pub requests: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// `revoked`, `none` or `leaked`.
    pub session: &'static str,
}

/// How the tokens were delivered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Delivery {
    /// As variables of the child.
    pub env: bool,
    /// To git: `proxy`, `helper` or `none`.
    pub git: &'static str,
    /// Whether the child's output is masked.
    pub mask: bool,
    /// `landlock` or `none`.
    pub isolation: &'static str,
}

/// How the child ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChildReceipt {
    /// Its exit code, or 128 + the signal that killed it.
    pub exit_code: i32,
}

/// How long it took, in milliseconds.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Timings {
    /// From our start until all tokens were there.
    pub acquire: u64,
    /// From our start until the child's end.
    pub total: u64,
}
