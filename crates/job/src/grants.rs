//! Which grants there are: the file's, or the one that the environment names. The file's values are
//! pins: a variable that differs is refused, never obeyed, since pipeline variables can be set by
//! whoever may start a pipeline and the file is reviewed.

use build_token_expression::{Expression, ParseError};
use build_token_identity::JobContext;
use serde_saphyr::Spanned;

use crate::config::{ConfigFile, TokenSection};
use crate::names;
use crate::reach::{Reach, ReachError};
use crate::yaml::{Spot, nearest};

/// Who said a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file.
    File(Spot),
    /// A variable.
    Variable(&'static str),
    /// Nobody: it is our default.
    Default,
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The value, as it was written.
    pub value: String,
    /// Who said it.
    pub by: Origin,
}

/// One grant: which jobs may have which build token, and where it may be sent.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The name of the variable that the job gets.
    pub name: String,
    /// The condition.
    pub when: Expression,
    /// The condition's text and origin.
    pub when_said: Said,
    /// The secret reference's text; `None` where nothing says it.
    pub secret: Option<Said>,
    /// Where the token may be sent; empty: it is never given to git.
    pub reach: Vec<Reach>,
    /// Whether a job that is not entitled is refused.
    pub required: bool,
}

/// Why there are no grants to decide about.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GrantError {
    /// A variable differs from what the file pins.
    #[error("{variable} differs from the file")]
    Pinned {
        /// Where the file says it.
        spot: Option<Spot>,
        /// The file's key.
        key: String,
        /// The file's value.
        pinned: String,
        /// The variable.
        variable: &'static str,
        /// The variable's value.
        value: String,
    },
    /// `BUILD_TOKEN_REACH` has a prefix that is not within the file's reach.
    #[error("reach {value} is wider than the file's")]
    WiderReach {
        /// The prefix.
        value: String,
        /// The file's reach.
        pinned: Vec<String>,
        /// The grant.
        name: String,
    },
    /// A reach cannot be read.
    #[error("reach {text}: {error}")]
    Reach {
        /// What was written.
        text: String,
        /// Who wrote it.
        by: Origin,
        /// What is wrong.
        error: ReachError,
    },
    /// A condition cannot be read.
    #[error("condition {text}: {error}")]
    When {
        /// What was written.
        text: String,
        /// Who wrote it.
        by: Origin,
        /// What is wrong, in GitLab's words.
        error: ParseError,
    },
    /// A name that no variable can have.
    #[error("{name} is no variable's name")]
    Name {
        /// The name.
        name: String,
        /// Who said it.
        by: Origin,
    },
    /// `--token NAME` names none of them.
    #[error("no grant {name}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The grants that there are.
        known: Vec<String>,
        /// The one that looks like it.
        suggestion: Option<String>,
    },
}

/// The grants of this job, in the file's order; `wanted` names those to keep (all when empty).
///
/// # Errors
/// What is wrong with them.
pub fn resolve(
    file: Option<&ConfigFile>,
    context: &JobContext,
    wanted: &[String],
) -> Result<Vec<Grant>, GrantError> {
    let mut grants = match file {
        Some(file) if !file.document.tokens.0.is_empty() => from_file(file, context)?,
        _ => vec![from_environment(context)?],
    };
    for name in wanted {
        if !grants.iter().any(|grant| &grant.name == name) {
            let known: Vec<String> = grants.iter().map(|grant| grant.name.clone()).collect();
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(GrantError::Unknown {
                name: name.clone(),
                suggestion: nearest(name, &names).map(str::to_owned),
                known,
            });
        }
    }
    if !wanted.is_empty() {
        grants.retain(|grant| wanted.contains(&grant.name));
    }
    Ok(grants)
}

fn from_environment(context: &JobContext) -> Result<Grant, GrantError> {
    let name = variable(context, names::GRANT_NAME).unwrap_or(Said {
        value: names::DEFAULT_GRANT.to_owned(),
        by: Origin::Default,
    });
    check_name(&name)?;
    let when_said = variable(context, names::GRANT_WHEN).unwrap_or(Said {
        value: names::DEFAULT_WHEN.to_owned(),
        by: Origin::Default,
    });
    Ok(Grant {
        name: name.value,
        when: parse_when(&when_said)?,
        when_said,
        secret: variable(context, names::GRANT_SECRET),
        reach: reach_variable(context)?,
        required: false,
    })
}

