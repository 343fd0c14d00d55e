//! Making tokens: what a child may have that its parent has not.

use build_token_vault::rules::{
    acl::{Access, Operation},
    duration::text_seconds,
    fields::{self, Kind, Parameters},
    quote::quoted,
    token::{self, Lifetime, SYSTEM_TTL, Token, sanitize_policies},
};

use super::super::{
    endpoint::Call,
    reply::{Answer, Fault, Reply},
    session::{self, Caller, Issue},
};

pub(super) const FIELDS: &[(&str, Kind)] = &[
    ("role_name", Kind::Text),
    ("display_name", Kind::Text),
    ("explicit_max_ttl", Kind::Text),
    ("entity_alias", Kind::Text),
    ("num_uses", Kind::Integer),
    ("period", Kind::Text),
    ("renewable", Kind::Switch),
    ("ttl", Kind::Text),
    ("lease", Kind::Text),
    ("type", Kind::Text),
    ("no_default_policy", Kind::Switch),
    ("id", Kind::Text),
    ("meta", Kind::Pairs),
    ("no_parent", Kind::Switch),
    ("policies", Kind::Texts),
    ("format", Kind::Text),
];

pub(super) fn create(call: &Call<'_>) -> Answer {
    make(call, false)
}

pub(super) fn create_orphan(call: &Call<'_>) -> Answer {
    make(call, true)
}

/// Roles of the token mount are not known here, so every name is unknown.
pub(super) fn create_with_role(call: &Call<'_>) -> Answer {
    Err(Fault::refused(format!(
        "unknown role {}",
        call.text("role_name")
    )))
}

fn make(call: &Call<'_>, orphan: bool) -> Answer {
    let caller = call.caller()?;
    if caller.inline {
        return Err(Fault::refused(
            "parent token lookup failed: no parent found",
        ));
    }
    if caller.token.kind == token::Kind::Batch {
        return Err(Fault::refused("batch tokens cannot create more tokens"));
    }
    if caller.token.num_uses != 0 {
        return Err(Fault::refused(
            "restricted use token cannot generate child tokens",
        ));
    }
    let sudo = has_sudo(call, caller);
    let needs_sudo = |what: &str| {
        if sudo {
            Ok(())
        } else {
            Err(Fault::refused(format!(
                "root or sudo privileges required to {what}"
            )))
        }
    };
    let (kind, renewable) = kind(call)?;
    let num_uses = call.integer("num_uses");
    if num_uses < 0 {
        return Err(Fault::refused("number of uses cannot be negative"));
    }
    if !call.text("entity_alias").is_empty() {
        return Err(Fault::refused(
            "'entity_alias' is only allowed in combination with token role",
        ));
    }
    let value = Some(call.text("id")).filter(|value| !value.is_empty());
    if value.is_some() {
        needs_sudo("specify token id")?;
    }
    let policies = policies(call, caller, sudo)?;
    let is_orphan = if call.switch("no_parent") {
        needs_sudo("create orphan token")?;
        true
    } else {
        orphan
    };
    let lifetime = lifetime(call)?;
    if lifetime.period > 0 {
        needs_sudo("create periodic token")?;
    }
    let mut warnings = Vec::new();
    let is_root = policies == ["root"];
    let mut ttl = 0;
    if lifetime.period > 0 || lifetime.ttl > 0 || !is_root {
        let limits = call
            .core
            .state()
            .mounts
            .get(call.mount)
            .map(|mount| mount.limits())
            .unwrap_or_default();
        let granted = lifetime.grant(limits, call.now, call.now);
        (ttl, warnings) = granted.map_err(|error| Fault::error(500, error.to_string()))?;
    } else if lifetime.explicit_max_ttl > 0 {
        ttl = lifetime.explicit_max_ttl.min(SYSTEM_TTL);
    }
    if ttl == 0 && caller.token.ttl != 0 {
        return Err(Fault::refused(
            "expiring root tokens cannot create non-expiring root tokens",
        ));
    }
    if let Some(value) = &value {
        check_value(value)?;
        warnings.push("Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.".to_owned());
    }
    let token = Token {
        policies,
        path: call.path.to_owned(),
        meta: call
            .read("meta", fields::pairs)
            .map(|pairs| pairs.into_iter().collect()),
        display_name: display_name(&call.text("display_name")),
        num_uses,
        ttl,
        lifetime,
        renewable: renewable && ttl > 0,
        entity: if is_orphan {
            String::new()
        } else {
            caller.token.entity.clone()
        },
        bound_networks: if is_orphan || ttl == 0 {
            Vec::new()
        } else {
            caller.token.bound_networks.clone()
        },
        kind,
        ..Token::default()
    };
    issue(
        call,
        Issue {
            token,
            value,
            parent: (!is_orphan).then_some(&caller.value),
            remember: true,
        },
        warnings,
    )
}

