//! `sys/mounts` and `sys/auth`: which engines are where.

use std::collections::BTreeMap;

use build_token_vault::rules::{
    acl::Operation,
    duration,
    fields::{self, Kind, Parameters},
    kv,
    quote::quoted,
    token::SYSTEM_TTL,
};
use serde_json::{Map, Value};

use super::super::{
    endpoint::{Call, Endpoint, Rest},
    reply::{Answer, Fault, Reply},
    state::{Engine, JwtMount, Mount},
};

const FIELDS: &[(&str, Kind)] = &[
    ("path", Kind::Text),
    ("type", Kind::Text),
    ("description", Kind::Text),
    ("config", Kind::Map),
    ("local", Kind::Switch),
    ("seal_wrap", Kind::Switch),
    ("external_entropy_access", Kind::Switch),
    ("plugin_name", Kind::Text),
    ("plugin_version", Kind::Text),
    ("options", Kind::Pairs),
];

pub(super) const LIST: Endpoint =
    Endpoint::new("mounts", Rest::Nothing, &[], &[(Operation::Read, list)]);
pub(super) const ONE: Endpoint = Endpoint::new(
    "mounts/",
    Rest::Some("path"),
    FIELDS,
    &[
        (Operation::Read, read),
        (Operation::Update, mount),
        (Operation::Delete, unmount),
    ],
);
pub(super) const AUTH_LIST: Endpoint =
    Endpoint::new("auth", Rest::Nothing, &[], &[(Operation::Read, list)]);
pub(super) const AUTH_ONE: Endpoint = Endpoint::new(
    "auth/",
    Rest::Some("path"),
    FIELDS,
    &[
        (Operation::Read, read),
        (Operation::Update, mount),
        (Operation::Delete, unmount),
    ],
)
.sudo();

fn is_auth(call: &Call<'_>) -> bool {
    call.inner.starts_with("auth")
}

fn list(call: &Call<'_>) -> Answer {
    let state = call.core.state();
    let wanted = state
        .mounts
        .values()
        .filter(|mount| mount.is_auth() == is_auth(call));
    let data: Map<String, Value> = wanted
        .map(|mount| (mount.name().to_owned(), mount.shown()))
        .collect();
    Ok(Some(Reply::data(data.into())))
}

/// The path that a call means, with a slash at its end.
fn name(call: &Call<'_>) -> String {
    format!("{}/", call.text("path").trim_matches('/'))
}

fn full(call: &Call<'_>, name: &str) -> String {
    if is_auth(call) {
        format!("auth/{name}")
    } else {
        name.to_owned()
    }
}

fn read(call: &Call<'_>) -> Answer {
    let name = name(call);
    match call.core.state().mounts.get(&full(call, &name)) {
        Some(mount) => Ok(Some(Reply::data(mount.shown()))),
        None if is_auth(call) => Err(Fault::refused(format!("No auth engine at {name}"))),
        None => Err(Fault::refused(format!("No secret engine mount at {name}"))),
    }
}

fn mount(call: &Call<'_>) -> Answer {
    let name = name(call);
    let (default_ttl, max_ttl) = times(call)?;
    let options = call
        .read("options", fields::pairs)
        .map(|pairs| pairs.into_iter().collect());
    let (kind, engine, options) = if is_auth(call) {
        auth_engine(call, options)?
    } else {
        secret_engine(call, options)?
    };
    check_path(call, &name)?;
    let path = full(call, &name);
    let mut mount = Mount::new(&path, kind, engine);
    mount.description = call.text("description");
    mount.options = Some(options.unwrap_or_default());
    mount.default_ttl = default_ttl;
    mount.max_ttl = max_ttl;
    mount.local = call.switch("local");
    mount.seal_wrap = call.switch("seal_wrap");
    if is_auth(call) {
        mount.token_type = token_type(call)?;
    }
    let mut state = call.core.state();
    if let Some(taken) = state.mounts.keys().find(|taken| overlap(taken, &path)) {
        let taken = if is_auth(call) {
            taken.strip_prefix("auth/").unwrap_or(taken)
        } else {
            taken
        };
        return Err(Fault::refused(format!("path is already in use at {taken}")));
    }
    state.mounts.insert(path, mount);
    Ok(None)
}