fn from_file(file: &ConfigFile, context: &JobContext) -> Result<Vec<Grant>, GrantError> {
    let entries = &file.document.tokens.0;
    let pinned_name = variable(context, names::GRANT_NAME);
    if let Some(said) = &pinned_name
        && !entries.iter().any(|(name, _)| name.value == said.value)
    {
        return Err(GrantError::Pinned {
            spot: entries.first().map(|(name, _)| file.spot(name)),
            key: "tokens".to_owned(),
            pinned: entries
                .iter()
                .map(|(name, _)| name.value.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            variable: names::GRANT_NAME,
            value: said.value.clone(),
        });
    }
    entries
        .iter()
        .map(|(name, section)| {
            // The variables speak of one grant: the one they name, or the only one, or the usual one.
            let addressed = match &pinned_name {
                Some(said) => said.value == name.value,
                None => entries.len() == 1 || name.value == names::DEFAULT_GRANT,
            };
            grant_of(file, name, section, context, addressed)
        })
        .collect()
}

fn grant_of(
    file: &ConfigFile,
    name: &Spanned<String>,
    section: &TokenSection,
    context: &JobContext,
    addressed: bool,
) -> Result<Grant, GrantError> {
    check_name(&Said {
        value: name.value.clone(),
        by: Origin::File(file.spot(name)),
    })?;
    let said = |key: &str, value: &Option<Spanned<String>>, from: &'static str| {
        let by_variable = variable(context, from).filter(|_| addressed);
        let Some(pinned) = value else {
            return Ok(by_variable);
        };
        match by_variable {
            Some(other) if other.value != pinned.value => Err(GrantError::Pinned {
                spot: Some(file.spot(pinned)),
                key: format!("tokens.{}.{key}", name.value),
                pinned: pinned.value.clone(),
                variable: from,
                value: other.value,
            }),
            _ => Ok(Some(Said {
                value: pinned.value.clone(),
                by: Origin::File(file.spot(pinned)),
            })),
        }
    };
    let when_said = said("when", &section.when, names::GRANT_WHEN)?.unwrap_or(Said {
        value: names::DEFAULT_WHEN.to_owned(),
        by: Origin::Default,
    });
    let pinned = section
        .reach
        .iter()
        .flatten()
        .map(|text| parse_reach(&text.value, || Origin::File(file.spot(text))))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Grant {
        name: name.value.clone(),
        when: parse_when(&when_said)?,
        when_said,
        secret: said("secret", &section.secret, names::GRANT_SECRET)?,
        reach: narrow(&name.value, pinned, reach_variable(context)?)?,
        required: section.required,
    })
}

/// The narrower reach that the variable asks for, which has to lie within the file's.
fn narrow(name: &str, pinned: Vec<Reach>, asked: Vec<Reach>) -> Result<Vec<Reach>, GrantError> {
    if asked.is_empty() {
        return Ok(pinned);
    }
    match asked
        .iter()
        .find(|reach| !pinned.iter().any(|wider| reach.is_within(wider)))
    {
        Some(outside) => Err(GrantError::WiderReach {
            value: outside.to_string(),
            pinned: pinned.iter().map(Reach::to_string).collect(),
            name: name.to_owned(),
        }),
        None => Ok(asked),
    }
}

fn reach_variable(context: &JobContext) -> Result<Vec<Reach>, GrantError> {
    let Some(said) = variable(context, names::GRANT_REACH) else {
        return Ok(Vec::new());
    };
    said.value
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| parse_reach(text, || said.by.clone()))
        .collect()
}

fn parse_reach(text: &str, by: impl FnOnce() -> Origin) -> Result<Reach, GrantError> {
    Reach::parse(text).map_err(|error| GrantError::Reach {
        text: text.to_owned(),
        by: by(),
        error,
    })
}

fn parse_when(said: &Said) -> Result<Expression, GrantError> {
    Expression::parse(&said.value).map_err(|error| GrantError::When {
        text: said.value.clone(),
        by: said.by.clone(),
        error,
    })
}

fn check_name(said: &Said) -> Result<(), GrantError> {
    let mut characters = said.value.chars();
    let starts = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts && characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(GrantError::Name {
        name: said.value.clone(),
        by: said.by.clone(),
    })
}

/// A variable that is set and not empty, with its name as its origin.
pub(crate) fn variable(context: &JobContext, name: &'static str) -> Option<Said> {
    context
        .get(name)
        .filter(|value| !value.is_empty())
        .map(|value| Said {
            value: value.to_owned(),
            by: Origin::Variable(name),
        })
}
