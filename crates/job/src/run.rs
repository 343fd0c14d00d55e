//! The story of `build-token run`: gate → plan → acquire → deliver → supervise → release.
//!
//! In two acts, so that what is to be said before the child speaks can be said: [`prepare`] ends with
//! everything ready, [`Prepared::execute`] starts the child and revokes the session while it starts.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use build_token_identity::JobContext;
use build_token_report::Finding;
use build_token_secret::{Masker, Secret};

use crate::acquire::Release;
use crate::agent::{Agent, Event, Offer, Refresh};
use crate::config::{ConfigFile, Flow};
use crate::credential::USER_NAME;
use crate::environment::Environment;
use crate::gate::Decision;
use crate::obtain::{self, Means, Obtained, Token};
use crate::plan::{self, Plan, Wishes};
use crate::receipt::{
    ChildReceipt, Delivery, GrantReceipt, Outcome, Receipt, Timings, VaultReceipt,
};
use crate::signals::{Interrupted, Signals, Told};
use crate::supervise::{self, Launch};
use crate::{delivery, findings, lifetime, names, transport};

/// How git gets at a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitDelivery {
    /// Our credential helper, in the child's environment only.
    Helper,
    /// Not at all.
    None,
}

/// What `run` is asked to do.
pub struct Request {
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// Which grants, and how to ask Vault.
    pub wishes: Wishes,
    /// Whether the child gets the variable.
    pub env: bool,
    /// How git gets at the token.
    pub git: GitDelivery,
    /// Whether the child's output is masked.
    pub mask: bool,
    /// The deadline of the acquisition.
    pub deadline: Duration,
    /// Variables that the child keeps although they hold an ID token or a Vault token.
    pub keep_env: BTreeSet<String>,
}

/// The process that we run in: everything that `prepare` needs of the outer world.
pub struct Surroundings {
    /// Our environment.
    pub environment: Environment,
    /// The reviewed file, where there is one.
    pub file: Option<ConfigFile>,
    /// Our own program, as an absolute path, for git.
    pub program: PathBuf,
    /// Where a private directory may be made.
    pub temporary: PathBuf,
    /// The working directory.
    pub directory: PathBuf,
    /// Seconds since 1970.
    pub now: i64,
    /// When we were started.
    pub started: Instant,
}

impl Surroundings {
    /// Where git is told of our helper, when it runs in `directory`.
    #[must_use]
    pub fn place<'s>(&'s self, directory: &'s Path) -> delivery::Place<'s> {
        delivery::Place {
            program: &self.program,
            temporary: &self.temporary,
            checkout: &self.directory,
            directory,
        }
    }
}

/// Why there is no child: what to say, with the receipt of what happened.
pub struct Failure {
    /// The finding that ended it.
    pub finding: Box<Finding>,
    /// The receipt; its findings are to be filled in by whoever renders them.
    pub receipt: Box<Receipt>,
    /// The exit code, where it is not the finding's.
    pub exit_code: Option<i32>,
}

/// Everything ready for the child.
pub struct Prepared {
    launch: Launch,
    masker: Option<Masker>,
    agent: Option<Agent>,
    signals: Signals,
    obtained: Obtained,
    receipt: Receipt,
    started: Instant,
}

/// The end of the story.
pub struct Finished {
    /// The child's exit code, or 128 + the signal that killed it.
    pub exit_code: i32,
    /// What is to be said after the child.
    pub findings: Vec<Finding>,
    /// The receipt; its findings are to be filled in.
    pub receipt: Receipt,
    /// The grants whose token was renewed while the child ran.
    pub renewed: Vec<String>,
}

