//! Whether the server is up: health, init, seal and unseal. None of it needs a policy, and most of
//! it no token.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use build_token_vault::rules::{
    acl::{Access, Operation},
    fields::{Parameters, parse_switch, switch},
};
use serde_json::Value;

use super::super::{Core, VERSION, body, http, random, reply, session};
use crate::wire::{Request, Response};

/// `sys/health`: the state as a status code, which the query may choose.
pub(super) fn health(core: &Core, request: &Request) -> Response {
    if request.method != "GET" && request.method != "HEAD" {
        return reply::error(405, None);
    }
    let query = body::query(&request.query);
    let sealed = core.state().sealed;
    let Some(status) = health_status(&query, sealed) else {
        return reply::error(400, None);
    };
    let mode = if sealed { "unknown" } else { "disabled" };
    let mut members = vec![
        ("initialized", true.into()),
        ("sealed", sealed.into()),
        ("standby", sealed.into()),
        ("performance_standby", false.into()),
        ("replication_performance_mode", mode.into()),
        ("replication_dr_mode", mode.into()),
        ("server_time_utc", core.clock.now().as_second().into()),
        ("version", VERSION.into()),
    ];
    if !sealed {
        members.extend(cluster(core));
    }
    reply::ordered(status, &members)
}

/// The status; nothing where the query's wishes are no numbers.
fn health_status(query: &Parameters, sealed: bool) -> Option<u16> {
    let first = |name: &str| match query.get(name) {
        Some(Value::Array(values)) => values.first().and_then(Value::as_str),
        value => value.and_then(Value::as_str),
    };
    if let Some(text) = first("standbyok")
        && parse_switch(text).is_none()
    {
        return None;
    }
    let wish = |name: &str, default: u16| match first(name) {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    // All of them are looked at, whichever counts.
    wish("uninitcode", 501)?;
    wish("standbycode", 429)?;
    let (sealed_status, active) = (wish("sealedcode", 503)?, wish("activecode", 200)?);
    let status = if sealed { sealed_status } else { active };
    Some(if (100..1000).contains(&status) {
        status
    } else {
        500
    })
}

fn cluster(core: &Core) -> [(&'static str, Value); 2] {
    let (name, id) = &core.cluster;
    [
        ("cluster_name", format!("vault-cluster-{name}").into()),
        ("cluster_id", id.as_str().into()),
    ]
}

/// `sys/seal-status`.
pub(super) fn seal_status(core: &Core) -> Response {
    let sealed = core.state().sealed;
    let mut members = vec![
        ("type", "shamir".into()),
        ("initialized", true.into()),
        ("sealed", sealed.into()),
        ("t", 1.into()),
        ("n", 1.into()),
        ("progress", 0.into()),
        ("nonce", "".into()),
        ("version", VERSION.into()),
        ("build_date", "".into()),
        ("migration", false.into()),
    ];
    if !sealed {
        members.extend(cluster(core));
    }
    members.extend([
        ("recovery_seal", false.into()),
        ("storage_type", "inmem".into()),
    ]);
    reply::ordered(200, &members)
}

/// `sys/leader`: there is one server, and so no cluster.
pub(super) fn leader() -> Response {
    reply::ordered(
        200,
        &[
            ("ha_enabled", false.into()),
            ("is_self", false.into()),
            ("active_time", "0001-01-01T00:00:00Z".into()),
            ("leader_address", "".into()),
            ("leader_cluster_address", "".into()),
        ],
    )
}

/// `sys/init`: the server begins initialised.
pub(super) fn init(_: &Core, request: &Request) -> Response {
    match request.method.as_str() {
        "GET" => reply::ordered(200, &[("initialized", true.into())]),
        "PUT" | "POST" if request.body.is_empty() => reply::error(400, Some("EOF")),
        "PUT" | "POST" => {
            let shares = body::write(request)
                .ok()
                .and_then(|data| data.get("secret_shares")?.as_i64());
            match shares {
                Some(1..) => reply::error(400, Some("Vault is already initialized")),
                _ => reply::error(
                    400,
                    Some("invalid seal configuration: shares must be at least one"),
                ),
            }
        }
        _ => reply::error(405, None),
    }
}

/// `sys/seal`: asks for a token that may, unless the server is sealed already.
pub(super) fn seal(core: &Core, request: &Request) -> Response {
    if !matches!(request.method.as_str(), "PUT" | "POST") {
        return reply::error(405, None);
    }
    let mut state = core.state();
    if state.sealed {
        return reply::bare(204);
    }
    let now = core.clock.now();
    let value = http::token(request);
    let Ok(Some(token)) = session::find(&state, &core.sealer, value, now) else {
        return reply::error(403, Some("permission denied"));
    };
    let access = Access {
        operation: Operation::Update,
        path: "sys/seal",
        data: &Parameters::new(),
        wrap_seconds: 0,
    };
    let decision = session::acl(&state, &token, now).decide(&access);
    if !decision.allowed || !decision.sudo {
        return reply::error(403, Some("1 error occurred:\n\t* permission denied\n\n"));
    }
    state.sealed = true;
    reply::bare(204)
}

/// `sys/unseal`: one key, in hexadecimal or base64.
pub(super) fn unseal(core: &Core, request: &Request) -> Response {
    if !matches!(request.method.as_str(), "PUT" | "POST") {
        return reply::error(405, None);
    }
    let data = match body::write(request) {
        Ok(data) => Value::Object(data),
        Err(fault) => return reply::error(400, Some(&fault.text)),
    };
    let refused = |text: &str| reply::error(400, Some(text));
    let reset = switch(&data["reset"]).unwrap_or_default();
    let key = data["key"].as_str().unwrap_or_default();
    if !reset && key.is_empty() {
        return refused("'key' must be specified in request body as JSON, or 'reset' set to true");
    }
    if reset {
        return if core.state().sealed {
            seal_status(core)
        } else {
            refused("vault is unsealed")
        };
    }
    let Some(key) = unhex(key).or_else(|| STANDARD.decode(key).ok()) else {
        return refused("'key' must be a valid hex or base64 string");
    };
    if key.len() < 16 {
        return refused("invalid key: key is shorter than minimum 16 bytes");
    }
    if core.state().sealed {
        if random::hex(&key) != core.unseal_key {
            return refused(
                "unable to retrieve stored keys: invalid key: failed to decrypt keys from storage: cipher: message authentication failed",
            );
        }
        core.state().sealed = false;
    }
    seal_status(core)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_chooses_the_status() {
        for (query, sealed, expected) in [
            ("", false, Some(200)),
            ("", true, Some(503)),
            ("activecode=299", false, Some(299)),
            ("sealedcode=200", true, Some(200)),
            ("activecode=x", true, None),
            ("uninitcode=x", false, None),
            ("standbyok=x", false, None),
            ("standbyok=true", false, Some(200)),
        ] {
            assert_eq!(
                health_status(&body::query(query), sealed),
                expected,
                "{query}"
            );
        }
        assert_eq!(unhex("00ff"), Some(vec![0, 255]));
        assert_eq!(unhex("0"), None);
    }
}
