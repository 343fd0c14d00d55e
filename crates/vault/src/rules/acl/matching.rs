//! Which patterns fit a path, and which of several fits best.

use std::cmp::Ordering;

/// Whether a pattern has `+` as a whole segment (or, as the server sees it, a segment with `+` in
/// front); such patterns keep their trailing `*`.
pub(super) fn has_wildcard_segment(pattern: &str) -> bool {
    pattern == "+" || pattern.contains("/+") || pattern.starts_with("+/")
}

/// Whether a pattern with `+` segments fits a path.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let (pattern, is_prefix) = match pattern.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (pattern, false),
    };
    let wanted: Vec<&str> = pattern.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    if given.len() < wanted.len() || !is_prefix && given.len() != wanted.len() {
        return false;
    }
    wanted
        .iter()
        .zip(&given)
        .enumerate()
        .all(|(index, (wanted, given))| {
            *wanted == "+"
                || wanted == given
                || is_prefix && index == wanted_last(pattern) && given.starts_with(wanted)
        })
}

fn wanted_last(pattern: &str) -> usize {
    pattern.matches('/').count()
}

/// Whether a pattern with `+` segments can fit anything beneath a mount.
pub(super) fn reaches_mount(pattern: &str, mount: &str) -> bool {
    let pattern = pattern.strip_suffix('*').unwrap_or(pattern);
    let wanted: Vec<&str> = pattern.split('/').collect();
    let given: Vec<&str> = mount.trim_end_matches('/').split('/').collect();
    wanted.len() >= given.len()
        && given
            .iter()
            .zip(&wanted)
            .all(|(given, wanted)| *wanted == "+" || wanted == given)
}

/// How well a pattern fits; the greatest decides.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rank<'a> {
    first_wildcard: usize,
    is_prefix: bool,
    wildcards: usize,
    text: &'a str,
}

impl<'a> Rank<'a> {
    /// Of a pattern that ends with `*`, given without it.
    pub(super) fn of_prefix(prefix: &'a str) -> Self {
        Self {
            first_wildcard: prefix.len(),
            is_prefix: true,
            wildcards: 0,
            text: prefix,
        }
    }

    /// Of a pattern with `+` segments.
    pub(super) fn of_segments(pattern: &'a str) -> Self {
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        Self {
            first_wildcard: pattern.find('+').unwrap_or(pattern.len()),
            is_prefix: text.len() < pattern.len(),
            wildcards: text.split('/').filter(|segment| *segment == "+").count(),
            text,
        }
    }

    /// The pattern as a policy writes it.
    pub(super) fn pattern(&self) -> String {
        if self.is_prefix {
            format!("{}*", self.text)
        } else {
            self.text.to_owned()
        }
    }
}

impl Ord for Rank<'_> {
    /// A later first wildcard, then no `*` at the end, then fewer `+`, then longer, then later in
    /// the order of bytes.
    fn cmp(&self, other: &Self) -> Ordering {
        self.first_wildcard
            .cmp(&other.first_wildcard)
            .then(other.is_prefix.cmp(&self.is_prefix))
            .then(other.wildcards.cmp(&self.wildcards))
            .then(self.text.len().cmp(&other.text.len()))
            .then(self.text.cmp(other.text))
    }
}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
