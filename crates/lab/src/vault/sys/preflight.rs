//! `sys/internal/ui/mounts`: which engine is behind a path, for whoever may do anything beneath it.
//! Clients ask this before they read a secret. It needs no token to be asked, but one to be answered.

use build_token_vault::rules::{acl::Operation, fields::Kind, quote::quoted};
use serde_json::{Map, Value, json};

use super::super::{
    endpoint::{Call, Endpoint, Rest},
    reply::{Answer, Fault, Reply},
    state::Mount,
};

pub(super) const ALL: Endpoint = Endpoint::new(
    "internal/ui/mounts",
    Rest::Nothing,
    &[],
    &[(Operation::Read, all)],
)
.open();
pub(super) const ONE: Endpoint = Endpoint::new(
    "internal/ui/mounts/",
    Rest::Some("path"),
    &[("path", Kind::Text)],
    &[(Operation::Read, one)],
)
.open();

/// Open as what is beneath it, and yet no path.
pub(super) const NONE: Endpoint = Endpoint::new(
    "internal/ui/mounts/",
    Rest::Nothing,
    &[],
    &[(Operation::Read, none)],
)
.open();

fn none(_: &Call<'_>) -> Answer {
    Err(Fault::unsupported_path())
}

fn all(call: &Call<'_>) -> Answer {
    if call.has_token && call.caller()?.inline {
        return Err(Fault::denied());
    }
    let reaches = |mount: &Mount| {
        call.caller
            .is_some_and(|caller| caller.acl.reaches_mount(&mount.path))
    };
    let state = call.core.state();
    let of = |auth: bool| -> Map<String, Value> {
        state
            .mounts
            .values()
            .filter(|mount| mount.is_auth() == auth && reaches(mount))
            .map(|mount| (mount.name().to_owned(), mount.shown()))
            .collect()
    };
    Ok(Some(Reply::data(
        json!({ "secret": of(false), "auth": of(true) }),
    )))
}

fn one(call: &Call<'_>) -> Answer {
    let caller = call.caller()?;
    if caller.inline || !caller.token.accepts(call.remote) {
        return Err(Fault::denied());
    }
    let path = format!("{}/", call.text("path").trim_matches('/'));
    let state = call.core.state();
    let mount = state.mount_of(&path).map(|(mount, _)| mount);
    let Some(mount) = mount.filter(|mount| caller.acl.reaches_mount(&mount.path)) else {
        let text = format!(
            "preflight capability check returned 403, please ensure client's policies grant access to path {}",
            quoted(&path)
        );
        return Err(Fault::said(403, text));
    };
    let mut data = mount.shown();
    data["path"] = mount.name().into();
    Ok(Some(Reply::data(data)))
}
