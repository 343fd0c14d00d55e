//! `delete/`, `undelete/` and `destroy/`: what happens to chosen versions.

use build_token_vault::rules::{
    acl::Operation,
    fields::{self, Kind},
};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest},
        reply::{Answer, Fault},
    },
    PATH, engine,
};

const FIELDS: &[(&str, Kind)] = &[PATH, ("versions", Kind::CommaIntegers)];

pub(super) const DELETE: Endpoint = Endpoint::new(
    "delete/",
    Rest::Any("path"),
    FIELDS,
    &[(Operation::Update, delete)],
);
pub(super) const UNDELETE: Endpoint = Endpoint::new(
    "undelete/",
    Rest::Any("path"),
    FIELDS,
    &[(Operation::Update, undelete)],
);
pub(super) const DESTROY: Endpoint = Endpoint::new(
    "destroy/",
    Rest::Any("path"),
    FIELDS,
    &[(Operation::Update, destroy)],
);

fn versions(call: &Call<'_>, none: &str) -> Result<Vec<i64>, Fault> {
    let versions = call
        .read("versions", fields::comma_integers)
        .unwrap_or_default();
    if versions.is_empty() {
        Err(Fault::refused(none))
    } else {
        Ok(versions)
    }
}

fn delete(call: &Call<'_>) -> Answer {
    let versions = versions(call, "No version number provided")?;
    engine(call, &mut call.core.state(), |engine| {
        engine.delete(&call.text("path"), &versions, call.now)
    })?;
    Ok(None)
}

fn undelete(call: &Call<'_>) -> Answer {
    let versions = versions(call, "No version number provided")?;
    engine(call, &mut call.core.state(), |engine| {
        engine.undelete(&call.text("path"), &versions, call.now)
    })?;
    Ok(None)
}

fn destroy(call: &Call<'_>) -> Answer {
    let versions = versions(call, "no version number provided")?;
    engine(call, &mut call.core.state(), |engine| {
        engine.destroy(&call.text("path"), &versions)
    })?;
    Ok(None)
}
