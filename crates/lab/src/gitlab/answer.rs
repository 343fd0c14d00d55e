//! The shapes in which GitLab's API answers and refuses.

use serde_json::{Value, json};

use crate::wire::Response;

/// Either way it is a response; a refusal ends the handler.
pub(super) type Answer = Result<Response, Response>;

/// A JSON document.
pub(super) fn json(status: u16, value: &Value) -> Response {
    Response::new(status).with_body("application/json", value.to_string())
}

/// `{"message": …}`, as most of the API refuses.
fn message(status: u16, text: &str) -> Response {
    json(status, &json!({ "message": text }))
}

/// No token, or one that nobody knows; also: not permitted to know.
pub(super) fn unauthorized() -> Response {
    message(401, "401 Unauthorized")
}

/// A token that was good once.
pub(super) fn invalid_token(description: &str) -> Response {
    let body = json!({ "error": "invalid_token", "error_description": description });
    json(401, &body).with_header(
        "WWW-Authenticate",
        format!(
            r#"Bearer realm="The API", error="invalid_token", error_description="{description}""#
        ),
    )
}

/// A good token whose scopes do not reach this endpoint.
pub(super) fn insufficient_scope(needed: &str) -> Response {
    let description = "The request requires higher privileges than provided by the access token.";
    json(
        403,
        &json!({
            "error": "insufficient_scope",
            "error_description": description,
            "scope": needed,
        }),
    )
}

/// `what` is not there, or the caller may not know that it is.
pub(super) fn not_found(what: &str) -> Response {
    message(404, &format!("404 {what} Not Found"))
}

/// No such endpoint.
pub(super) fn no_endpoint() -> Response {
    json(404, &json!({ "error": "404 Not Found" }))
}

/// The parameters do not even have the right form.
pub(super) fn invalid_parameters(problems: &[String]) -> Response {
    json(400, &json!({ "error": problems.join(", ") }))
}

/// The parameters are well formed, and still not to be done.
pub(super) fn bad_request(reason: &str) -> Response {
    message(400, &format!("400 Bad request - {reason}"))
}