fn overlap(taken: &str, path: &str) -> bool {
    taken.starts_with(path) || path.starts_with(taken)
}

fn config(call: &Call<'_>) -> Parameters {
    call.read("config", fields::map).unwrap_or_default()
}

fn times(call: &Call<'_>) -> Result<(i64, i64), Fault> {
    let config = config(call);
    let time = |key: &str, name: &str| match config.get(key) {
        None | Some(Value::Null) => Ok(0),
        Some(Value::String(text)) if text.is_empty() || text == "system" => Ok(0),
        Some(value) => duration::seconds(value).map_err(|error| {
            let shown = fields::text(value).unwrap_or_default();
            Fault::refused(format!("unable to parse {name} TTL of {shown}: {error}"))
        }),
    };
    let (default, max) = (
        time("default_lease_ttl", "default")?,
        time("max_lease_ttl", "max")?,
    );
    if max != 0 && default > max {
        return Err(Fault::refused(
            "given default lease TTL greater than given max lease TTL",
        ));
    }
    if default > SYSTEM_TTL && max == 0 {
        let text =
            format!("given default lease TTL greater than system max lease TTL of {SYSTEM_TTL}");
        return Err(Fault::refused(text));
    }
    Ok((default, max))
}

fn token_type(call: &Call<'_>) -> Result<&'static str, Fault> {
    match config(call)
        .get("token_type")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "" | "default-service" => Ok("default-service"),
        "default-batch" => Ok("default-batch"),
        "service" => Ok("service"),
        "batch" => Ok("batch"),
        _ => Err(Fault::refused("invalid value for 'token_type'")),
    }
}

type Options = Option<BTreeMap<String, String>>;

fn no_such_kind(kind: &str) -> Fault {
    if kind.is_empty() {
        return Fault::refused("backend type must be specified as a string");
    }
    Fault::refused(format!("plugin not found in the catalog: {kind}"))
}

fn auth_engine(
    call: &Call<'_>,
    options: Options,
) -> Result<(&'static str, Engine, Options), Fault> {
    match call.text("type").as_str() {
        "jwt"
            if options
                .as_ref()
                .is_some_and(|options| options.contains_key("version")) =>
        {
            Err(Fault::refused(
                "auth method \"jwt\" does not allow setting a version",
            ))
        }
        "jwt" => Ok(("jwt", Engine::Jwt(JwtMount::default()), options)),
        other => Err(no_such_kind(other)),
    }
}

fn secret_engine(
    call: &Call<'_>,
    options: Options,
) -> Result<(&'static str, Engine, Options), Fault> {
    let mut options = options.unwrap_or_default();
    match call.text("type").as_str() {
        "kv" => {}
        "kv-v1" => drop(options.insert("version".to_owned(), "1".to_owned())),
        "kv-v2" => drop(options.insert("version".to_owned(), "2".to_owned())),
        other => return Err(no_such_kind(other)),
    }
    let engine = match options.get("version").map(String::as_str) {
        None | Some("" | "1") => Engine::Plain(BTreeMap::new()),
        Some("2") => Engine::Versioned(kv::Engine::default()),
        Some(_) => {
            return Err(Fault::refused(
                "nil backend of type \"kv\" returned from factory",
            ));
        }
    };
    Ok(("kv", engine, Some(options)))
}

fn check_path(call: &Call<'_>, name: &str) -> Result<(), Fault> {
    let reserved = ["auth/", "sys/", "cubbyhole/", "identity/"];
    if !is_auth(call) && reserved.iter().any(|path| name.starts_with(path)) {
        return Err(Fault::refused(format!("cannot mount {}", quoted(name))));
    }
    Ok(())
}

fn unmount(call: &Call<'_>) -> Answer {
    let name = name(call);
    let path = full(call, &name);
    match path.as_str() {
        "auth/token/" => {
            return Err(Fault::refused(
                "token credential backend cannot be disabled",
            ));
        }
        "sys/" | "cubbyhole/" | "identity/" => {
            return Err(Fault::refused(format!("cannot unmount {}", quoted(&name))));
        }
        _ => {}
    }
    let mut state = call.core.state();
    if state.mounts.remove(&path).is_some() {
        // Sessions of an auth method go with it.
        state
            .tokens
            .revoke_where(|token| token.path.starts_with(&path));
    }
    Ok(None)
}
