//! A JWT role: which ID tokens it lets in, and what kind of Vault session they get.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    claims::{self, Claims},
    session::TokenSettings,
};
use crate::rules::{
    duration::{self, clock_text},
    fields::{self, Kind, Parameters, field, positive_seconds, seconds_field},
    quote::quoted,
    token::Limits,
};

/// What a role does: let ID tokens in, or start a browser login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleType {
    /// ID tokens.
    Jwt,
    /// A browser; also what a role is whose type is not said.
    Oidc,
}

/// A JWT role's definition.
#[derive(Clone, Debug)]
pub struct RoleDefinition {
    /// What it does.
    pub role_type: RoleType,
    /// The claim that names who logs in.
    pub user_claim: String,
    /// Whether the user claim is a JSON pointer.
    pub user_claim_json_pointer: bool,
    /// Of which an ID token has to name one.
    pub bound_audiences: Vec<String>,
    /// What `sub` has to be; empty is anything.
    pub bound_subject: String,
    /// The values that claims have to have.
    pub bound_claims: Claims,
    /// Whether those values are globs.
    pub globs: bool,
    /// Claims that become metadata, and its keys.
    pub claim_mappings: BTreeMap<String, String>,
    /// The claim that names groups; empty is none.
    pub groups_claim: String,
    /// Tolerances in seconds: for all times, for a made-up expiry, for a made-up begin. 0 is the
    /// default, and less is none.
    pub leeways: Leeways,
    /// Whether policies are templates over claims.
    pub policies_template_claims: bool,
    /// The tokens.
    pub token: TokenSettings,
    /// Settings that only browsers need, kept to be shown again.
    pub browser: Parameters,
    /// The names of the parameters that were given, since answers tell what was never set from what
    /// is empty.
    pub given: BTreeSet<String>,
    /// Deprecated settings as they were given, kept to be shown again.
    pub deprecated: Parameters,
}

/// Tolerances in seconds; 0 is the default, and less is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leeways {
    /// For all times; 60 by default.
    pub clock_skew: i64,
    /// How long an ID token lives that does not say so; 150 by default.
    pub expiration: i64,
    /// How long before its expiry an ID token begins that does not say so; 150 by default.
    pub not_before: i64,
}

const BROWSER: [(&str, Kind); 7] = [
    ("oauth2_metadata", Kind::CommaTexts),
    ("oidc_scopes", Kind::CommaTexts),
    ("allowed_redirect_uris", Kind::CommaTexts),
    ("verbose_oidc_logging", Kind::Switch),
    ("max_age", Kind::Seconds),
    ("poll_interval", Kind::Integer),
    ("callback_mode", Kind::Text),
];

/// The old names of token settings.
const DEPRECATED: [&str; 6] = [
    "policies",
    "bound_cidrs",
    "num_uses",
    "ttl",
    "max_ttl",
    "period",
];

