//! What a run will do, decided before anything is done: per grant adopt, fetch, or nothing; and, only
//! where something is to be fetched, whom to ask with which ID token.

use build_token_expression::Comparison;
use build_token_identity::{IdToken, IdTokenError, JobContext};
use build_token_secret::Secret;
use build_token_vault::{Note, RefError, SecretRef};

use crate::config::{ConfigFile, Flow};
use crate::connection::{self, Connection, ConnectionError};
use crate::gate::{self, Decision, GateError};
use crate::grants::{self, Grant, GrantError, Said};
use crate::reach::Reach;

/// What was asked of us on the command line.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The grants to handle; all when empty.
    pub tokens: Vec<String>,
    /// How to ask Vault; the file's word when `None`.
    pub flow: Option<Flow>,
    /// A job that is not entitled is refused, whatever the grant says (`get`).
    pub required: bool,
}

/// The plan of a run.
#[derive(Debug)]
pub struct Plan {
    /// The grants, in the file's order.
    pub grants: Vec<PlannedGrant>,
    /// Whom to ask; `None` when nothing is to be fetched.
    pub fetch: Option<Fetch>,
    /// The ID token's variable, which no child sees.
    pub id_token_name: String,
}

impl Plan {
    /// Keeps only these grants; where none of them is fetched, nobody is asked.
    pub fn keep(&mut self, wanted: impl FnMut(&PlannedGrant) -> bool) {
        self.grants.retain(wanted);
        if !fetches(&self.grants) {
            self.fetch = None;
        }
    }
}

fn fetches(grants: &[PlannedGrant]) -> bool {
    grants
        .iter()
        .any(|grant| matches!(grant.action, Action::Fetch { .. }))
}

/// One grant and what happens to it.
#[derive(Debug)]
pub struct PlannedGrant {
    /// The name of the variable.
    pub name: String,
    /// Where the token may be sent.
    pub reach: Vec<Reach>,
    /// What happens.
    pub action: Action,
}

/// What happens to a grant.
#[derive(Debug)]
pub enum Action {
    /// The variable is set already: its value is used and never fetched again.
    Adopt(Secret),
    /// It is read from Vault.
    Fetch {
        /// Where it is, as it was written.
        written: String,
        /// Where it is.
        reference: SecretRef,
        /// What is worth saying about how the reference was written.
        notes: Vec<Note>,
    },
    /// The job is not entitled.
    Nothing(Comparison),
}

/// Whom to ask.
#[derive(Debug)]
pub struct Fetch {
    /// The server and the login.
    pub connection: Connection,
    /// Who the job is.
    pub id_token: IdToken,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The grants are wrong.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A condition cannot be decided.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The job is not entitled, and the token is required.
    #[error("{name} is required")]
    Required {
        /// The grant.
        name: String,
        /// Its condition.
        when: Said,
        /// What the gate said.
        comparison: Comparison,
    },
    /// Nothing says which secret is wanted.
    #[error("no secret for {name}")]
    NoSecret {
        /// The grant.
        name: String,
    },
    /// The secret reference cannot be used.
    #[error("secret of {name}: {error}")]
    Reference {
        /// The grant.
        name: String,
        /// The reference, as it was written.
        said: Said,
        /// What is wrong.
        error: RefError,
    },
    /// The variable that was set before cannot be a token.
    #[error("variable {name}: {problem:?}")]
    Adopted {
        /// The grant.
        name: String,
        /// What is wrong.
        problem: AdoptedProblem,
    },
    /// Vault cannot be asked.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The ID token's variable is not set.
    #[error("no ID token: {variable} is not set")]
    NoIdToken {
        /// The variable.
        variable: String,
    },
    /// There is no usable ID token.
    #[error("ID token in {variable}: {error}")]
    IdToken {
        /// The variable.
        variable: String,
        /// What is wrong.
        error: IdTokenError,
    },
    /// The ID token has expired.
    #[error("ID token in {variable} expired at {expires_at}")]
    Expired {
        /// The variable.
        variable: String,
        /// When, in seconds since 1970.
        expires_at: i64,
        /// Our clock, in seconds since 1970.
        now: i64,
    },
}

