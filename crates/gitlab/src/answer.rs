//! From an HTTP answer to a value or an exact error. Pure.

use build_token_http::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Refusal};

/// As much of a server's words as an error keeps, in characters.
const LONGEST_MESSAGE: usize = 200;

/// Reads a successful answer, or says why it is none.
pub(crate) fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Error> {
    accepted(response)?;
    serde_json::from_slice(response.body()).map_err(|error| bad(response, error.to_string()))
}

/// Whether the status is one of success.
pub(crate) fn accepted(response: &Response) -> Result<(), Error> {
    if (200..300).contains(&response.status()) {
        return Ok(());
    }
    Err(refused(response))
}

/// The two shapes of GitLab's errors: `{"message"}` and OAuth's `{"error","error_description"}`.
#[derive(Debug, Default, Deserialize)]
struct Problem {
    message: Option<serde_json::Value>,
    error: Option<String>,
    error_description: Option<String>,
    scope: Option<String>,
}

fn refused(response: &Response) -> Error {
    let status = response.status();
    let problem: Option<Problem> = serde_json::from_slice(response.body()).ok();
    let refusal = match (status, &problem) {
        // A proxy before GitLab limits and fails without any JSON.
        (429, _) => Refusal::RateLimited {
            retry_after: response.retry_after(),
        },
        (500.., _) => Refusal::ServerFailure,
        (_, Some(problem)) => refusal(status, problem),
        (_, None) => return bad(response, "not a JSON object".to_owned()),
    };
    Error::Refused {
        refusal,
        status,
        request_id: request_id(response),
    }
}

fn refusal(status: u16, problem: &Problem) -> Refusal {
    let error = problem.error.as_deref().unwrap_or_default();
    let description = problem.error_description.as_deref().unwrap_or_default();
    let message = match &problem.message {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => format!("{error} {description}"),
    };
    match (status, error) {
        (401, "dpop_error") => Refusal::ProofRequired,
        (401, "invalid_token") if description.contains("revoked") => Refusal::Revoked,
        (401, "invalid_token") if description.contains("expired") => Refusal::Expired,
        (401, "") => Refusal::Unknown,
        (403, "insufficient_scope") => Refusal::InsufficientScope {
            needed: problem
                .scope
                .as_deref()
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        },
        (400, _) if message.contains("requires token type to be a personal access token") => {
            Refusal::NotAnAccessToken
        }
        (404, _) => Refusal::NotFound,
        _ => Refusal::Other {
            message: one_line(&message),
        },
    }
}

fn bad(response: &Response, problem: String) -> Error {
    Error::BadAnswer {
        status: response.status(),
        problem: one_line(&problem),
        content_type: response.header("content-type").map(one_line),
        request_id: request_id(response),
    }
}

/// GitLab's id of the request; behind some proxies only `X-Gitlab-Meta` is left.
fn request_id(response: &Response) -> Option<String> {
    if let Some(id) = response.header("x-request-id") {
        return Some(one_line(id));
    }
    #[derive(Deserialize)]
    struct Meta {
        correlation_id: String,
    }
    let meta: Meta = serde_json::from_str(response.header("x-gitlab-meta")?).ok()?;
    Some(one_line(&meta.correlation_id))
}

/// Foreign words, safe to print: bounded, without control characters.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(LONGEST_MESSAGE)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::token::TokenSelf;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Response::new(status, headers, body.as_bytes().to_vec())
    }

    fn error(status: u16, body: &str) -> Error {
        let headers = [("X-Request-Id", "01REQUEST")];
        read::<TokenSelf>(&response(status, &headers, body)).unwrap_err()
    }

    #[test]
    fn each_state_of_a_token_is_its_own_refusal() {
        for (status, body, refusal) in [
            (401, r#"{"message":"401 Unauthorized"}"#, Refusal::Unknown),
            (
                401,
                r#"{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}"#,
                Refusal::Revoked,
            ),
            (
                401,
                r#"{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}"#,
                Refusal::Expired,
            ),
            (
                401,
                r#"{"error":"dpop_error","error_description":"DPoP validation error: DPoP header is missing"}"#,
                Refusal::ProofRequired,
            ),
            (
                403,
                r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}"#,
                Refusal::InsufficientScope {
                    needed: vec!["api".into(), "read_api".into()],
                },
            ),
            (
                400,
                r#"{"message":"400 Bad request - This endpoint requires token type to be a personal access token"}"#,
                Refusal::NotAnAccessToken,
            ),
            (404, r#"{"message":"404 Not Found"}"#, Refusal::NotFound),
            (404, r#"{"error":"404 Not Found"}"#, Refusal::NotFound),
            (
                403,
                r#"{"message":"403 Forbidden  - Your account has been blocked."}"#,
                Refusal::Other {
                    message: "403 Forbidden  - Your account has been blocked.".into(),
                },
            ),
            (500, "<html>", Refusal::ServerFailure),
            (502, "", Refusal::ServerFailure),
        ] {
            let expected = Error::Refused {
                refusal,
                status,
                request_id: Some("01REQUEST".into()),
            };
            assert_eq!(error(status, body), expected, "{body}");
        }
    }

    #[test]
    fn a_rate_limit_says_how_long() {
        let limited = response(429, &[("Retry-After", "17")], "Retry later\n");
        let expected = Refusal::RateLimited {
            retry_after: Some(Duration::from_secs(17)),
        };
        let error = accepted(&limited).unwrap_err();
        assert_eq!(error.refusal(), Some(&expected));
    }

    #[test]
    fn an_answer_of_something_else_is_told_apart() {
        let page = response(
            200,
            &[("Content-Type", "text/html"), ("X-Gitlab-Meta", "{}")],
            "<html>Sign in",
        );
        let Error::BadAnswer {
            status,
            content_type,
            ..
        } = read::<TokenSelf>(&page).unwrap_err()
        else {
            panic!("another error");
        };
        assert_eq!((status, content_type.as_deref()), (200, Some("text/html")));
        assert!(matches!(
            error(403, "<html>"),
            Error::BadAnswer { status: 403, .. }
        ));
        assert!(matches!(
            error(200, r#"{"id":"seven"}"#),
            Error::BadAnswer { status: 200, .. }
        ));
    }

    #[test]
    fn the_request_id_is_found_in_either_header_and_kept_on_one_line() {
        let meta = [("X-Gitlab-Meta", r#"{"correlation_id":"abc","version":"1"}"#)];
        let error = accepted(&response(401, &meta, "{}")).unwrap_err();
        assert_eq!(error.request_id(), Some("abc"));
        let long = "ab\u{1b}".repeat(200);
        let message = one_line(&long);
        assert_eq!(message.chars().count(), LONGEST_MESSAGE);
        assert!(!message.contains('\u{1b}'));
    }
}
