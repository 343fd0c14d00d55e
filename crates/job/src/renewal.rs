//! How a token is read once more, hours later, when git finds the old one refused.

use std::sync::Arc;

use crate::agent::{Offer, Refresh};
use crate::credential::USER_NAME;
use crate::obtain::{Means, Token};
use crate::plan::Fetch;

/// What is needed to ask Vault again; `None` when it was not asked.
pub(crate) type Renewal = Option<(Arc<Fetch>, Means)>;

/// What git may have: every token, with the way to a new one.
pub(crate) fn offers(tokens: &[Token], renewal: &Renewal) -> Vec<Offer> {
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
        let mut acquired = means.acquire(&fetch, std::slice::from_ref(&reference));
        acquired.asked.release();
        let mut stored = acquired.stored.map_err(|error| {
            let words = error.facts.text.clone();
            words.unwrap_or_else(|| error.cause.to_string())
        })?;
        let read = stored.pop().ok_or("nothing was read")?;
        Ok(read.value)
    }))
}
