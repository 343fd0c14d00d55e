//! The way of every request: token, policies, mount, handler; in the server's order, since the
//! order decides which refusal a client sees.

use std::net::IpAddr;

use build_token_vault::rules::{
    acl::{Access, Operation},
    fields::Parameters,
    quote::quoted,
    token::{Token, Use},
};
use jiff::Timestamp;

use super::{
    Core, auth_token,
    endpoint::{Call, Endpoint},
    inline, jwt, kv,
    reply::{Answer, Fault},
    session::{self, Caller},
    state::Engine,
    sys,
};

/// A request after its method, path and body are understood.
pub(super) struct Asked {
    pub(super) operation: Operation,
    /// Without `/v1/`.
    pub(super) path: String,
    pub(super) data: Parameters,
    /// The token's value, empty without one.
    pub(super) token: String,
    pub(super) namespace: String,
    /// The headers of inline auth, names in lower case.
    pub(super) inline: Vec<(String, String)>,
    /// For how many seconds the answer is to be wrapped.
    pub(super) wrap_seconds: i64,
    pub(super) remote: IpAddr,
    pub(super) now: Timestamp,
    /// Whether a session that is made is remembered; one for a single request is not.
    pub(super) remember: bool,
}

/// An answer, and whether it is inline auth that failed.
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) inline_failed: bool,
}

/// Answers a request.
pub(super) fn answer(core: &Core, asked: &Asked) -> Answered {
    let plain = |answer| Answered {
        answer,
        inline_failed: false,
    };
    {
        let mut state = core.state();
        if state.sealed {
            return plain(Err(Fault::said(503, "Vault is sealed")));
        }
        state.tokens.expire(asked.now);
    }
    if !asked.namespace.trim_matches('/').is_empty() {
        return plain(Err(Fault::said(404, "namespace not found")));
    }
    match inline::log_in(core, asked) {
        Ok(caller) => plain(request(core, asked, caller)),
        Err(refused) => {
            let inline::Refused { answer, marked } = *refused;
            Answered {
                answer,
                inline_failed: marked,
            }
        }
    }
}

/// What a path leads to.
struct Route {
    mount: String,
    inner: String,
    endpoint: Option<&'static Endpoint>,
}

/// The endpoints of an engine.
fn endpoints(engine: &Engine) -> &'static [Endpoint] {
    match engine {
        Engine::Plain(_) => kv::PLAIN,
        Engine::Versioned(_) => kv::VERSIONED,
        Engine::Jwt(_) => jwt::ENDPOINTS,
        Engine::Token => auth_token::ENDPOINTS,
        Engine::System => sys::ENDPOINTS,
        Engine::Other => &[],
    }
}

fn route(core: &Core, path: &str) -> Option<Route> {
    let state = core.state();
    let (mount, inner) = state.mount_of(path)?;
    let endpoint = endpoints(&mount.engine)
        .iter()
        .find(|endpoint| endpoint.captures(inner).is_some());
    Some(Route {
        mount: mount.path.clone(),
        inner: inner.to_owned(),
        endpoint,
    })
}

/// Answers a request, for a caller that inline auth may have found.
pub(super) fn request(core: &Core, asked: &Asked, inline: Option<Caller>) -> Answer {
    let writes = matches!(asked.operation, Operation::Update | Operation::Patch);
    if writes && asked.path.ends_with('/') {
        return Err(Fault::refused("cannot write to a path ending in '/'"));
    }
    let route = route(core, &asked.path);
    let caller = match inline {
        Some(caller) => Some(caller),
        None => caller(core, asked)?,
    };
    let is_open = route
        .as_ref()
        .and_then(|route| route.endpoint)
        .is_some_and(|endpoint| endpoint.open);
    if is_open {
        return open(core, asked, route, caller);
    }
    guarded(core, asked, route, caller)
}

/// The caller of the token that a request carries, if that is alive.
fn caller(core: &Core, asked: &Asked) -> Result<Option<Caller>, Fault> {
    if asked.token.is_empty() {
        return Ok(None);
    }
    let state = core.state();
    let token = session::find(&state, &core.sealer, &asked.token, asked.now)
        .map_err(|text| Fault::error(500, format!("error performing token check: {text}")))?;
    Ok(token.map(|token| Caller {
        acl: session::acl(&state, &token, asked.now),
        value: asked.token.clone(),
        token,
        inline: false,
    }))
}

/// A path that needs no token: errors go out bare, and nothing is asked of policies.
fn open(core: &Core, asked: &Asked, route: Option<Route>, caller: Option<Caller>) -> Answer {
    let Some(route) = route else {
        return Err(Fault::denied());
    };
    let call = call(core, asked, &route, caller.as_ref());
    match existence(&call, &route) {
        Ok(operation) => dispatch(Call { operation, ..call }, &route),
        Err(error) => Err(Fault::refused(error)),
    }
}