/// Why a variable's value cannot be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdoptedProblem {
    /// It is the path of a file: `file:` defaults to true in GitLab's `secrets:`.
    Path,
    /// It has a line break or another control character in it.
    ControlCharacter,
}

/// Makes the plan. `now` is in seconds since 1970.
///
/// # Errors
/// Why there is none.
pub fn make(
    file: Option<&ConfigFile>,
    context: &JobContext,
    wishes: &Wishes,
    now: i64,
) -> Result<Plan, PlanError> {
    let id_token_name = connection::id_token_name(file, context)?;
    let grants = grants::resolve(file, context, &wishes.tokens)?
        .into_iter()
        .map(|grant| plan_grant(grant, context, wishes.required))
        .collect::<Result<Vec<_>, _>>()?;
    let fetch = if fetches(&grants) {
        let connection = connection::resolve(file, context, wishes.flow)?;
        let id_token = id_token(context, &id_token_name, now)?;
        Some(Fetch {
            connection,
            id_token,
        })
    } else {
        None
    };
    Ok(Plan {
        grants,
        fetch,
        id_token_name,
    })
}

fn plan_grant(
    grant: Grant,
    context: &JobContext,
    required: bool,
) -> Result<PlannedGrant, PlanError> {
    let action = match gate::decide(&grant, context)? {
        Decision::NotEntitled(comparison) if required || grant.required => {
            return Err(PlanError::Required {
                name: grant.name,
                when: grant.when_said,
                comparison,
            });
        }
        Decision::NotEntitled(comparison) => Action::Nothing(comparison),
        Decision::Granted => match context.get(&grant.name).filter(|value| !value.is_empty()) {
            Some(value) => Action::Adopt(adopt(&grant.name, value)?),
            None => fetch_grant(&grant, context)?,
        },
    };
    Ok(PlannedGrant {
        name: grant.name,
        reach: grant.reach,
        action,
    })
}

fn adopt(name: &str, value: &str) -> Result<Secret, PlanError> {
    let problem = if value.starts_with('/') {
        Some(AdoptedProblem::Path)
    } else if value.chars().any(char::is_control) {
        Some(AdoptedProblem::ControlCharacter)
    } else {
        None
    };
    match problem {
        Some(problem) => Err(PlanError::Adopted {
            name: name.to_owned(),
            problem,
        }),
        None => Ok(Secret::new(value)),
    }
}

fn fetch_grant(grant: &Grant, context: &JobContext) -> Result<Action, PlanError> {
    let said = grant.secret.as_ref().ok_or_else(|| PlanError::NoSecret {
        name: grant.name.clone(),
    })?;
    let expand = |name: &str| context.get(name).map(str::to_owned);
    let parsed = SecretRef::parse(&said.value, &expand).map_err(|error| PlanError::Reference {
        name: grant.name.clone(),
        said: said.clone(),
        error,
    })?;
    Ok(Action::Fetch {
        written: said.value.clone(),
        reference: parsed.reference,
        notes: parsed.notes,
    })
}

fn id_token(context: &JobContext, variable: &str, now: i64) -> Result<IdToken, PlanError> {
    let value = context.get(variable).ok_or_else(|| PlanError::NoIdToken {
        variable: variable.to_owned(),
    })?;
    let id_token = IdToken::parse(value).map_err(|error| PlanError::IdToken {
        variable: variable.to_owned(),
        error,
    })?;
    match id_token.claims().expires_at() {
        Some(expires_at) if expires_at + LEEWAY_SECONDS < now => Err(PlanError::Expired {
            variable: variable.to_owned(),
            expires_at,
            now,
        }),
        _ => Ok(id_token),
    }
}

/// Vault's default `clock_skew_leeway`: it would still accept a token that is younger than this.
const LEEWAY_SECONDS: i64 = 60;
