//! What a handler answers, and how that becomes a status and a body.

use build_token_vault::rules::token::Token;
use serde_json::{Map, Value, json};

use super::{json, random};
use crate::wire::Response;

/// A handler's answer: something, nothing (404 for reads, 204 otherwise), or a fault.
pub(super) type Answer = Result<Option<Reply>, Fault>;

/// A good answer.
#[derive(Default)]
pub(super) struct Reply {
    pub(super) data: Option<Map<String, Value>>,
    pub(super) auth: Option<Auth>,
    pub(super) lease_seconds: i64,
    pub(super) warnings: Vec<String>,
    /// A status of its own: the body is the same, without a line end; empty if there is nothing.
    pub(super) status: Option<u16>,
}

/// The session that a login or the token mount gives out.
#[derive(Default)]
pub(super) struct Auth {
    pub(super) client_token: String,
    pub(super) accessor: String,
    pub(super) policies: Vec<String>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) lease_seconds: i64,
    pub(super) renewable: bool,
    pub(super) entity: String,
    pub(super) token_type: &'static str,
    pub(super) orphan: bool,
    pub(super) num_uses: i64,
    /// The token itself, where it is not remembered.
    pub(super) token: Option<Token>,
}

impl Reply {
    pub(super) fn data(data: Value) -> Self {
        Self {
            data: data.as_object().cloned(),
            ..Self::default()
        }
    }

    /// A list; an empty one becomes a 404.
    pub(super) fn keys(keys: Vec<String>) -> Self {
        if keys.is_empty() {
            return Self::data(json!({}));
        }
        Self::data(json!({ "keys": keys }))
    }

    pub(super) fn warning(text: &str) -> Self {
        Self {
            warnings: vec![text.to_owned()],
            ..Self::default()
        }
    }

    pub(super) fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Warnings alone, or nothing where there are none.
    pub(super) fn only_warnings(warnings: Vec<String>) -> Option<Self> {
        (!warnings.is_empty()).then(|| Self {
            warnings,
            ..Self::default()
        })
    }

    /// Whether it is a list without entries.
    fn is_empty_list(&self) -> bool {
        match self.data.as_ref().and_then(|data| data.get("keys")) {
            Some(keys) => keys.as_array().is_none_or(Vec::is_empty),
            None => self.data.as_ref().is_none_or(Map::is_empty) && self.warnings.is_empty(),
        }
    }

    /// The body. `inject` repeats the data at the top, as some old paths do.
    fn body(self, request_id: &str, inject: bool) -> String {
        let data = self.data.map_or(Value::Null, Value::Object);
        let mut members: Vec<(&str, Value)> = Vec::new();
        if let Some(data) = data.as_object().filter(|_| inject) {
            members.extend(
                data.iter()
                    .map(|(key, value)| (key.as_str(), value.clone())),
            );
        }
        let warnings = if self.warnings.is_empty() {
            Value::Null
        } else {
            self.warnings.into()
        };
        let repeated = data.clone();
        members.extend([
            ("request_id", request_id.into()),
            ("lease_id", "".into()),
            ("renewable", false.into()),
            ("lease_duration", self.lease_seconds.into()),
            ("data", repeated),
            ("wrap_info", Value::Null),
            ("warnings", warnings),
        ]);
        let mut out = String::new();
        json::write_in_order(&mut out, &members);
        out.pop();
        out.push_str(",\"auth\":");
        match self.auth {
            Some(auth) => auth.write(&mut out),
            None => out.push_str("null"),
        }
        out.push('}');
        out
    }
}

impl Auth {
    fn write(self, out: &mut String) {
        let members = [
            ("client_token", self.client_token.into()),
            ("accessor", self.accessor.into()),
            ("policies", self.policies.clone().into()),
            ("token_policies", self.policies.into()),
            ("metadata", self.metadata.map_or(Value::Null, Value::Object)),
            ("lease_duration", self.lease_seconds.into()),
            ("renewable", self.renewable.into()),
            ("entity_id", self.entity.into()),
            ("token_type", self.token_type.into()),
            ("orphan", self.orphan.into()),
            ("mfa_requirement", Value::Null),
            ("num_uses", self.num_uses.into()),
        ];
        json::write_in_order(out, &members);
    }
}

/// A refusal or a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: u16,
    pub(super) text: String,
    /// Whether the text is a bare error, which authenticated requests wrap in a list.
    pub(super) bare: bool,
}

impl Fault {
    /// A text that goes out as it is.
    pub(super) fn said(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            bare: false,
        }
    }

    /// A handler's own refusal.
    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self::said(400, text)
    }

    /// A bare error.
    pub(super) fn error(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            bare: true,
        }
    }

    pub(super) fn denied() -> Self {
        Self::error(403, "permission denied")
    }

    pub(super) fn unsupported_operation() -> Self {
        Self::error(405, "unsupported operation")
    }

    pub(super) fn unsupported_path() -> Self {
        Self::error(404, "unsupported path")
    }

    pub(super) fn internal() -> Self {
        Self::error(500, "internal error")
    }

    /// As an authenticated request says it.
    pub(super) fn wrapped(self) -> Self {
        if self.bare {
            Self::said(
                self.status,
                format!("1 error occurred:\n\t* {}\n\n", self.text),
            )
        } else {
            self
        }
    }
}

/// What the answer depends on besides the handler's.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    /// A read, for which nothing is a 404.
    pub(super) read: bool,
    /// A list, for which nothing and an empty list are a 404.
    pub(super) list: bool,
    /// Whether the data is repeated at the top.
    pub(super) inject: bool,
}

/// The response for an answer.
pub(super) fn respond(answer: Answer, shape: Shape) -> Response {
    match answer {
        Err(fault) => error(fault.status, Some(&fault.text)),
        Ok(None) if shape.read || shape.list => error(404, None),
        Ok(None) => bare(204),
        Ok(Some(reply)) => match reply.status {
            Some(status) if reply.data.is_none() && reply.warnings.is_empty() => bare(status),
            Some(status) => body(status, reply.body(&random::uuid(), false)),
            None if shape.list && reply.is_empty_list() => error(404, None),
            None => line(200, reply.body(&random::uuid(), shape.inject)),
        },
    }
}

/// `{"errors":[…]}` with one text or none.
pub(super) fn error(status: u16, text: Option<&str>) -> Response {
    let errors: Vec<&str> = text.into_iter().collect();
    let mut out = String::new();
    json::write(&mut out, &json!({ "errors": errors }));
    line(status, out)
}

/// An object whose members stay in their order.
pub(super) fn ordered(status: u16, members: &[(&str, Value)]) -> Response {
    let mut out = String::new();
    json::write_in_order(&mut out, members);
    line(status, out)
}

/// No body; the type is there all the same.
pub(super) fn bare(status: u16) -> Response {
    body(status, String::new())
}

fn line(status: u16, mut text: String) -> Response {
    text.push('\n');
    body(status, text)
}

fn body(status: u16, text: String) -> Response {
    Response {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: text.into_bytes(),
    }
}