impl RoleDefinition {
    /// The parameters of a role.
    pub const FIELDS: &'static [(&'static str, Kind)] = &[
        ("role_type", Kind::Text),
        ("policies", Kind::CommaTexts),
        ("num_uses", Kind::Integer),
        ("ttl", Kind::Seconds),
        ("max_ttl", Kind::Seconds),
        ("period", Kind::Seconds),
        ("bound_cidrs", Kind::CommaTexts),
        ("expiration_leeway", Kind::SignedSeconds),
        ("not_before_leeway", Kind::SignedSeconds),
        ("clock_skew_leeway", Kind::SignedSeconds),
        ("bound_subject", Kind::Text),
        ("bound_audiences", Kind::CommaTexts),
        ("bound_claims_type", Kind::Text),
        ("bound_claims", Kind::Map),
        ("claim_mappings", Kind::Pairs),
        ("oauth2_metadata", Kind::CommaTexts),
        ("user_claim", Kind::Text),
        ("user_claim_json_pointer", Kind::Switch),
        ("groups_claim", Kind::Text),
        ("oidc_scopes", Kind::CommaTexts),
        ("allowed_redirect_uris", Kind::CommaTexts),
        ("callback_mode", Kind::Text),
        ("poll_interval", Kind::Integer),
        ("verbose_oidc_logging", Kind::Switch),
        ("max_age", Kind::Seconds),
        ("token_policies_template_claims", Kind::Switch),
        ("oidc_disable_confirmation", Kind::Switch),
        ("token_bound_cidrs", Kind::CommaTexts),
        ("token_explicit_max_ttl", Kind::Seconds),
        ("token_max_ttl", Kind::Seconds),
        ("token_no_default_policy", Kind::Switch),
        ("token_period", Kind::Seconds),
        ("token_policies", Kind::CommaTexts),
        ("token_type", Kind::Text),
        ("token_ttl", Kind::Seconds),
        ("token_num_uses", Kind::Integer),
        ("token_strictly_bind_ip", Kind::Switch),
    ];

    fn empty() -> Self {
        Self {
            role_type: RoleType::Oidc,
            user_claim: String::new(),
            user_claim_json_pointer: false,
            bound_audiences: Vec::new(),
            bound_subject: String::new(),
            bound_claims: Claims::new(),
            globs: false,
            claim_mappings: BTreeMap::new(),
            groups_claim: String::new(),
            leeways: Leeways::default(),
            policies_template_claims: false,
            token: TokenSettings::default(),
            browser: Parameters::new(),
            given: BTreeSet::new(),
            deprecated: Parameters::new(),
        }
    }

    /// Reads a role, on top of what was there; but the role's type, the kind of its bound claims
    /// and the callback mode fall back to their defaults each time. The texts are warnings.
    ///
    /// # Errors
    /// The server's text.
    pub fn read(
        data: &Parameters,
        previous: Option<&Self>,
        limits: Limits,
    ) -> Result<(Self, Vec<String>), String> {
        let mut role = previous.cloned().unwrap_or_else(Self::empty);
        role.role_type = match field(data, "role_type", fields::text)?
            .unwrap_or_default()
            .as_str()
        {
            "jwt" => RoleType::Jwt,
            "" | "oidc" => RoleType::Oidc,
            other => return Err(format!("invalid 'role_type': {other}")),
        };
        role.token.change(data)?;
        role.token.check()?;
        role.take_deprecated(data)?;
        if role.token.period > limits.max_ttl {
            return Err(format!(
                "'period' of '{}' is greater than the backend's maximum lease TTL of '{}'",
                quoted(&clock_text(role.token.period)),
                quoted(&clock_text(limits.max_ttl))
            ));
        }
        role.take_bounds(data)?;
        role.take_claims(data)?;
        role.take_browser(data)?;
        role.check()?;
        role.given.extend(data.keys().cloned());
        let warnings = role.warnings(limits);
        Ok((role, warnings))
    }

    fn take_deprecated(&mut self, data: &Parameters) -> Result<(), String> {
        let mut renamed = Parameters::new();
        for old in DEPRECATED {
            let new = format!("token_{old}");
            match (data.contains_key(&new), data.get(old)) {
                (false, None) => {}
                (true, None) => drop(self.deprecated.remove(old)),
                // The new name, where both are given, has been read already.
                (true, Some(value)) => drop(self.deprecated.insert(old.to_owned(), value.clone())),
                (false, Some(value)) => {
                    renamed.insert(new, value.clone());
                    self.deprecated.insert(old.to_owned(), value.clone());
                }
            }
        }
        self.token.change(&renamed)
    }

    fn take_bounds(&mut self, data: &Parameters) -> Result<(), String> {
        let seconds = |name| seconds_field(data, name, duration::seconds);
        let leeways = &mut self.leeways;
        leeways.expiration = seconds("expiration_leeway")?.unwrap_or(leeways.expiration);
        leeways.not_before = seconds("not_before_leeway")?.unwrap_or(leeways.not_before);
        leeways.clock_skew = seconds("clock_skew_leeway")?.unwrap_or(leeways.clock_skew);
        if let Some(audiences) = field(data, "bound_audiences", fields::comma_texts)? {
            self.bound_audiences = audiences;
        }
        if let Some(subject) = field(data, "bound_subject", fields::text)? {
            self.bound_subject = subject;
        }
        if let Some(on) = field(data, "token_policies_template_claims", fields::switch)? {
            self.policies_template_claims = on;
        }
        self.globs = match field(data, "bound_claims_type", fields::text)?.as_deref() {
            Some("glob") => true,
            None | Some("string") => false,
            Some(other) => return Err(format!("invalid 'bound_claims_type': {other}")),
        };
        if let Some(bound) = field(data, "bound_claims", fields::map)? {
            if self.globs {
                check_globs(&bound)?;
            }
            self.bound_claims = bound;
        }
        Ok(())
    }

    fn take_claims(&mut self, data: &Parameters) -> Result<(), String> {
        if let Some(mappings) = field(data, "claim_mappings", fields::pairs)? {
            let mut keys: Vec<&String> = Vec::new();
            for (_, key) in &mappings {
                if key == "role" {
                    return Err(format!(
                        "metadata key {} is reserved and may not be a mapping destination",
                        quoted(key)
                    ));
                }
                if keys.contains(&key) {
                    return Err(format!(
                        "multiple keys are mapped to metadata key {}",
                        quoted(key)
                    ));
                }
                keys.push(key);
            }
            self.claim_mappings = mappings.into_iter().collect();
        }
        for name in field(data, "oauth2_metadata", fields::comma_texts)?
            .iter()
            .flatten()
        {
            if !["id_token", "refresh_token", "access_token"].contains(&name.as_str()) {
                return Err(format!("Unrecognized oauth2 metadata name {name}"));
            }
        }
        if let Some(claim) = field(data, "user_claim", fields::text)? {
            self.user_claim = claim;
        }
        if self.user_claim.is_empty() {
            return Err("a user claim must be defined on the role".to_owned());
        }
        if let Some(on) = field(data, "user_claim_json_pointer", fields::switch)? {
            self.user_claim_json_pointer = on;
        }
        if let Some(claim) = field(data, "groups_claim", fields::text)? {
            self.groups_claim = claim;
        }
        Ok(())
    }

    fn take_browser(&mut self, data: &Parameters) -> Result<(), String> {
        for (name, kind) in BROWSER {
            let Some(value) = data.get(name) else {
                continue;
            };
            let value = match kind {
                Kind::CommaTexts => field(data, name, fields::comma_texts)?.into(),
                Kind::Switch => field(data, name, fields::switch)?.into(),
                Kind::Seconds => seconds_field(data, name, positive_seconds)?.into(),
                Kind::Integer => field(data, name, fields::integer)?.into(),
                _ => value.clone(),
            };
            self.browser.insert(name.to_owned(), value);
        }
        let mode = field(data, "callback_mode", fields::text)?.filter(|mode| !mode.is_empty());
        match mode.as_deref().unwrap_or("client") {
            mode @ ("client" | "device" | "direct") => {
                self.browser.insert("callback_mode".to_owned(), mode.into());
                Ok(())
            }
            other => Err(format!("invalid 'callback_mode': {other}")),
        }
    }

    fn check(&self) -> Result<(), String> {
        let redirects = self
            .browser
            .get("allowed_redirect_uris")
            .and_then(Value::as_array);
        if self.role_type == RoleType::Oidc && redirects.is_none_or(Vec::is_empty) {
            return Err(
                "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified."
                    .to_owned(),
            );
        }
        if self.role_type == RoleType::Jwt
            && self.bound_audiences.is_empty()
            && self.token.bound_networks.is_empty()
            && self.bound_subject.is_empty()
            && self.bound_claims.is_empty()
        {
            return Err(
                "must have at least one bound constraint when creating/updating a role".to_owned(),
            );
        }
        if self.token.max_ttl > 0 && self.token.ttl > self.token.max_ttl {
            return Err("ttl should not be greater than max ttl".to_owned());
        }
        Ok(())
    }

    fn warnings(&self, limits: Limits) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.token.max_ttl > limits.max_ttl {
            warnings.push("token max ttl is greater than the system or backend mount's maximum TTL value; issued tokens' max TTL value will be truncated".to_owned());
        }
        if self.browser.get("verbose_oidc_logging") == Some(&Value::Bool(true)) {
            warnings.push("verbose_oidc_logging has been enabled for this role. This is not recommended in production since sensitive information may be present in OIDC responses.".to_owned());
        }
        warnings
    }
}

fn check_globs(bound: &Claims) -> Result<(), String> {
    for value in bound.values() {
        let single = std::slice::from_ref(value);
        let values = match value {
            Value::Null | Value::Object(_) => {
                return Err(format!(
                    "claim is not a string or list: {}",
                    claims::shown(value)
                ));
            }
            Value::Array(items) => items.as_slice(),
            _ => single,
        };
        if let Some(other) = values.iter().find(|value| !value.is_string()) {
            return Err(format!("claim is not a string: {}", claims::shown(other)));
        }
    }
    Ok(())
}
