//! What a role says of the tokens that it gives out.

use crate::rules::{
    address::Network,
    fields::{self, Parameters, field, positive_seconds, seconds_field},
    quote::quoted,
};

/// The kind of token that a role asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenType {
    /// The mount's kind.
    #[default]
    Default,
    /// Remembered tokens.
    Service,
    /// Sealed notes.
    Batch,
}

impl TokenType {
    /// The word in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Service => "service",
            Self::Batch => "batch",
        }
    }
}

/// The tokens that a role gives out. Times are in seconds.
#[derive(Clone, Debug, Default)]
pub struct TokenSettings {
    /// Their policies.
    pub policies: Vec<String>,
    /// Their time to live; 0 is the mount's.
    pub ttl: i64,
    /// Their largest time to live; 0 is the mount's.
    pub max_ttl: i64,
    /// A limit from their creation on.
    pub explicit_max_ttl: i64,
    /// The period of tokens that can be renewed for ever.
    pub period: i64,
    /// How often they can be used; 0 is any number.
    pub num_uses: i64,
    /// Whether they lack the policy `default`.
    pub no_default_policy: bool,
    /// From where the role and its tokens may be used; empty is everywhere.
    pub bound_networks: Vec<Network>,
    /// Whether they may be used only from where the login came.
    pub strictly_bind_ip: bool,
    /// Their kind.
    pub kind: TokenType,
}

impl TokenSettings {
    /// Changes what is given.
    pub(super) fn change(&mut self, data: &Parameters) -> Result<(), String> {
        if let Some(networks) = field(data, "token_bound_cidrs", fields::comma_texts)? {
            self.bound_networks = networks
                .iter()
                .map(|text| text.parse())
                .collect::<Result<_, _>>()?;
        }
        for (name, place) in [
            ("token_explicit_max_ttl", &mut self.explicit_max_ttl),
            ("token_max_ttl", &mut self.max_ttl),
            ("token_period", &mut self.period),
            ("token_ttl", &mut self.ttl),
        ] {
            if let Some(seconds) = seconds_field(data, name, positive_seconds)? {
                *place = seconds;
            }
        }
        if let Some(on) = field(data, "token_no_default_policy", fields::switch)? {
            self.no_default_policy = on;
        }
        if let Some(policies) = field(data, "token_policies", fields::comma_texts)? {
            self.policies = policies;
        }
        if let Some(kind) = field(data, "token_type", fields::text)? {
            self.kind = match kind.as_str() {
                "" | "default" => TokenType::Default,
                "service" => TokenType::Service,
                "batch" => TokenType::Batch,
                other => return Err(format!("invalid 'token_type' value {}", quoted(other))),
            };
        }
        if let Some(uses) = field(data, "token_num_uses", fields::integer)? {
            self.num_uses = uses;
        }
        if let Some(on) = field(data, "token_strictly_bind_ip", fields::switch)? {
            self.strictly_bind_ip = on;
        }
        Ok(())
    }

    /// Refuses settings that contradict each other.
    pub(super) fn check(&self) -> Result<(), String> {
        const BATCH: &str =
            "'token_type' cannot be 'batch' or 'default_batch' when set to generate";
        let refusal = if self.num_uses < 0 {
            "'token_num_uses' cannot be negative".to_owned()
        } else if self.kind == TokenType::Batch && self.period != 0 {
            format!("{BATCH} periodic tokens")
        } else if self.kind == TokenType::Batch && self.num_uses != 0 {
            format!("{BATCH} tokens with limited use count")
        } else if self.ttl > 0 && self.max_ttl > 0 && self.ttl > self.max_ttl {
            "'token_ttl' cannot be greater than 'token_max_ttl'".to_owned()
        } else if self.strictly_bind_ip && !self.bound_networks.is_empty() {
            "'token_strictly_bind_ip' conflicts with 'token_bound_cidrs'; set only one".to_owned()
        } else {
            return Ok(());
        };
        Err(refusal)
    }
}
