//! From a plan to tokens: adopts what is there, fetches the rest, and uses what the platform team says
//! beside a token (`custom_metadata`): where it may go, and when it expires.

use std::time::Duration;

use build_token_expression::Comparison;
use build_token_http::{Client as Http, Settings, SystemTime};
use build_token_identity::JobContext;
use build_token_report::Finding;
use build_token_secret::Secret;
use build_token_vault::{SecretRef, Stored};

use crate::acquire::{self, Acquired};
use crate::plan::{Action, Fetch, Plan};
use crate::reach::{self, Reach};
use crate::receipt::{GrantReceipt, Outcome, SecretReceipt, TokenSource};
use crate::{findings, lifetime, transport};

/// What became of one grant.
pub struct Token {
    /// The variable's name.
    pub name: String,
    /// Where the token may be sent, the secret's own metadata considered.
    pub reach: Vec<Reach>,
    /// The token; `None` when the job is not entitled.
    pub token: Option<Secret>,
    /// The comparison that decided, where the gate said no.
    pub refused: Option<Comparison>,
    /// Where it was read, so that it can be read again.
    pub reference: Option<SecretRef>,
    /// Its part of the receipt.
    pub receipt: GrantReceipt,
}

/// All grants, and what is worth saying.
pub struct Obtained {
    /// The grants, in the plan's order.
    pub tokens: Vec<Token>,
    /// What is worth saying.
    pub findings: Vec<Finding>,
}

/// What the reading needs beside the plan.
#[derive(Clone)]
pub struct Means {
    /// How to connect.
    pub settings: Settings,
    /// The deadline over everything.
    pub limit: Duration,
    /// When the job has to end, in seconds since 1970, where that is known.
    pub job_ends_at: Option<i64>,
}

impl Means {
    /// What a plan needs in this job, within `limit`.
    #[must_use]
    pub fn new(context: &JobContext, plan: &Plan, limit: Duration) -> Means {
        let id_token = plan.fetch.as_ref().map(|fetch| &fetch.id_token);
        let id_token_ends = id_token.and_then(|id_token| id_token.claims().expires_at());
        Means {
            settings: transport::for_vault(context),
            limit,
            job_ends_at: lifetime::job_ends_at(context, id_token_ends),
        }
    }

    /// Asks Vault for `references`.
    #[must_use]
    pub fn acquire(&self, fetch: &Fetch, references: &[SecretRef]) -> Acquired {
        acquire::acquire(
            fetch,
            references,
            Http::new(self.settings.clone(), SystemTime),
            self.limit,
        )
    }
}

/// The references that a plan fetches, in its order.
#[must_use]
pub fn references(plan: &Plan) -> Vec<SecretRef> {
    plan.grants
        .iter()
        .filter_map(|grant| match &grant.action {
            Action::Fetch { reference, .. } => Some(reference.clone()),
            Action::Adopt(_) | Action::Nothing(_) => None,
        })
        .collect()
}

/// Puts a plan and what was read for it together.
///
/// # Errors
/// The secret's own metadata cannot be read; nothing is delivered then.
pub fn combine(plan: Plan, stored: Vec<Stored>, means: &Means) -> Result<Obtained, Box<Finding>> {
    let mut findings = Vec::new();
    let mut stored = stored.into_iter();
    let mut tokens = Vec::new();
    for grant in plan.grants {
        let mut receipt = GrantReceipt {
            name: grant.name.clone(),
            decision: Outcome::Granted,
            source: None,
            secret: None,
            fingerprint: None,
            expires_at: None,
        };
        let mut reach = grant.reach;
        let mut refused = None;
        let mut reference = None;
        let token = match grant.action {
            Action::Nothing(comparison) => {
                receipt.decision = Outcome::NotEntitled;
                refused = Some(comparison);
                None
            }
            Action::Adopt(token) => {
                receipt.source = Some(TokenSource::Environment);
                Some(token)
            }
            Action::Fetch {
                written,
                reference: from,
                notes,
            } => {
                findings.extend(findings::reference::notes(&notes, &written, &from));
                let read = stored
                    .next()
                    .ok_or_else(|| Box::new(findings::bug("a secret was planned and not read")))?;
                let narrowed = narrow(&grant.name, &from, &read, &mut reach)?;
                findings.extend(narrowed);
                findings.extend(expiry(&grant.name, &read, means, &mut receipt));
                receipt.source = Some(TokenSource::Vault);
                receipt.secret = Some(SecretReceipt {
                    mount: from.mount().to_owned(),
                    path: from.path().to_owned(),
                    field: from.field().to_owned(),
                    version: Some(read.version.into()),
                });
                reference = Some(from);
                Some(read.value)
            }
        };
        receipt.fingerprint = token
            .as_ref()
            .and_then(Secret::fingerprint)
            .map(|print| print.to_string());
        tokens.push(Token {
            name: grant.name,
            reach,
            token,
            refused,
            reference,
            receipt,
        });
    }
    Ok(Obtained { tokens, findings })
}

/// `custom_metadata.reach`: the platform team's word. What both it and the grant allow remains.
fn narrow(
    name: &str,
    from: &SecretRef,
    read: &Stored,
    reach: &mut Vec<Reach>,
) -> Result<Option<Finding>, Box<Finding>> {
    let Some(text) = read.custom_metadata.get("reach") else {
        return Ok(None);
    };
    let allowed = text
        .split([',', ' ', '\n'])
        .filter(|part| !part.is_empty())
        .map(Reach::parse)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Box::new(findings::metadata_reach(from, text, &error)))?;
    let narrowed = reach::intersection(reach, &allowed);
    let changed = *reach != narrowed;
    *reach = narrowed;
    Ok(changed.then(|| findings::narrowed(name, reach)))
}

/// `custom_metadata.expires_at` against the job's end.
fn expiry(name: &str, read: &Stored, means: &Means, receipt: &mut GrantReceipt) -> Option<Finding> {
    let text = read.custom_metadata.get("expires_at")?;
    let expires_at = lifetime::parse(text)?;
    receipt.expires_at = Some(lifetime::format(expires_at));
    let ends_at = means.job_ends_at?;
    (expires_at < ends_at).then(|| findings::expires_early(name, expires_at, ends_at))
}