/// A path that needs a token. The use is counted before it is known whether it is allowed.
fn guarded(core: &Core, asked: &Asked, route: Option<Route>, caller: Option<Caller>) -> Answer {
    let bad_token = Fault::said(403, "permission denied");
    let Some(mut caller) = caller else {
        return Err(bad_token);
    };
    if !caller.token.accepts(asked.remote) {
        return Err(bad_token);
    }
    let used = spend(core, &mut caller)?;
    let answer = allowed(core, asked, route.as_ref(), &caller);
    if used == Use::Last {
        core.state().tokens.revoke(&caller.value);
    }
    answer.map_err(Fault::wrapped)
}

fn spend(core: &Core, caller: &mut Caller) -> Result<Use, Fault> {
    if caller.token.num_uses == 0 {
        return Ok(Use::Counted);
    }
    if caller.inline {
        // There is nothing that uses could be counted on.
        return Err(Fault::internal().wrapped());
    }
    let mut state = core.state();
    let used = state.tokens.spend(&caller.value);
    match (used, state.tokens.get(&caller.value)) {
        (Use::Refused, _) | (_, None) => Err(Fault::said(403, "permission denied")),
        (_, Some(token)) => {
            caller.token.num_uses = token.num_uses;
            Ok(used)
        }
    }
}

fn allowed(core: &Core, asked: &Asked, route: Option<&Route>, caller: &Caller) -> Answer {
    let call = route.map(|route| call(core, asked, route, Some(caller)));
    let operation = match (&call, route) {
        (Some(call), Some(route)) => existence(call, route).map_err(Fault::refused)?,
        _ => asked.operation,
    };
    let access = Access {
        operation,
        path: &asked.path,
        data: &asked.data,
        wrap_seconds: asked.wrap_seconds,
    };
    let decision = caller.acl.decide(&access);
    let needs_sudo = route
        .and_then(|route| route.endpoint)
        .is_some_and(|endpoint| endpoint.sudo);
    if !decision.allowed || needs_sudo && !decision.sudo {
        return Err(Fault::denied());
    }
    match (call, route) {
        (Some(mut call), Some(route)) => {
            if let Some(page) = decision.page {
                call.data.insert("limit".to_owned(), page.into());
            }
            dispatch(Call { operation, ..call }, route)
        }
        _ => {
            let text = format!(
                "no handler for route {}. route entry not found.",
                quoted(&asked.path)
            );
            Err(Fault::said(404, text))
        }
    }
}

fn call<'a>(
    core: &'a Core,
    asked: &'a Asked,
    route: &'a Route,
    caller: Option<&'a Caller>,
) -> Call<'a> {
    let mut data = asked.data.clone();
    if let Some((name, value)) = route
        .endpoint
        .and_then(|endpoint| endpoint.captures(&route.inner))
        .flatten()
    {
        data.insert(name.to_owned(), value.into());
    }
    Call {
        core,
        operation: asked.operation,
        path: &asked.path,
        inner: &route.inner,
        mount: &route.mount,
        data,
        given: &asked.data,
        caller,
        has_token: caller.is_some() || !asked.token.is_empty(),
        remote: asked.remote,
        now: asked.now,
        remember: asked.remember,
    }
}

/// Tells create from update where a path does, and checks the parameters' types on the way: such
/// paths say what is wrong before they ask whether it is allowed.
fn existence(call: &Call<'_>, route: &Route) -> Result<Operation, String> {
    let Some((endpoint, exists)) = route
        .endpoint
        .and_then(|endpoint| Some((endpoint, endpoint.exists?)))
        .filter(|_| call.operation == Operation::Update)
    else {
        return Ok(call.operation);
    };
    endpoint.check(&call.data)?;
    Ok(if exists(call) {
        Operation::Update
    } else {
        Operation::Create
    })
}

fn dispatch(call: Call<'_>, route: &Route) -> Answer {
    let endpoint = route.endpoint.ok_or_else(Fault::unsupported_path)?;
    let handler = endpoint
        .handler(call.operation)
        .ok_or_else(Fault::unsupported_operation)?;
    endpoint
        .check(&call.data)
        .map_err(|error| Fault::refused(format!("Field validation failed: {error}")))?;
    let Some(reply) = handler(&call)? else {
        return Ok(None);
    };
    Ok(Some(reply.with_warnings(ignored(
        endpoint,
        &route.inner,
        call.given,
    ))))
}

/// The warnings about parameters that did not count.
fn ignored(endpoint: &Endpoint, inner: &str, given: &Parameters) -> Vec<String> {
    let mut warnings = Vec::new();
    let unknown = endpoint.unknown(given);
    if !unknown.is_empty() {
        let names = unknown.join(" ");
        warnings.push(format!(
            "Endpoint ignored these unrecognized parameters: [{names}]"
        ));
    }
    if let Some((name, _)) = endpoint
        .captures(inner)
        .flatten()
        .filter(|(name, _)| given.contains_key(*name))
    {
        warnings.push(format!(
            "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [{name}]"
        ));
    }
    warnings
}

/// A caller for one request, from a token that is not remembered.
pub(super) fn inline_caller(core: &Core, value: String, token: Token, now: Timestamp) -> Caller {
    let acl = session::acl(&core.state(), &token, now);
    Caller {
        value,
        token,
        acl,
        inline: true,
    }
}
