//! The story of `build-token run`: gate → plan → acquire → deliver → supervise → release.
//!
//! In two acts, so that what is to be said before the child speaks can be said: [`prepare`] ends with
//! everything ready, [`Prepared::execute`] starts the child and revokes the session while it starts.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use build_token_expression::Comparison;
use build_token_identity::JobContext;
use build_token_report::Finding;
use build_token_secret::{Masker, Secret};

use crate::agent::{Agent, Event};
pub use crate::draft::Failure;
use crate::draft::{Draft, milliseconds};
use crate::environment::{Danger, Environment};
use crate::keeper::{Keeper, Panicked};
use crate::obtain::{self, Means, Obtained};
use crate::plan::{self, Plan, Wishes};
use crate::receipt::{ChildReceipt, GrantReceipt, Outcome, Receipt};
use crate::renewal::{Renewal, offers};
use crate::signals::Signals;
use crate::supervise::{self, Launch};
pub use crate::surroundings::Surroundings;
use crate::{delivery, findings, names};

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

/// Everything ready for the child.
pub struct Prepared {
    launch: Launch,
    masker: Option<Masker>,
    agent: Option<Agent>,
    signals: Signals,
    keeper: Option<Keeper>,
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
    let context = &surroundings.context;
    let mut draft = Draft::new(request.mask, surroundings.started);
    let plan = plan::make(
        surroundings.file.as_ref(),
        context,
        &request.wishes,
        surroundings.now,
    )
    .map_err(|error| draft.failure(findings::plan(&error)))?;
    draft.expect(&plan);
    let mut signals = Signals::collect().map_err(|error| draft.failure(findings::bug(error)))?;
    let masker = Masker::new();
    mask_identity(&masker, &surroundings.environment, &plan.id_token_name);
    let id_token_name = plan.id_token_name.clone();
    let (mut obtained, renewal, keeper) = obtain(plan, context, request, &mut signals, &draft)?;
    mask_tokens(&masker, &obtained, &surroundings.environment);
    let (mut child, dangers) = child_environment(request, &surroundings, &obtained, &id_token_name);
    let agent = match request.git {
        GitDelivery::None => None,
        GitDelivery::Helper => {
            let place = surroundings.place(&surroundings.directory);
            let offers = offers(&obtained.tokens, &renewal);
            match delivery::to_git(offers, &masker, place, &mut child) {
                Ok(agent) => agent,
                Err(error) => {
                    let failure = draft.failure(findings::no_directory(&error));
                    return Err(failure.after(keeper.and_then(Keeper::finish)));
                }
            }
        }
    };
    if let Err(told) = signals.told() {
        return Err(draft.told(told).after(keeper.and_then(Keeper::finish)));
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
    if !request.env && agent.is_none() {
        let delivered_nowhere = obtained.tokens.iter().filter(|token| token.token.is_some());
        let said: Vec<Finding> = delivered_nowhere.map(findings::not_delivered).collect();
        obtained.findings.extend(said);
    }
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
        keeper,
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
    pub fn not_entitled(&self) -> impl Iterator<Item = (&str, &Comparison)> {
        self.obtained
            .tokens
            .iter()
            .filter_map(|token| Some((token.name.as_str(), token.refused.as_ref()?)))
    }

    /// The tokens themselves, for whoever must not repeat them.
    pub fn tokens(&self) -> impl Iterator<Item = &Secret> {
        let tokens = self.obtained.tokens.iter();
        tokens.filter_map(|token| token.token.as_ref())
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
        if let Some(keeper) = &mut self.keeper {
            keeper.release();
        }
        let outcome = match launched {
            Ok(running) => running.attend(&mut self.signals, self.agent.as_ref()),
            Err(error) => return Err(self.failure(findings::launch(&error))),
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return Err(self.failure(findings::bug(error))),
        };
        let account = self.keeper.take().and_then(Keeper::finish);
        let mut said: Vec<Finding> = self.receipt.account(account).into_iter().collect();
        let mut renewed = Vec::new();
        let agent = self.agent.take();
        for event in agent.map(|agent| agent.events()).unwrap_or_default() {
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

    fn failure(mut self, finding: Finding) -> Failure {
        self.receipt.timings_ms.total = milliseconds(self.started);
        let failure = Failure {
            finding: Box::new(finding),
            also: Vec::new(),
            receipt: Box::new(self.receipt),
            exit_code: None,
        };
        failure.after(self.keeper.and_then(Keeper::finish))
    }
}

/// Ours, without what no child gets, with the tokens where they were asked for.
fn child_environment(
    request: &Request,
    surroundings: &Surroundings,
    obtained: &Obtained,
    id_token_name: &str,
) -> (Environment, Vec<Danger>) {
    let mut child = surroundings.environment.clone();
    child.remove_identity(id_token_name, &request.keep_env);
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
    (child, dangers)
}

fn obtain(
    mut plan: Plan,
    context: &JobContext,
    request: &Request,
    signals: &mut Signals,
    draft: &Draft,
) -> Result<(Obtained, Renewal, Option<Keeper>), Failure> {
    let means = Means::new(context, &plan, request.deadline);
    let combine = |plan, stored| {
        obtain::combine(plan, stored, &means).map_err(|finding| draft.failure(*finding))
    };
    let Some(fetch) = plan.fetch.take() else {
        return Ok((combine(plan, Vec::new())?, None, None));
    };
    let bug = |error: io::Error| draft.failure(findings::bug(error));
    let fetch = Arc::new(fetch);
    let references = obtain::references(&plan);
    let (its_fetch, its_means) = (Arc::clone(&fetch), means.clone());
    let keeper = Keeper::start(move || its_means.acquire(&its_fetch, &references)).map_err(bug)?;
    if let Err(told) = signals.until(keeper.done()).map_err(bug)? {
        return Err(draft.told(told).after(keeper.abandon()));
    }
    let stored = keeper
        .result()
        .map_err(|Panicked| draft.failure(findings::bug("the acquisition panicked")))?
        .map_err(|error| draft.failure(findings::vault::finding(&error, &fetch)));
    match stored.and_then(|stored| combine(plan, stored)) {
        Ok(obtained) => Ok((obtained, Some((fetch, means)), Some(keeper))),
        Err(failure) => Err(failure.after(keeper.finish())),
    }
}

/// Every token is masked, also one that somebody set for a job that is not entitled.
fn mask_tokens(masker: &Masker, obtained: &Obtained, environment: &Environment) {
    for token in &obtained.tokens {
        match &token.token {
            Some(value) => masker.add(value),
            None => mask_variable(masker, environment, &token.name),
        }
    }
}

/// The ID token and Vault's tokens are masked too, whoever gets to print them.
fn mask_identity(masker: &Masker, environment: &Environment, id_token_name: &str) {
    for name in names::of_identity(id_token_name) {
        mask_variable(masker, environment, name);
    }
}

fn mask_variable(masker: &Masker, environment: &Environment, name: &str) {
    if let Some(value) = environment.get(name).and_then(|value| value.to_str()) {
        masker.add(&Secret::new(value));
    }
}
