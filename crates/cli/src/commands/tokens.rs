//! What `get`, `env`, `git-credential`, `sources` and `token kill` share: the tokens of this job,
//! without a child.

use std::time::{Duration, Instant};

use build_token_job::acquire::Release;
use build_token_job::credential::Question;
use build_token_job::findings;
use build_token_job::obtain::{self, Means, Token};
use build_token_job::plan::{self, Plan, Wishes};
use build_token_job::run::Surroundings;
use build_token_job::supervise;
use build_token_report::{Code, Finding, Reason};
use build_token_secret::Secret;

use crate::args::Common;
use crate::outcome::Failed;
use crate::surroundings::{self, Search};
use crate::ui::Ui;

/// How long fetching may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The tokens with these names, all when there are none; and where we are.
///
/// # Errors
/// Why there are none. What was opened is closed.
pub fn obtain(
    names: &[String],
    required: bool,
    common: &Common,
    started: Instant,
    ui: &Ui,
) -> Result<(Vec<Token>, Surroundings), Failed> {
    supervise::harden();
    let surroundings = surroundings::read(common, started, Search::Usual)?;
    let tokens = obtain_here(names, required, &surroundings, ui)?;
    Ok((tokens, surroundings))
}

/// The token with this name, or the only one that there is; a job that is not entitled is refused.
///
/// # Errors
/// Why there is none. What was opened is closed.
pub fn obtain_one(
    name: Option<&str>,
    common: &Common,
    started: Instant,
    ui: &Ui,
) -> Result<(Token, Secret, Surroundings), Failed> {
    supervise::harden();
    let surroundings = surroundings::read(common, started, Search::Usual)?;
    let wanted: Vec<String> = name.into_iter().map(str::to_owned).collect();
    let plan = make_plan(&wanted, true, &surroundings)?;
    only(&plan)?;
    let token = carry_out(plan, &surroundings, ui)?.pop();
    match token.map(|mut token| (token.token.take(), token)) {
        Some((Some(secret), token)) => Ok((token, secret, surroundings)),
        _ => Err(findings::bug("a required token is missing").into()),
    }
}

/// The same where it is known already where we are, and memory is hardened.
///
/// # Errors
/// Why there are none. What was opened is closed.
pub fn obtain_here(
    names: &[String],
    required: bool,
    surroundings: &Surroundings,
    ui: &Ui,
) -> Result<Vec<Token>, Failed> {
    let plan = make_plan(names, required, surroundings)?;
    carry_out(plan, surroundings, ui)
}

/// The tokens that may be sent where git asks for a credential; nobody is asked where there are none.
///
/// # Errors
/// Why there are none.
pub fn obtain_for(
    question: &Question,
    common: &Common,
    started: Instant,
    ui: &Ui,
) -> Result<Vec<Token>, Failed> {
    let surroundings = surroundings::read(common, started, Search::Never)?;
    let mut plan = make_plan(&[], false, &surroundings)?;
    plan.keep(|grant| question.lies_within(&grant.reach));
    carry_out(plan, &surroundings, ui)
}

fn make_plan(
    names: &[String],
    required: bool,
    surroundings: &Surroundings,
) -> Result<Plan, Failed> {
    let wishes = Wishes {
        tokens: names.to_vec(),
        flow: None,
        required,
    };
    let context = &surroundings.context;
    Ok(plan::make(
        surroundings.file.as_ref(),
        context,
        &wishes,
        surroundings.now,
    )
    .map_err(|error| findings::plan(&error))?)
}

fn carry_out(mut plan: Plan, surroundings: &Surroundings, ui: &Ui) -> Result<Vec<Token>, Failed> {
    let means = Means::new(&surroundings.context, &plan, LIMIT);
    let stored = match plan.fetch.take() {
        None => Vec::new(),
        Some(fetch) => {
            let mut acquired = means.acquire(&fetch, &obtain::references(&plan));
            // A server that does not let its session go may repeat what it gave.
            for read in acquired.stored.iter().flatten() {
                ui.learn(&read.value);
            }
            if let Release::Leaked(leak) = acquired.asked.release() {
                ui.tell(&findings::leak(&leak));
            }
            acquired
                .stored
                .map_err(|error| findings::vault::finding(&error, &fetch))?
        }
    };
    let obtained = obtain::combine(plan, stored, &means)?;
    let tokens = obtained.tokens.iter().filter_map(|one| one.token.as_ref());
    tokens.for_each(|token| ui.learn(token));
    obtained
        .findings
        .iter()
        .for_each(|finding| ui.tell(finding));
    Ok(obtained.tokens)
}

/// Whether there is one grant, so that it need not be named.
fn only(plan: &Plan) -> Result<(), Failed> {
    if plan.grants.len() == 1 {
        return Ok(());
    }
    let names: Vec<&str> = plan
        .grants
        .iter()
        .map(|grant| grant.name.as_str())
        .collect();
    Err(Finding::new(Code::C25)
        .because(
            "problem",
            Reason::new("reason-several-grants").with("names", names.join(", ")),
        )
        .because("reason", Reason::new("reason-several-grants-why"))
        .because("remedy", Reason::new("reason-several-grants-fix"))
        .into())
}
