//! Decides a grant for a job context: granted, or not entitled. No I/O, and no third answer that looks
//! like the second: what cannot be decided is an error.

use build_token_expression::Comparison;
use build_token_identity::JobContext;

use crate::grants::{Grant, Said};

/// What the gate decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The job may have the token.
    Granted,
    /// It may not, and this comparison decided.
    NotEntitled(Comparison),
}

/// The condition cannot be decided.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// It uses variables that are not set: GitLab's language would quietly take them for null, and a
    /// job would run without its token while nothing says so.
    #[error("undefined in the condition of {name}: {variables:?}")]
    Undefined {
        /// The grant.
        name: String,
        /// The condition.
        when: Said,
        /// The variables that are not set, each once.
        variables: Vec<String>,
    },
    /// It cannot be evaluated: a pattern from a variable is none.
    #[error("condition of {name}: {problem}")]
    Evaluation {
        /// The grant.
        name: String,
        /// The condition.
        when: Said,
        /// What is wrong.
        problem: String,
    },
}

/// Decides one grant.
///
/// A variable that the condition compares with `null` may be undefined: its author has asked just that.
///
/// # Errors
/// The condition cannot be decided for this job.
pub fn decide(grant: &Grant, context: &JobContext) -> Result<Decision, GateError> {
    let undefined: Vec<String> = grant
        .when
        .variables_that_must_be_set()
        .into_iter()
        .filter(|name| context.get(name).is_none())
        .map(str::to_owned)
        .collect();
    if !undefined.is_empty() {
        return Err(GateError::Undefined {
            name: grant.name.clone(),
            when: grant.when_said.clone(),
            variables: undefined,
        });
    }
    let decision = grant
        .when
        .decide(&|name: &str| context.get(name).map(str::to_owned));
    match decision.deciding {
        Some(_) if decision.result => Ok(Decision::Granted),
        Some(comparison) => Ok(Decision::NotEntitled(comparison)),
        None => Err(GateError::Evaluation {
            name: grant.name.clone(),
            when: grant.when_said.clone(),
            problem: decision
                .error
                .map_or_else(String::new, |error| error.to_string()),
        }),
    }
}
