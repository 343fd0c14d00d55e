//! `auth/<mount>/login`: an ID token becomes a Vault session.

use build_token_vault::rules::{
    acl::Operation,
    fields::Kind,
    login::{self, Identity, LoginRequest, Refusal, TokenType},
    token::{self, Lifetime, Token},
};

use super::super::{
    endpoint::{Call, Endpoint, Rest},
    reply::{Answer, Fault, Reply},
    session::{self, Issue},
    state::State,
};

pub(super) const LOGIN: Endpoint = Endpoint::new(
    "login",
    Rest::Nothing,
    &[("role", Kind::Text), ("jwt", Kind::Text)],
    &[(Operation::Update, log_in)],
)
.open();

/// A refusal that the method words itself is told apart from a bare error by its status.
fn fault(refusal: Refusal) -> Fault {
    match refusal.status {
        400 => Fault::refused(refusal.text),
        status => Fault::error(status, refusal.text),
    }
}

fn log_in(call: &Call<'_>) -> Answer {
    let (configuration, keys) = super::mount(call, &mut call.core.state(), |jwt| {
        (jwt.configuration.clone(), jwt.keys.clone())
    })?;
    let name = login::role_name(configuration.as_deref(), &call.text("role")).map_err(fault)?;
    let role = super::mount(call, &mut call.core.state(), |jwt| {
        jwt.roles.get(&name).cloned()
    })?;
    let (Some(configuration), Some(keys)) = (configuration, keys) else {
        return Err(Fault::internal());
    };
    let id_token = call.text("jwt");
    let request = LoginRequest {
        role: &name,
        id_token: &id_token,
        remote: call.remote,
    };
    // The issuer may be asked for its keys here, so nothing is locked.
    let identity = login::login(
        &configuration,
        (&name, role.as_deref()),
        request,
        |id_token| keys.verify(id_token),
        call.now,
    )
    .map_err(fault)?;
    begin(call, &mut call.core.state(), identity)
}

/// Begins the session.
fn begin(call: &Call<'_>, state: &mut State, identity: Identity) -> Answer {
    let mount = state
        .mounts
        .get(call.mount)
        .ok_or_else(Fault::unsupported_path)?;
    let (limits, accessor, source) = (
        mount.limits(),
        mount.accessor.clone(),
        mount.name().replace('/', "-"),
    );
    let batch = match identity.token.kind {
        TokenType::Batch => true,
        TokenType::Service => false,
        TokenType::Default => matches!(mount.token_type, "batch" | "default-batch"),
    };
    let settings = &identity.token;
    let lifetime = Lifetime {
        increment: 0,
        ttl: settings.ttl,
        period: settings.period,
        max_ttl: settings.max_ttl,
        explicit_max_ttl: settings.explicit_max_ttl,
    };
    let (ttl, warnings) = lifetime
        .grant(limits, call.now, call.now)
        .map_err(|error| Fault::error(500, error.to_string()))?;
    let entity = state
        .identities
        .log_in(&accessor, &identity.alias, &identity.metadata);
    let token = Token {
        policies: identity.policies,
        path: call.path.to_owned(),
        meta: Some(identity.metadata),
        display_name: format!("{source}{}", identity.alias)
            .trim_end_matches('-')
            .to_owned(),
        num_uses: settings.num_uses,
        ttl,
        lifetime,
        renewable: true,
        bound_networks: identity.bound_networks,
        entity,
        kind: if batch {
            token::Kind::Batch
        } else {
            token::Kind::Service
        },
        role: identity.role,
        ..Token::default()
    };
    let issue = Issue {
        token,
        value: None,
        parent: None,
        remember: call.remember,
    };
    let (value, token) = issue.issue(state, &call.core.sealer, call.now)?;
    let mut auth = session::shown(&value, &token, ttl);
    auth.token = (!call.remember).then_some(token);
    Ok(Some(Reply {
        auth: Some(auth),
        warnings,
        ..Reply::default()
    }))
}
