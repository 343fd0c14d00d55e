//! The receipt of a run while its story is still open, and the failure that ends the story early.

use std::time::Instant;

use build_token_report::Finding;

use crate::acquire::Release;
use crate::config::Flow;
use crate::findings;
use crate::keeper::Account;
use crate::plan::{Action, Plan};
use crate::receipt::{Delivery, GrantReceipt, Outcome, Receipt, Timings, VaultReceipt};
use crate::signals::Told;

/// Why there is no child: what to say, with the receipt of what happened.
pub struct Failure {
    /// The finding that ended it.
    pub finding: Box<Finding>,
    /// What is to be said beside it: a session that lives on.
    pub also: Vec<Finding>,
    /// The receipt; its findings are to be filled in by whoever renders them.
    pub receipt: Box<Receipt>,
    /// The exit code, where it is not the finding's.
    pub exit_code: Option<i32>,
}

impl Failure {
    /// The same, with how Vault was asked before.
    pub(crate) fn after(mut self, account: Option<Account>) -> Failure {
        self.also.extend(self.receipt.account(account));
        self
    }
}

impl Receipt {
    /// Writes down how Vault was asked; says so where a session lives on.
    pub(crate) fn account(&mut self, account: Option<Account>) -> Option<Finding> {
        let account = account?;
        self.vault = Some(VaultReceipt {
            url: account.url,
            flow: match account.flow {
                Flow::Inline => "inline",
                Flow::Login | Flow::Auto => "login",
            },
            requests: account.requests.into(),
            connections: account.connections.into(),
            session: match &account.release {
                Release::None => "none",
                Release::Revoked => "revoked",
                Release::Leaked(_) => "leaked",
            },
        });
        match account.release {
            Release::Leaked(leak) => Some(findings::leak(&leak)),
            Release::None | Release::Revoked => None,
        }
    }
}

/// The receipt while the story is still open.
pub(crate) struct Draft {
    pub receipt: Receipt,
    started: Instant,
}

impl Draft {
    pub fn new(masked: bool, started: Instant) -> Draft {
        Draft {
            receipt: Receipt {
                schema: 1,
                grants: Vec::new(),
                vault: None,
                delivery: Delivery {
                    env: false,
                    git: "none",
                    mask: masked,
                    isolation: "none",
                },
                child: None,
                timings_ms: Timings::default(),
                findings: serde_json::Value::Array(Vec::new()),
            },
            started,
        }
    }

    /// Until they are there, the grants that the job may have count as failed.
    pub fn expect(&mut self, plan: &Plan) {
        self.receipt.grants = plan
            .grants
            .iter()
            .map(|grant| GrantReceipt {
                name: grant.name.clone(),
                decision: match grant.action {
                    Action::Nothing(_) => Outcome::NotEntitled,
                    Action::Adopt(_) | Action::Fetch { .. } => Outcome::Failed,
                },
                source: None,
                secret: None,
                fingerprint: None,
                expires_at: None,
            })
            .collect();
    }

    pub fn failure(&self, finding: Finding) -> Failure {
        let mut receipt = self.receipt.clone();
        receipt.timings_ms.total = milliseconds(self.started);
        Failure {
            finding: Box::new(finding),
            also: Vec::new(),
            receipt: Box::new(receipt),
            exit_code: None,
        }
    }

    /// 128 + the signal, as a child would have ended.
    pub fn told(&self, told: Told) -> Failure {
        Failure {
            exit_code: Some(128 + told.signal),
            ..self.failure(findings::told(told))
        }
    }
}

/// Milliseconds since then.
pub(crate) fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
