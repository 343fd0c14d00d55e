//! The service tokens that a server remembers, and nothing of those that are gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::Token;

/// What using a token once leaves of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It lives on.
    Counted,
    /// This was the last time: it is to be revoked once the request is done.
    Last,
    /// It is dead, or in its last use.
    Refused,
}

/// A token, and the value of the one that made it.
struct Held {
    token: Token,
    parent: Option<String>,
}

/// All service tokens by value, accessor, parent and end.
#[derive(Default)]
pub struct Tokens {
    by_value: HashMap<String, Held>,
    by_accessor: HashMap<String, String>,
    children: HashMap<String, HashSet<String>>,
    ends: BTreeSet<(Timestamp, String)>,
}

impl Tokens {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_value.len()
    }

    /// How many entries each table has: values, accessors, parents, ends.
    #[cfg(test)]
    pub(super) fn footprint(&self) -> [usize; 4] {
        [
            self.by_value.len(),
            self.by_accessor.len(),
            self.children.len(),
            self.ends.len(),
        ]
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_value.is_empty()
    }

    /// Adds a token; `false` where its value is taken.
    pub fn add(&mut self, value: &str, token: Token, parent: Option<&str>) -> bool {
        if self.by_value.contains_key(value) {
            return false;
        }
        if let Some(parent) = parent {
            self.children
                .entry(parent.to_owned())
                .or_default()
                .insert(value.to_owned());
        }
        if let Some(end) = token.expires {
            self.ends.insert((end, value.to_owned()));
        }
        self.by_accessor
            .insert(token.accessor.clone(), value.to_owned());
        let parent = parent.map(str::to_owned);
        self.by_value
            .insert(value.to_owned(), Held { token, parent });
        true
    }

    /// A living token.
    #[must_use]
    pub fn get(&self, value: &str) -> Option<&Token> {
        self.by_value.get(value).map(|held| &held.token)
    }

    /// The value of the token with this accessor.
    #[must_use]
    pub fn value_of(&self, accessor: &str) -> Option<&str> {
        self.by_accessor.get(accessor).map(String::as_str)
    }

    /// All accessors.
    pub fn accessors(&self) -> impl Iterator<Item = &str> {
        self.by_accessor.keys().map(String::as_str)
    }

    /// Counts a use, before it is known whether the request is allowed.
    pub fn spend(&mut self, value: &str) -> Use {
        match self.by_value.get_mut(value).map(|held| &mut held.token) {
            None => Use::Refused,
            Some(token) => match token.num_uses {
                0 => Use::Counted,
                1 => {
                    token.num_uses = -1;
                    Use::Last
                }
                left if left > 1 => {
                    token.num_uses = left - 1;
                    Use::Counted
                }
                _ => Use::Refused,
            },
        }
    }

    /// Changes a token, its end included.
    pub fn change(&mut self, value: &str, change: impl FnOnce(&mut Token)) {
        let Some(token) = self.by_value.get_mut(value).map(|held| &mut held.token) else {
            return;
        };
        let before = token.expires;
        change(token);
        let after = token.expires;
        if let Some(end) = before {
            self.ends.remove(&(end, value.to_owned()));
        }
        if let Some(end) = after {
            self.ends.insert((end, value.to_owned()));
        }
    }

    /// Revokes a token and all that it made.
    pub fn revoke(&mut self, value: &str) {
        let mut doomed = vec![value.to_owned()];
        while let Some(value) = doomed.pop() {
            doomed.extend(self.children.remove(&value).into_iter().flatten());
            self.remove(&value);
        }
    }

    /// Revokes a token; what it made lives on without a parent.
    pub fn revoke_alone(&mut self, value: &str) {
        for child in self.children.remove(value).into_iter().flatten() {
            if let Some(child) = self.by_value.get_mut(&child) {
                child.parent = None;
                child.token.orphan = true;
            }
        }
        self.remove(value);
    }

    /// Revokes what has come to its end by `now`.
    pub fn expire(&mut self, now: Timestamp) {
        while let Some((end, value)) = self.ends.first() {
            if *end > now {
                return;
            }
            let value = value.clone();
            self.revoke(&value);
        }
    }

    /// Revokes all tokens that a predicate chooses.
    pub fn revoke_where(&mut self, chosen: impl Fn(&Token) -> bool) {
        let doomed: Vec<String> = self
            .by_value
            .iter()
            .filter(|(_, held)| chosen(&held.token))
            .map(|(value, _)| value.clone())
            .collect();
        for value in doomed {
            self.revoke(&value);
        }
    }

    fn remove(&mut self, value: &str) {
        let Some(Held { token, parent }) = self.by_value.remove(value) else {
            return;
        };
        self.by_accessor.remove(&token.accessor);
        if let Some(end) = token.expires {
            self.ends.remove(&(end, value.to_owned()));
        }
        if let Some(siblings) = parent
            .as_ref()
            .and_then(|parent| self.children.get_mut(parent))
        {
            siblings.remove(value);
            if siblings.is_empty() {
                self.children.remove(parent.as_deref().unwrap_or_default());
            }
        }
    }
}
