//! Renewing tokens. A login's session takes its times from its role as that is now.

use build_token_vault::rules::{
    duration,
    token::{Kind, Lifetime, Token},
};

use super::{
    super::{
        endpoint::Call,
        reply::{Answer, Fault, Reply},
        session,
        state::{Engine, State},
    },
    named, value_by_accessor,
};

pub(super) fn renew(call: &Call<'_>) -> Answer {
    of_value(call, &named(call)?)
}

pub(super) fn renew_self(call: &Call<'_>) -> Answer {
    of_value(call, &call.caller()?.value)
}

pub(super) fn renew_accessor(call: &Call<'_>) -> Answer {
    let value = value_by_accessor(call)?;
    of_value(
        call,
        &value.ok_or_else(|| Fault::error(400, "invalid accessor"))?,
    )
}

fn of_value(call: &Call<'_>, value: &str) -> Answer {
    let mut state = call.core.state();
    let token = session::find(&state, &call.core.sealer, value, call.now)
        .map_err(|text| Fault::error(500, text))?
        .filter(|token| token.kind == Kind::Batch || state.tokens.get(value).is_some())
        .ok_or_else(|| Fault::refused("token not found"))?;
    if token.kind == Kind::Batch {
        return Err(Fault::refused("batch tokens cannot be renewed"));
    }
    if !token.renewable {
        return Err(Fault::refused("lease is not renewable"));
    }
    let increment = call
        .read("increment", duration::seconds)
        .unwrap_or_default();
    let lifetime = Lifetime {
        increment,
        ..current_lifetime(&state, &token)?
    };
    let limits = state
        .mount_of(&token.path)
        .map(|(mount, _)| mount.limits())
        .unwrap_or_default();
    let (ttl, warnings) = lifetime
        .grant(limits, token.issued, call.now)
        .map_err(|error| Fault::error(500, error.to_string()))?;
    state.tokens.change(value, |token| {
        token.live_for(ttl, call.now);
        token.renewed = Some(call.now);
    });
    let auth = session::shown(value, &token, ttl);
    Ok(Some(Reply {
        auth: Some(auth),
        warnings,
        ..Reply::default()
    }))
}

fn current_lifetime(state: &State, token: &Token) -> Result<Lifetime, Fault> {
    if token.role.is_empty() {
        return Ok(token.lifetime);
    }
    let role = state
        .mount_of(&token.path)
        .and_then(|(mount, _)| match &mount.engine {
            Engine::Jwt(jwt) => jwt.roles.get(&token.role),
            _ => None,
        });
    let role = role.ok_or_else(|| {
        let role = &token.role;
        Fault::error(
            500,
            format!("failed to renew entry: role {role} does not exist during renewal"),
        )
    })?;
    let now = &role.token;
    Ok(Lifetime {
        ttl: now.ttl,
        max_ttl: now.max_ttl,
        period: now.period,
        ..token.lifetime
    })
}
