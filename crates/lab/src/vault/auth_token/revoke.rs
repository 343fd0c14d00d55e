//! Revoking tokens, with or without what they made.

use build_token_vault::rules::token::Kind;

use super::{
    super::{
        endpoint::Call,
        reply::{Answer, Fault, Reply},
        session,
    },
    named, value_by_accessor,
};

pub(super) fn revoke(call: &Call<'_>) -> Answer {
    of_value(call, &named(call)?)
}

pub(super) fn revoke_self(call: &Call<'_>) -> Answer {
    of_value(call, &call.caller()?.value)
}

pub(super) fn revoke_accessor(call: &Call<'_>) -> Answer {
    match value_by_accessor(call)? {
        Some(value) => of_value(call, &value),
        None => Ok(Some(Reply::warning("No token found with this accessor"))),
    }
}

pub(super) fn revoke_orphan(call: &Call<'_>) -> Answer {
    let value = named(call)?;
    match kind(call, &value)? {
        None => Err(Fault::refused("token to revoke not found")),
        Some(Kind::Batch) => Err(Fault::refused("batch tokens cannot be revoked")),
        Some(Kind::Service) => {
            call.core.state().tokens.revoke_alone(&value);
            Ok(None)
        }
    }
}

/// What is not there needs no revoking.
fn of_value(call: &Call<'_>, value: &str) -> Answer {
    if kind(call, value)? == Some(Kind::Batch) {
        return Err(Fault::refused("batch tokens cannot be revoked"));
    }
    call.core.state().tokens.revoke(value);
    Ok(None)
}

fn kind(call: &Call<'_>, value: &str) -> Result<Option<Kind>, Fault> {
    let state = call.core.state();
    Ok(session::find(&state, &call.core.sealer, value, call.now)
        .map_err(|text| Fault::error(500, text))?
        .map(|token| token.kind))
}
