//! What all policies together say of one path: merging them, and asking for a request's parameters.

use std::{collections::BTreeMap, ops::Range};

use serde_json::Value;

use super::Operation;
use crate::rules::{
    fields::{self, Parameters},
    policy::{Capabilities, ParameterRules, PathRule},
};

/// A stanza that had its part in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The policy's name.
    pub policy: String,
    /// The stanza's place in the policy's text, in bytes.
    pub span: Range<usize>,
}

/// The merged rules of one path.
#[derive(Clone, Debug)]
pub struct Permissions {
    /// What is granted.
    pub capabilities: Capabilities,
    /// What is asked of parameters.
    pub parameters: ParameterRules,
    wrapping: (i64, i64),
    pagination_limit: i64,
    /// The stanzas that say so.
    pub sources: Vec<Source>,
}

impl Permissions {
    pub(super) fn new(policy: &str, rule: &PathRule) -> Self {
        Self {
            capabilities: rule.capabilities,
            parameters: rule.parameters.clone(),
            wrapping: rule.wrapping,
            pagination_limit: rule.pagination_limit,
            sources: vec![Source {
                policy: policy.to_owned(),
                span: rule.span.clone(),
            }],
        }
    }

    /// Whether it refuses everything.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.capabilities.contains(Capabilities::DENY)
    }

    /// Adds a further stanza for the same path. `deny` wins over everything; otherwise
    /// capabilities add up, parameters too, and of two limits the smaller counts.
    pub(super) fn merge(&mut self, policy: &str, rule: &PathRule) {
        if self.denies() {
            return;
        }
        let source = Source {
            policy: policy.to_owned(),
            span: rule.span.clone(),
        };
        if rule.capabilities.contains(Capabilities::DENY) {
            self.capabilities = Capabilities::DENY;
            self.parameters.allowed = None;
            self.parameters.denied = None;
            self.sources = vec![source];
            return;
        }
        self.sources.push(source);
        self.capabilities = self.capabilities | rule.capabilities;
        self.wrapping.0 = smaller(self.wrapping.0, rule.wrapping.0);
        self.wrapping.1 = smaller(self.wrapping.1, rule.wrapping.1);
        self.pagination_limit = smaller(self.pagination_limit, rule.pagination_limit);
        merge_values(
            &mut self.parameters.allowed,
            rule.parameters.allowed.as_ref(),
        );
        merge_values(&mut self.parameters.denied, rule.parameters.denied.as_ref());
        for name in &rule.parameters.required {
            if !self.parameters.required.contains(name) {
                self.parameters.required.push(name.clone());
            }
        }
    }

    /// Whether the parameters and the wrapping of a request are as they have to be.
    pub(super) fn accepts(
        &self,
        operation: Operation,
        data: &Parameters,
        wrap_seconds: i64,
    ) -> bool {
        let (least, most) = self.wrapping;
        if most > 0 && (wrap_seconds == 0 || wrap_seconds > most)
            || least > 0 && wrap_seconds < least
        {
            return false;
        }
        match operation {
            Operation::Read | Operation::Create | Operation::Update | Operation::Patch => {
                self.parameters.accept(data)
            }
            Operation::List | Operation::Scan => self.accepts_page(data),
            Operation::Delete | Operation::Head => true,
        }
    }

    fn accepts_page(&self, data: &Parameters) -> bool {
        if self.pagination_limit == 0 {
            return true;
        }
        match data.get("limit") {
            None => !self.parameters.required.iter().any(|name| name == "limit"),
            Some(limit) if is_max(limit) => true,
            Some(limit) => fields::integer(limit).is_ok_and(|limit| limit <= self.pagination_limit),
        }
    }

    /// The page size that takes the place of what a list asks for; 0 is all.
    pub(super) fn page(&self, data: &Parameters) -> Option<i64> {
        match (self.pagination_limit, data.get("limit")) {
            (0, Some(limit)) if is_max(limit) => Some(0),
            (0, _) => None,
            (own, None) => Some(own),
            (own, Some(limit)) => is_max(limit).then_some(own),
        }
    }
}

/// `max` asks for as much as the policies allow.
fn is_max(limit: &Value) -> bool {
    limit.as_str() == Some("max")
}

impl ParameterRules {
    fn accept(&self, data: &Parameters) -> bool {
        // Required names are compared with the request's as they are, in lower case only.
        if !self.required.iter().all(|name| data.contains_key(name)) {
            return false;
        }
        if data.is_empty() {
            return true;
        }
        if let Some(denied) = self.denied.as_ref().filter(|denied| !denied.is_empty())
            && (denied.contains_key("*")
                || data.iter().any(|(name, value)| {
                    denied
                        .get(&name.to_lowercase())
                        .is_some_and(|values| is_among(value, values))
                }))
        {
            return false;
        }
        let Some(allowed) = self.allowed.as_ref().filter(|allowed| !allowed.is_empty()) else {
            return true;
        };
        let any_name = allowed.contains_key("*");
        if any_name && allowed.len() == 1 {
            return true;
        }
        data.iter()
            .all(|(name, value)| match allowed.get(&name.to_lowercase()) {
                Some(values) => is_among(value, values),
                None => any_name,
            })
    }
}

/// An empty list holds everything.
fn is_among(value: &Value, values: &[Value]) -> bool {
    values.is_empty() || values.iter().any(|wanted| matches(wanted, value))
}

/// Texts match with a `*` at either end. Numbers never match: the server compares a policy's
/// with a request's by their types, and those differ.
fn matches(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::String(wanted), Value::String(value)) => globbed(wanted, value),
        _ => same(wanted, value),
    }
}

fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(_), _) => false,
        (Value::Array(wanted), Value::Array(values)) => {
            wanted.len() == values.len() && wanted.iter().zip(values).all(|(a, b)| same(a, b))
        }
        (Value::Object(wanted), Value::Object(values)) => {
            wanted.len() == values.len()
                && wanted
                    .iter()
                    .all(|(key, a)| values.get(key).is_some_and(|b| same(a, b)))
        }
        _ => wanted == value,
    }
}

fn globbed(pattern: &str, text: &str) -> bool {
    if pattern.len() < 2 {
        return pattern == text || pattern == "*";
    }
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(inner), Some(_)) => text.contains(inner.strip_suffix('*').unwrap_or(inner)),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}

/// The smaller of two limits, 0 being none.
fn smaller(old: i64, new: i64) -> i64 {
    match (old, new) {
        (old, 0) => old,
        (0, new) => new,
        (old, new) => old.min(new),
    }
}

fn merge_values(
    old: &mut Option<BTreeMap<String, Vec<Value>>>,
    new: Option<&BTreeMap<String, Vec<Value>>>,
) {
    let Some(new) = new.filter(|new| !new.is_empty()) else {
        return;
    };
    let Some(old) = old else {
        *old = Some(new.clone());
        return;
    };
    for (name, values) in new {
        let all = match old.get(name) {
            Some(known) if known.is_empty() => Vec::new(),
            _ if values.is_empty() => Vec::new(),
            known => values
                .iter()
                .chain(known.into_iter().flatten())
                .cloned()
                .collect(),
        };
        old.insert(name.clone(), all);
    }
}
