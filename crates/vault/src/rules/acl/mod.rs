//! Whether a request is allowed: several policies become one table of paths, and the one path that
//! fits best decides alone.

mod matching;
mod permissions;
pub mod template;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

pub use permissions::{Permissions, Source};
pub use template::{Alias, Entity, Group, Subject};

use super::{
    fields::Parameters,
    policy::{Capabilities, Policy},
};

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Write what is not there yet.
    Create,
    /// Read.
    Read,
    /// Write what is there, or where the server does not look first.
    Update,
    /// Delete.
    Delete,
    /// List one level.
    List,
    /// List all levels.
    Scan,
    /// Change parts.
    Patch,
    /// Ask for headers; no policy can allow it.
    Head,
}

impl Operation {
    fn needs(self) -> Option<Capabilities> {
        Some(match self {
            Self::Create => Capabilities::CREATE,
            Self::Read => Capabilities::READ,
            Self::Update => Capabilities::UPDATE,
            Self::Delete => Capabilities::DELETE,
            Self::List => Capabilities::LIST,
            Self::Scan => Capabilities::SCAN,
            Self::Patch => Capabilities::PATCH,
            Self::Head => return None,
        })
    }

    fn lists(self) -> bool {
        matches!(self, Self::List | Self::Scan)
    }
}

/// A request, as far as policies look at it.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// What it wants to do.
    pub operation: Operation,
    /// Where, without `/v1/`.
    pub path: &'a str,
    /// Body or query.
    pub data: &'a Parameters,
    /// For how many seconds its answer is to be wrapped; 0 if not at all.
    pub wrap_seconds: i64,
}

/// What the policies say of a request.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// Whether it may be done on paths that ask for root privileges.
    pub sudo: bool,
    /// The page size that a list gets in place of the one that it asks for; 0 is all.
    pub page: Option<i64>,
    /// The path, as policies write it, that decided; nothing for `root`, or where none fits.
    pub pattern: Option<String>,
    /// The stanzas of that path.
    pub sources: Vec<Source>,
}

/// The rules of one token.
#[derive(Clone, Debug, Default)]
pub struct Acl {
    root: bool,
    exact: HashMap<String, Permissions>,
    prefixes: BTreeMap<String, Permissions>,
    segments: BTreeMap<String, Permissions>,
}

impl Acl {
    /// Puts policies together for one who asks. Stanzas that have expired, or whose template has
    /// no value, are not there.
    pub fn new<'a>(
        policies: impl IntoIterator<Item = &'a Policy>,
        subject: &Subject,
        now: Timestamp,
    ) -> Self {
        let mut acl = Self::default();
        for policy in policies {
            acl.root |= policy.name == "root";
            for rule in &policy.rules {
                if rule.expires.is_some_and(|expires| now > expires) {
                    continue;
                }
                let Some(path) = template::render(&rule.path, subject) else {
                    continue;
                };
                acl.table(&path).entry_or_merge(
                    &path,
                    |merged| merged.merge(&policy.name, rule),
                    || Permissions::new(&policy.name, rule),
                );
            }
        }
        acl
    }

    fn table(&mut self, path: &str) -> Table<'_> {
        if matching::has_wildcard_segment(path) {
            Table::Ordered(&mut self.segments, 0)
        } else if path.ends_with('*') {
            Table::Ordered(&mut self.prefixes, 1)
        } else {
            Table::Exact(&mut self.exact)
        }
    }

    /// Whether `root` is among the policies.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.root
    }

    /// Decides on a request.
    #[must_use]
    pub fn decide(&self, access: &Access<'_>) -> Decision {
        if self.root {
            return Decision {
                allowed: true,
                sudo: true,
                ..Decision::default()
            };
        }
        let Some((pattern, permissions)) = self.best(access.path, access.operation) else {
            return Decision::default();
        };
        let granted = access
            .operation
            .needs()
            .is_some_and(|needed| permissions.capabilities.contains(needed));
        Decision {
            allowed: granted
                && permissions.accepts(access.operation, access.data, access.wrap_seconds),
            sudo: permissions.capabilities.contains(Capabilities::SUDO),
            page: permissions
                .page(access.data)
                .filter(|_| access.operation.lists()),
            pattern: Some(pattern),
            sources: permissions.sources.clone(),
        }
    }

    /// The names of what may be done at a path: `root`, or capabilities in the order of the
    /// alphabet, or `deny`.
    #[must_use]
    pub fn capabilities(&self, path: &str) -> Vec<&'static str> {
        if self.root {
            return vec!["root"];
        }
        // Asked as a list, so that a path matches with and without its trailing slash.
        match self.best(path, Operation::List) {
            Some((_, permissions))
                if !permissions.denies() && !permissions.capabilities.is_empty() =>
            {
                permissions.capabilities.names()
            }
            _ => vec!["deny"],
        }
    }

    /// Whether anything on or beneath a mount may be done; `mount` ends with `/`.
    #[must_use]
    pub fn reaches_mount(&self, mount: &str) -> bool {
        let useful = |permissions: &Permissions| {
            !permissions.denies() && !permissions.capabilities.is_empty()
        };
        self.capabilities(mount) != ["deny"]
            || self
                .exact
                .iter()
                .any(|(path, rules)| path.starts_with(mount) && useful(rules))
            || self
                .prefixes
                .iter()
                .any(|(path, rules)| path.starts_with(mount) && useful(rules))
            || self
                .segments
                .iter()
                .any(|(path, rules)| matching::reaches_mount(path, mount) && useful(rules))
    }

    /// The path that fits best, as policies write it, and its rules.
    fn best(&self, path: &str, operation: Operation) -> Option<(String, &Permissions)> {
        let path = path.trim_start_matches('/');
        let bare = path.strip_suffix('/').filter(|_| operation.lists());
        if let Some((found, rules)) = self
            .exact
            .get_key_value(path)
            .or_else(|| bare.and_then(|bare| self.exact.get_key_value(bare)))
        {
            return Some((found.clone(), rules));
        }
        if operation == Operation::List
            && let Some(found) = bare.and_then(|bare| self.best_pattern(bare))
        {
            return Some(found);
        }
        self.best_pattern(path)
    }

    fn best_pattern(&self, path: &str) -> Option<(String, &Permissions)> {
        let prefix = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(prefix, rules)| (matching::Rank::of_prefix(prefix), rules));
        let segments = self
            .segments
            .iter()
            .filter(|(pattern, _)| matching::fits(pattern, path))
            .map(|(pattern, rules)| (matching::Rank::of_segments(pattern), rules));
        let (rank, rules) = segments.chain(prefix).max_by(|(a, _), (b, _)| a.cmp(b))?;
        Some((rank.pattern(), rules))
    }
}

/// The table that a path belongs to, and how many characters its key loses at the end.
enum Table<'a> {
    Exact(&'a mut HashMap<String, Permissions>),
    Ordered(&'a mut BTreeMap<String, Permissions>, usize),
}

impl Table<'_> {
    fn entry_or_merge(
        self,
        path: &str,
        merge: impl FnOnce(&mut Permissions),
        new: impl FnOnce() -> Permissions,
    ) {
        match self {
            Self::Exact(table) => {
                table
                    .entry(path.to_owned())
                    .and_modify(merge)
                    .or_insert_with(new);
            }
            Self::Ordered(table, cut) => {
                let key = path[..path.len() - cut].to_owned();
                table.entry(key).and_modify(merge).or_insert_with(new);
            }
        }
    }
}
