//! Inline auth: a login in the headers of another request, whose session lives for that request.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use build_token_vault::rules::{acl::Operation, fields::Parameters};
use serde_json::Value;

use super::{
    Core,
    core::{self, Asked},
    reply::{Answer, Fault, Reply},
    session::Caller,
};

const PREFIX: &str = "x-vault-inline-auth-";

/// A login that did not come to a session.
pub(super) struct Refused {
    pub(super) answer: Answer,
    /// Whether the answer is the auth method's own, which a header then says.
    pub(super) marked: bool,
}

/// Logs in if the headers ask for it.
pub(super) fn log_in(core: &Core, asked: &Asked) -> Result<Option<Caller>, Box<Refused>> {
    let Some(path) = header(asked, "path") else {
        return Ok(None);
    };
    if !asked.token.is_empty() {
        return Err(failed(
            500,
            "cannot layer inline authentication with token authentication",
        ));
    }
    let operation = match header(asked, "operation") {
        None | Some("update" | "create") => Operation::Update,
        Some("read") => Operation::Read,
        Some(_) => return Err(failed(405, "unsupported operation")),
    };
    if header(asked, "namespace").is_some_and(|namespace| !namespace.trim_matches('/').is_empty()) {
        return Err(failed(500, "inline auth namespace was not found"));
    }
    let login = Asked {
        operation,
        path: path.to_owned(),
        data: parameters(asked).map_err(|text| failed(500, text))?,
        token: String::new(),
        namespace: String::new(),
        inline: Vec::new(),
        wrap_seconds: 0,
        remote: asked.remote,
        now: asked.now,
        remember: false,
    };
    match core::request(core, &login, None) {
        Ok(Some(Reply {
            auth: Some(auth), ..
        })) => {
            let token = auth.token.ok_or_else(|| failed(500, "internal error"))?;
            Ok(Some(core::inline_caller(
                core,
                auth.client_token,
                token,
                asked.now,
            )))
        }
        Ok(None) => Err(failed(404, "specified authentication path was not found")),
        Err(fault) if fault.bare => Err(failed(fault.status, &fault.text)),
        answer => Err(Box::new(Refused {
            answer,
            marked: true,
        })),
    }
}

fn failed(status: u16, text: &str) -> Box<Refused> {
    let text = format!("failed to perform inline authentication: {text}");
    Box::new(Refused {
        answer: Err(Fault::said(status, text)),
        marked: false,
    })
}

fn header<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    let found = asked
        .inline
        .iter()
        .find(|(key, _)| key.strip_prefix(PREFIX) == Some(name));
    found.map(|(_, value)| value.as_str())
}

/// The login's parameters: `{"key": …, "value": …}` in each header, encoded.
fn parameters(asked: &Asked) -> Result<Parameters, &'static str> {
    let mut parameters = Parameters::new();
    for (name, value) in &asked.inline {
        if !name
            .strip_prefix(PREFIX)
            .is_some_and(|name| name.starts_with("parameter-"))
        {
            continue;
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(value)
            .map_err(|_| "failed raw url-safe base64 decoding header value")?;
        let pair: Option<Parameters> =
            serde_json::from_slice(&bytes).map_err(|_| "failed json decoding header value")?;
        let pair = pair.unwrap_or_default();
        let key = pair.get("key").ok_or("decoded header lacked `key` field")?;
        let Value::String(key) = key else {
            return Err("decoded header had incorrect type for `key` field");
        };
        let value = pair
            .get("value")
            .ok_or("decoded header lacked `value` field")?;
        if pair.len() != 2 {
            return Err("unexpected field in decoded request parameter");
        }
        parameters.insert(key.clone(), value.clone());
    }
    Ok(parameters)
}

/// Whether a header belongs to inline auth.
pub(super) fn owns(name: &str) -> bool {
    name.get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}