/// Decides, fetches, and makes the child's environment.
///
/// # Errors
/// Why there will be no child. What was opened is closed.
pub fn prepare(request: &Request, surroundings: Surroundings) -> Result<Prepared, Failure> {
    let context = surroundings.environment.context();
    let mut draft = Draft::new(request, &surroundings);
    let plan = plan::make(
        surroundings.file.as_ref(),
        &context,
        &request.wishes,
        surroundings.now,
    )
    .map_err(|error| draft.failure(findings::plan(&error)))?;
    draft.expect(&plan);
    let signals = Signals::listen().map_err(|error| draft.failure(findings::bug(error)))?;
    let masker = Masker::new();
    mask_identity(&masker, &surroundings.environment, &plan.id_token_name);
    let id_token_name = plan.id_token_name.clone();
    let (obtained, renewal) = obtain(plan, &context, request, &signals, &mut draft)?;
    for token in obtained
        .tokens
        .iter()
        .filter_map(|token| token.token.as_ref())
    {
        masker.add(token);
    }

    let mut child = surroundings.environment.clone();
    child.remove_identity(&id_token_name, &request.keep_env);
    let dangers = child.neutralise();
    for token in &obtained.tokens {
        if let Some(value) = &token.token {
            if request.env {
                // The variable is the way of delivery that was asked for.
                child.set(&token.name, value.expose());
            } else {
                child.remove(&token.name);
                child.remove_value(value, &request.keep_env);
            }
        }
    }
    let agent = match request.git {
        GitDelivery::None => None,
        GitDelivery::Helper => {
            let place = surroundings.place(&surroundings.directory);
            let offers = offers(&obtained.tokens, &renewal);
            delivery::to_git(offers, &masker, place, &mut child)
                .map_err(|error| draft.failure(findings::no_directory(&error)))?
        }
    };
    if let Some(told) = signals.told() {
        return Err(draft.told(told));
    }
    let mut receipt = draft.receipt;
    receipt.grants = obtained
        .tokens
        .iter()
        .map(|token| token.receipt.clone())
        .collect();
    receipt.delivery.env = request.env && obtained.tokens.iter().any(|token| token.token.is_some());
    receipt.delivery.git = if agent.is_some() { "helper" } else { "none" };
    receipt.timings_ms.acquire = milliseconds(surroundings.started);
    let mut obtained = obtained;
    obtained
        .findings
        .extend(dangers.into_iter().filter_map(findings::danger));
    let (program, arguments) = match request.command.split_first() {
        Some((program, arguments)) => (program.clone(), arguments.to_vec()),
        None => (OsString::new(), Vec::new()),
    };
    Ok(Prepared {
        launch: Launch {
            program,
            arguments,
            environment: child,
        },
        masker: request.mask.then_some(masker),
        agent,
        signals,
        obtained,
        receipt,
        started: surroundings.started,
    })
}

impl Prepared {
    /// What is to be said before the child speaks.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.obtained.findings
    }

    /// The grants that the job is not entitled to, with what decided.
    pub fn not_entitled(&self) -> impl Iterator<Item = (&str, &Decision)> {
        self.obtained
            .tokens
            .iter()
            .filter_map(|token| Some((token.name.as_str(), token.refused.as_ref()?)))
    }

    /// The grants that the child gets.
    pub fn granted(&self) -> impl Iterator<Item = &GrantReceipt> {
        self.receipt
            .grants
            .iter()
            .filter(|grant| grant.decision == Outcome::Granted)
    }

    /// Runs the child. The Vault session is revoked while the child starts, and on every other way
    /// out too.
    ///
    /// # Errors
    /// The child could not be started.
    pub fn execute(mut self) -> Result<Finished, Failure> {
        let launched = supervise::start(&self.launch, self.masker.as_ref());
        if let Ok(running) = &launched {
            self.signals.forward_to(running.pid());
        }
        let mut said = self.release();
        let running = match launched {
            Ok(running) => running,
            Err(error) => {
                self.receipt.timings_ms.total = milliseconds(self.started);
                return Err(Failure {
                    finding: Box::new(findings::launch(&error)),
                    receipt: Box::new(self.receipt),
                    exit_code: None,
                });
            }
        };
        let outcome = running.wait();
        let mut renewed = Vec::new();
        for event in self
            .agent
            .take()
            .map(|agent| agent.events())
            .unwrap_or_default()
        {
            match event {
                Event::Renewed { name } => renewed.push(name),
                other => said.extend(findings::agent(&other)),
            }
        }
        self.receipt.child = Some(ChildReceipt {
            exit_code: outcome.exit_code,
        });
        self.receipt.timings_ms.total = milliseconds(self.started);
        Ok(Finished {
            exit_code: outcome.exit_code,
            findings: said,
            receipt: self.receipt,
            renewed,
        })
    }

    fn release(&mut self) -> Vec<Finding> {
        let Some(asked) = &mut self.obtained.asked else {
            return Vec::new();
        };
        let release = asked.release();
        let statistics = asked.client().http().statistics();
        self.receipt.vault = Some(VaultReceipt {
            url: asked.client().server().url.to_string(),
            flow: if asked.flow() == Flow::Inline {
                "inline"
            } else {
                "login"
            },
            requests: statistics.requests.into(),
            connections: statistics.connections.into(),
            session: match release {
                Release::None => "none",
                Release::Revoked => "revoked",
                Release::Leaked(_) => "leaked",
            },
        });
        match release {
            Release::Leaked(leak) => vec![findings::leak(&leak)],
            Release::None | Release::Revoked => Vec::new(),
        }
    }
}

/// What is needed to read the secrets once more, hours later.
type Renewal = Option<(std::sync::Arc<plan::Fetch>, Means)>;

