//! The token mount: making, looking up, renewing and revoking tokens.

mod create;
mod lookup;
mod renew;
mod revoke;

use build_token_vault::rules::{acl::Operation, fields::Kind};

use super::{
    endpoint::{Call, Endpoint, Rest},
    reply::Fault,
};

const TOKEN: &[(&str, Kind)] = &[("token", Kind::Text)];
const ACCESSOR: &[(&str, Kind)] = &[("accessor", Kind::Text)];
const RENEW: &[(&str, Kind)] = &[("token", Kind::Text), ("increment", Kind::Seconds)];

/// The mount's paths.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new(
        "create",
        Rest::Nothing,
        create::FIELDS,
        &[(Operation::Update, create::create)],
    ),
    Endpoint::new(
        "create-orphan",
        Rest::Nothing,
        create::FIELDS,
        &[(Operation::Update, create::create_orphan)],
    ),
    Endpoint::new(
        "create/",
        Rest::Name("role_name"),
        create::FIELDS,
        &[(Operation::Update, create::create_with_role)],
    ),
    Endpoint::new(
        "lookup",
        Rest::Nothing,
        TOKEN,
        &[
            (Operation::Read, lookup::lookup),
            (Operation::Update, lookup::lookup),
        ],
    ),
    Endpoint::new(
        "lookup-self",
        Rest::Nothing,
        TOKEN,
        &[
            (Operation::Read, lookup::lookup_self),
            (Operation::Update, lookup::lookup_self),
        ],
    ),
    Endpoint::new(
        "lookup-accessor",
        Rest::Nothing,
        ACCESSOR,
        &[(Operation::Update, lookup::lookup_accessor)],
    ),
    Endpoint::new(
        "accessors",
        Rest::Slash,
        &[],
        &[(Operation::List, lookup::accessors)],
    )
    .sudo(),
    Endpoint::new(
        "renew",
        Rest::Nothing,
        RENEW,
        &[(Operation::Update, renew::renew)],
    ),
    Endpoint::new(
        "renew-self",
        Rest::Nothing,
        RENEW,
        &[(Operation::Update, renew::renew_self)],
    ),
    Endpoint::new(
        "renew-accessor",
        Rest::Nothing,
        RENEW_ACCESSOR,
        &[(Operation::Update, renew::renew_accessor)],
    ),
    Endpoint::new(
        "revoke",
        Rest::Nothing,
        TOKEN,
        &[(Operation::Update, revoke::revoke)],
    ),
    Endpoint::new(
        "revoke-self",
        Rest::Nothing,
        &[],
        &[(Operation::Update, revoke::revoke_self)],
    ),
    Endpoint::new(
        "revoke-accessor",
        Rest::Nothing,
        ACCESSOR,
        &[(Operation::Update, revoke::revoke_accessor)],
    ),
    Endpoint::new(
        "revoke-orphan",
        Rest::Nothing,
        TOKEN,
        &[(Operation::Update, revoke::revoke_orphan)],
    )
    .sudo(),
];

const RENEW_ACCESSOR: &[(&str, Kind)] = &[("accessor", Kind::Text), ("increment", Kind::Seconds)];

/// The token that a request's body names.
fn named(call: &Call<'_>) -> Result<String, Fault> {
    match call.text("token") {
        empty if empty.is_empty() => Err(Fault::refused("missing token ID")),
        value => Ok(value),
    }
}

/// The token whose accessor a request's body names, if it lives.
fn value_by_accessor(call: &Call<'_>) -> Result<Option<String>, Fault> {
    let accessor = accessor(call)?;
    let state = call.core.state();
    Ok(state.tokens.value_of(&accessor).map(str::to_owned))
}

/// The accessor that a request's body names.
fn accessor(call: &Call<'_>) -> Result<String, Fault> {
    match call.text("accessor") {
        empty if empty.is_empty() => Err(Fault::error(400, "missing accessor")),
        accessor => Ok(accessor),
    }
}