fn issue(call: &Call<'_>, issue: Issue<'_>, mut warnings: Vec<String>) -> Answer {
    let mut state = call.core.state();
    let (value, token) = issue.issue(&mut state, &call.core.sealer, call.now)?;
    for policy in token.policies.iter().filter(|policy| *policy != "root") {
        if !state.policies.contains_key(policy) {
            warnings.push(format!("Policy {} does not exist", quoted(policy)));
        }
    }
    let auth = session::shown(&value, &token, token.ttl);
    Ok(Some(Reply {
        auth: Some(auth),
        warnings,
        ..Reply::default()
    }))
}

fn has_sudo(call: &Call<'_>, caller: &Caller) -> bool {
    let data = Parameters::new();
    let access = Access {
        operation: Operation::Update,
        path: call.path,
        data: &data,
        wrap_seconds: 0,
    };
    caller.acl.decide(&access).sudo
}

/// The kind, and whether it can be renewed.
fn kind(call: &Call<'_>) -> Result<(token::Kind, bool), Fault> {
    let renewable = call.read("renewable", fields::switch).unwrap_or(true);
    match call.text("type").as_str() {
        "" | "service" => return Ok((token::Kind::Service, renewable)),
        "batch" => {}
        _ => return Err(Fault::refused("invalid 'token_type' value")),
    }
    let set = |name: &str| match call.text(name) {
        text if text.is_empty() => Ok(false),
        text => text_seconds(&text)
            .map(|seconds| seconds != 0)
            .map_err(|_| Fault::refused(format!("\"{name}\" value could not be parsed"))),
    };
    let bad = if set("explicit_max_ttl")? {
        "explicit_max_ttl"
    } else if call.integer("num_uses") != 0 {
        "num_uses"
    } else if set("period")? {
        "period"
    } else {
        return Ok((token::Kind::Batch, false));
    };
    Err(Fault::refused(format!(
        "batch tokens cannot have \"{bad}\" set"
    )))
}

/// The child's policies: its parent's if it asks for none, and not more unless the parent may.
fn policies(call: &Call<'_>, caller: &Caller, sudo: bool) -> Result<Vec<String>, Fault> {
    let parent = sanitize_policies(&caller.token.policies, false);
    let asked = call.read("policies", fields::texts).unwrap_or_default();
    let no_default = call.switch("no_default_policy");
    let mut policies = if asked.is_empty() {
        parent.clone()
    } else if sudo {
        sanitize_policies(&asked, !no_default)
    } else {
        let asked = sanitize_policies(&asked, false);
        if !asked.iter().all(|policy| parent.contains(policy)) {
            return Err(Fault::refused("child policies must be subset of parent"));
        }
        let add_default = !no_default && parent.iter().any(|policy| policy == "default");
        sanitize_policies(&asked, add_default)
    };
    if no_default {
        policies.retain(|policy| policy != "default");
    }
    if let Some(policy) = policies.iter().find(|policy| !token::is_assignable(policy)) {
        return Err(Fault::refused(format!(
            "cannot assign policy {}",
            quoted(policy)
        )));
    }
    if policies.iter().any(|policy| policy == "root") {
        if !parent.iter().any(|policy| policy == "root") {
            return Err(Fault::refused(
                "root tokens may not be created without parent token being root",
            ));
        }
        if call.text("type") == "batch" {
            return Err(Fault::refused("batch tokens cannot be root tokens"));
        }
    }
    Ok(policies)
}

fn lifetime(call: &Call<'_>) -> Result<Lifetime, Fault> {
    let seconds = |name: &str| match text_seconds(&call.text(name)) {
        Err(text) => Err(Fault::refused(text)),
        Ok(negative) if negative < 0 => Err(Fault::refused(format!("{name} must be positive"))),
        Ok(seconds) => Ok(seconds),
    };
    let (explicit_max_ttl, period) = (seconds("explicit_max_ttl")?, seconds("period")?);
    let ttl = if call.text("ttl").is_empty() {
        seconds("lease")?
    } else {
        seconds("ttl")?
    };
    Ok(Lifetime {
        increment: 0,
        ttl,
        period,
        max_ttl: 0,
        explicit_max_ttl,
    })
}

fn check_value(value: &str) -> Result<(), Fault> {
    if value.starts_with("s.") {
        return Err(Fault::refused(
            "custom token ID cannot have the 's.' prefix",
        ));
    }
    if value.contains('.') {
        return Err(Fault::refused(
            "custom token ID cannot have a '.' in the value",
        ));
    }
    Ok(())
}

fn display_name(given: &str) -> String {
    if given.is_empty() {
        return "token".to_owned();
    }
    let clean = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '-'
        }
    };
    // What is not ASCII counts by its bytes.
    let name: String = given
        .chars()
        .flat_map(|c| std::iter::repeat_n(clean(c), c.len_utf8()))
        .collect();
    format!("token-{name}").trim_end_matches('-').to_owned()
}
