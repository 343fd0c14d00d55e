//! The paths of an engine: which parameters they take, which operations they know, who answers.

use std::net::IpAddr;

use build_token_vault::rules::{
    acl::Operation,
    fields::{self, Kind, Parameters, field},
};
use jiff::Timestamp;

use super::{
    Core,
    reply::{Answer, Fault},
    session::Caller,
};

/// How the rest of a path behind an endpoint's prefix has to look.
#[derive(Clone, Copy)]
pub(super) enum Rest {
    /// There is none.
    Nothing,
    /// There is none, but there may be a slash.
    Slash,
    /// A name, which becomes this parameter.
    Name(&'static str),
    /// Anything but nothing, which becomes this parameter.
    Some(&'static str),
    /// Anything, which becomes this parameter.
    Any(&'static str),
    /// Anything.
    Whatever,
}

/// A handler.
pub(super) type Handler = fn(&Call<'_>) -> Answer;

/// A path of an engine.
pub(super) struct Endpoint {
    pub(super) prefix: &'static str,
    pub(super) rest: Rest,
    pub(super) fields: &'static [(&'static str, Kind)],
    pub(super) operations: &'static [(Operation, Handler)],
    /// Tells whether what is to be written is there, for paths that tell create from update.
    pub(super) exists: Option<fn(&Call<'_>) -> bool>,
    /// Whether it asks for root privileges.
    pub(super) sudo: bool,
    /// Whether it needs no token.
    pub(super) open: bool,
    /// Whether it takes any parameters.
    pub(super) takes_all: bool,
}

impl Endpoint {
    /// An endpoint that needs a token and nothing special.
    pub(super) const fn new(
        prefix: &'static str,
        rest: Rest,
        fields: &'static [(&'static str, Kind)],
        operations: &'static [(Operation, Handler)],
    ) -> Self {
        Self {
            prefix,
            rest,
            fields,
            operations,
            exists: None,
            sudo: false,
            open: false,
            takes_all: false,
        }
    }

    pub(super) const fn exists(mut self, exists: fn(&Call<'_>) -> bool) -> Self {
        self.exists = Some(exists);
        self
    }

    pub(super) const fn sudo(mut self) -> Self {
        self.sudo = true;
        self
    }

    pub(super) const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    pub(super) const fn takes_all(mut self) -> Self {
        self.takes_all = true;
        self
    }

    /// The parameter that a path gives, if the path is this endpoint's.
    pub(super) fn captures(&self, path: &str) -> Option<Option<(&'static str, String)>> {
        let rest = path.strip_prefix(self.prefix)?;
        let fits = match self.rest {
            Rest::Nothing => rest.is_empty(),
            Rest::Slash => rest.is_empty() || rest == "/",
            Rest::Name(_) => fields::is_name(rest),
            Rest::Some(_) => !rest.is_empty(),
            Rest::Any(_) | Rest::Whatever => true,
        };
        fits.then_some(match self.rest {
            Rest::Nothing | Rest::Slash | Rest::Whatever => None,
            Rest::Name(name) | Rest::Some(name) | Rest::Any(name) => Some((name, rest.to_owned())),
        })
    }

    /// Who answers an operation.
    pub(super) fn handler(&self, operation: Operation) -> Option<Handler> {
        self.operations
            .iter()
            .find(|(known, _)| *known == operation)
            .map(|(_, handler)| *handler)
    }

    /// Whether all parameters have their types.
    ///
    /// # Errors
    /// The first that does not.
    pub(super) fn check(&self, data: &Parameters) -> Result<(), String> {
        for (name, kind) in self.fields {
            if let Some(value) = data.get(*name) {
                kind.check(value)
                    .map_err(|error| fields::conversion(name, &error))?;
            }
        }
        Ok(())
    }

    /// The parameters that it does not know, sorted.
    pub(super) fn unknown<'d>(&self, data: &'d Parameters) -> Vec<&'d str> {
        if self.takes_all {
            return Vec::new();
        }
        let known = |name: &str| self.fields.iter().any(|(known, _)| *known == name);
        let mut unknown: Vec<&str> = data
            .keys()
            .map(String::as_str)
            .filter(|name| !known(name))
            .collect();
        unknown.sort_unstable();
        unknown
    }
}

/// A request on its way to a handler.
pub(super) struct Call<'a> {
    pub(super) core: &'a Core,
    pub(super) operation: Operation,
    /// The path without `/v1/` and namespace.
    pub(super) path: &'a str,
    /// The path inside the mount.
    pub(super) inner: &'a str,
    /// The mount's path.
    pub(super) mount: &'a str,
    /// The parameters; the path's win over the body's.
    pub(super) data: Parameters,
    /// The parameters as they came.
    pub(super) given: &'a Parameters,
    /// Who asks; on paths that need no token it may be nobody.
    pub(super) caller: Option<&'a Caller>,
    /// Whether there was a token, good or bad.
    pub(super) has_token: bool,
    pub(super) remote: IpAddr,
    pub(super) now: Timestamp,
    /// Whether a session that is made is remembered; one for a single request is not.
    pub(super) remember: bool,
}

impl Call<'_> {
    /// A parameter as a text; empty if it is not given.
    pub(super) fn text(&self, name: &str) -> String {
        self.read(name, fields::text).unwrap_or_default()
    }

    /// A parameter, if it is given. Its type has been checked before.
    pub(super) fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&serde_json::Value) -> Result<T, String>,
    ) -> Option<T> {
        field(&self.data, name, read).ok().flatten()
    }

    pub(super) fn integer(&self, name: &str) -> i64 {
        self.read(name, fields::integer).unwrap_or_default()
    }

    pub(super) fn switch(&self, name: &str) -> bool {
        self.read(name, fields::switch).unwrap_or_default()
    }

    /// Who asks, where a token is needed.
    pub(super) fn caller(&self) -> Result<&Caller, Fault> {
        self.caller.ok_or_else(Fault::denied)
    }
}

/// Keeps the names after `after`, and at most `limit` of them if that is positive.
pub(super) fn page(call: &Call<'_>, names: Vec<String>) -> Vec<String> {
    let (after, limit) = (call.text("after"), call.integer("limit"));
    let limit = usize::try_from(limit)
        .ok()
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    names
        .into_iter()
        .filter(|name| *name > after)
        .take(limit)
        .collect()
}