fn obtain(
    plan: Plan,
    context: &JobContext,
    request: &Request,
    signals: &Signals,
    draft: &mut Draft,
) -> Result<(Obtained, Renewal), Failure> {
    let mut plan = plan;
    let id_token_ends = plan
        .fetch
        .as_ref()
        .and_then(|fetch| fetch.id_token.claims().expires_at());
    let means = Means {
        settings: transport::for_vault(context),
        limit: request.deadline,
        job_ends_at: lifetime::job_ends_at(context, id_token_ends),
    };
    let Some(fetch) = plan.fetch.take() else {
        let obtained =
            obtain::combine(plan, None, &means).map_err(|finding| draft.failure(*finding))?;
        return Ok((obtained, None));
    };
    let fetch = std::sync::Arc::new(fetch);
    let references = obtain::references(&plan);
    let (worker_fetch, worker_means) = (std::sync::Arc::clone(&fetch), means.clone());
    let acquired = signals
        .unless_told(move || worker_means.acquire(&worker_fetch, &references))
        .map_err(|interrupted| match interrupted {
            Interrupted::Told(told) => draft.told(told),
            Interrupted::Panicked => draft.failure(findings::bug(interrupted)),
        })?
        .map_err(|error| draft.failure(findings::vault::finding(&error, &fetch)))?;
    let obtained =
        obtain::combine(plan, Some(acquired), &means).map_err(|finding| draft.failure(*finding))?;
    Ok((obtained, Some((fetch, means))))
}

/// What git may have: every token, with the way to a new one.
fn offers(tokens: &[Token], renewal: &Renewal) -> Vec<Offer> {
    tokens
        .iter()
        .filter_map(|token| {
            Some(Offer {
                name: token.name.clone(),
                reach: token.reach.clone(),
                user_name: USER_NAME,
                token: token.token.clone()?,
                refresh: refresh(token, renewal),
            })
        })
        .collect()
}

/// How the agent fetches a token anew: login, read, revoke, as at the start.
fn refresh(token: &Token, renewal: &Renewal) -> Option<Refresh> {
    let reference = token.reference.clone()?;
    let (fetch, means) = renewal.clone()?;
    Some(Box::new(move || {
        let mut acquired = means
            .acquire(&fetch, std::slice::from_ref(&reference))
            .map_err(|error| error.to_string())?;
        acquired.asked.release();
        let read = acquired.stored.pop().ok_or("nothing was read")?;
        Ok(read.value)
    }))
}

/// The ID token and Vault's tokens are masked too, whoever gets to print them.
fn mask_identity(masker: &Masker, environment: &Environment, id_token_name: &str) {
    for name in [id_token_name, names::VAULT_ID_TOKEN]
        .into_iter()
        .chain(names::CLIENT_TOKENS)
    {
        if let Some(value) = environment.get(name).and_then(|value| value.to_str()) {
            masker.add(&Secret::new(value));
        }
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The receipt while the story is still open.
struct Draft {
    receipt: Receipt,
    started: Instant,
}

impl Draft {
    fn new(request: &Request, surroundings: &Surroundings) -> Draft {
        Draft {
            receipt: Receipt {
                schema: 1,
                grants: Vec::new(),
                vault: None,
                delivery: Delivery {
                    env: false,
                    git: "none",
                    mask: request.mask,
                    isolation: "none",
                },
                child: None,
                timings_ms: Timings::default(),
                findings: serde_json::Value::Array(Vec::new()),
            },
            started: surroundings.started,
        }
    }

    /// Until they are there, the grants that the job may have count as failed.
    fn expect(&mut self, plan: &Plan) {
        self.receipt.grants = plan
            .grants
            .iter()
            .map(|grant| GrantReceipt {
                name: grant.name.clone(),
                decision: match grant.action {
                    plan::Action::Nothing(_) => Outcome::NotEntitled,
                    plan::Action::Adopt(_) | plan::Action::Fetch { .. } => Outcome::Failed,
                },
                source: None,
                secret: None,
                fingerprint: None,
                expires_at: None,
            })
            .collect();
    }

    fn failure(&self, finding: Finding) -> Failure {
        let mut receipt = self.receipt.clone();
        receipt.timings_ms.total = milliseconds(self.started);
        Failure {
            finding: Box::new(finding),
            receipt: Box::new(receipt),
            exit_code: None,
        }
    }

    /// 128 + the signal, as a child would have ended.
    fn told(&self, told: Told) -> Failure {
        Failure {
            exit_code: Some(128 + told.signal),
            ..self.failure(findings::told(told))
        }
    }
}
