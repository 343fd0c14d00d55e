//! How long a token lives: its time to live and what caps it, its uses, and what dies with it.

mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use store::{Tokens, Use};

use super::{address::Network, duration::short_text};

/// What the system gives and allows at most where nobody says more: 32 days, in seconds.
pub const SYSTEM_TTL: i64 = 768 * 3600;

/// A mount's times, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What a token gets that asks for nothing.
    pub default_ttl: i64,
    /// What no token may exceed.
    pub max_ttl: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            default_ttl: SYSTEM_TTL,
            max_ttl: SYSTEM_TTL,
        }
    }
}

/// The times that a token, its role and a renewal ask for, in seconds; 0 is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// What a renewal asks for.
    pub increment: i64,
    /// The time to live.
    pub ttl: i64,
    /// The period of a token that can be renewed for ever.
    pub period: i64,
    /// The role's largest time to live.
    pub max_ttl: i64,
    /// A limit that counts from the token's creation, also for periodic ones.
    pub explicit_max_ttl: i64,
}

/// A renewal beyond the token's last moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("past the max TTL, cannot renew")]
pub struct PastMaxTtl;

impl Lifetime {
    /// The seconds that a token gets now, and the server's warnings where that is less than asked.
    ///
    /// # Errors
    /// Where the token, issued at `issued`, cannot live on.
    pub fn grant(
        &self,
        limits: Limits,
        issued: Timestamp,
        now: Timestamp,
    ) -> Result<(i64, Vec<String>), PastMaxTtl> {
        let mut warnings = Vec::new();
        let mut warn = |what: &str, asked: i64, limit: i64| {
            warnings.push(format!(
                "{what} of \"{}\" exceeded the effective max_ttl of \"{}\"; {} value is capped accordingly",
                short_text(asked),
                short_text(limit),
                if what == "TTL" { "TTL" } else { "period" },
            ));
        };
        let max = [self.max_ttl, self.explicit_max_ttl]
            .into_iter()
            .filter(|limit| *limit > 0)
            .fold(limits.max_ttl, i64::min);
        let (mut ttl, limit) = if self.period > 0 {
            if self.period > max {
                warn("period", self.period, max);
            }
            (self.period.min(max), self.explicit_max_ttl)
        } else if self.increment > 0 {
            (self.increment, max)
        } else if self.ttl > 0 {
            (self.ttl, max)
        } else {
            (limits.default_ttl, max)
        };
        if limit > 0 {
            let left = issued.as_second() + limit - now.as_second();
            if left <= 0 {
                return Err(PastMaxTtl);
            }
            if ttl > left {
                warn("TTL", ttl, left);
                ttl = left;
            }
        }
        Ok((ttl, warnings))
    }
}

/// Whether a token is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Remembered: it can be renewed, revoked and counted.
    #[default]
    Service,
    /// A sealed note that its holder carries; it dies by time alone.
    Batch,
}

impl Kind {
    /// The word in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Batch => "batch",
        }
    }
}

/// A token, all but its value.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// Another name for it, which cannot be used in its place; empty for batch tokens.
    pub accessor: String,
    /// Whether it was made without a parent.
    pub orphan: bool,
    /// Its policies, sorted.
    pub policies: Vec<String>,
    /// The path that made it.
    pub path: String,
    /// What its maker noted; nothing and empty differ in answers.
    pub meta: Option<BTreeMap<String, String>>,
    /// What logs call it.
    pub display_name: String,
    /// How many uses are left; 0 is any number, and −1 stands for the last use, being made.
    pub num_uses: i64,
    /// When it was made.
    pub issued: Timestamp,
    /// When it was last renewed.
    pub renewed: Option<Timestamp>,
    /// For how many seconds it was made; 0 is for ever.
    pub ttl: i64,
    /// When it dies; nothing for root tokens.
    pub expires: Option<Timestamp>,
    /// Its times, for renewals.
    pub lifetime: Lifetime,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// Where it may be used from; empty is everywhere.
    pub bound_networks: Vec<Network>,
    /// Whose it is; empty if nobody's.
    pub entity: String,
    /// Whether it is remembered.
    pub kind: Kind,
    /// The role of a login, for renewals.
    pub role: String,
    /// The namespace that it belongs to; empty is the root.
    pub namespace: String,
}

impl Token {
    /// Whether it is dead at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whole seconds that it has left at `now`; 0 for a token without an end.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> i64 {
        let Some(expires) = self.expires else {
            return 0;
        };
        // The server rounds its clock before it subtracts.
        let rounded = now.as_second() + i64::from(now.subsec_millisecond() >= 500);
        let now = Timestamp::from_second(rounded).unwrap_or(now);
        expires.duration_since(now).as_secs().max(0)
    }

    /// Whether it may be used from an address. Tokens without an end ignore their networks.
    #[must_use]
    pub fn accepts(&self, address: std::net::IpAddr) -> bool {
        self.ttl == 0
            || self.bound_networks.is_empty()
            || self
                .bound_networks
                .iter()
                .any(|network| network.contains(address))
    }

    /// Sets its end `ttl` seconds from now.
    pub fn live_for(&mut self, ttl: i64, now: Timestamp) {
        self.expires = (ttl > 0)
            .then(|| now.checked_add(SignedDuration::from_secs(ttl)).ok())
            .flatten();
    }
}

/// Policies as tokens carry them: lower case, sorted, once each; `root` stands alone.
#[must_use]
pub fn sanitize_policies(policies: &[String], add_default: bool) -> Vec<String> {
    let mut all: Vec<String> = policies
        .iter()
        .map(|policy| policy.trim().to_lowercase())
        .filter(|policy| !policy.is_empty())
        .collect();
    if all.iter().any(|policy| policy == "root") {
        return vec!["root".to_owned()];
    }
    if add_default {
        all.push("default".to_owned());
    }
    all.sort();
    all.dedup();
    all
}

/// Policies that no token can be given.
#[must_use]
pub fn is_assignable(policy: &str) -> bool {
    policy != "response-wrapping"
}
