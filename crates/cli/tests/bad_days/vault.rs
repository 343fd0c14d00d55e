//! A Vault on loopback that answers as Vault does, but for what a bad day spoils.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::rogue::{Rogue, Stream, answer};

/// What a login gives.
pub const CLIENT_TOKEN: &str = "hvs.CAESIClientTokenOfABadDay0123456789";
/// What a read gives.
pub const BUILD_TOKEN: &str = "glpat-BuildTokenOfABadDay1";

/// The three requests of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Login,
    Read,
    Revoke,
}

impl Step {
    fn of(request: &str) -> Step {
        if request.contains("/revoke-self ") {
            Step::Revoke
        } else if request.starts_with("GET ") {
            Step::Read
        } else {
            Step::Login
        }
    }

    /// The status and the body of a good answer.
    fn good(self) -> (&'static str, Value) {
        let auth = json!({
            "client_token": CLIENT_TOKEN, "accessor": "4y3x2w", "policies": ["default", "omnibus"],
            "lease_duration": 60, "renewable": false, "token_type": "service", "mfa_requirement": null,
        });
        let metadata = json!({
            "created_time": "2001-01-01T00:00:00Z", "custom_metadata": null, "deletion_time": "",
            "destroyed": false, "version": 3,
        });
        match self {
            Step::Login => (
                "200 OK",
                json!({"request_id": "a1", "auth": auth, "wrap_info": null}),
            ),
            Step::Read => {
                let data = json!({"data": {"token": BUILD_TOKEN}, "metadata": metadata});
                ("200 OK", json!({"request_id": "b2", "data": data}))
            }
            Step::Revoke => ("204 No Content", Value::Null),
        }
    }
}

/// A Vault that is well.
pub fn well() -> Rogue {
    Rogue::start(|_, stream, request| good(stream, Step::of(request)))
}

/// One that does something else at one step. `spoil` gets the number of the request, from 0.
pub fn spoiled(
    step: Step,
    spoil: impl Fn(usize, &mut dyn Stream, &str) + Send + Sync + 'static,
) -> Rogue {
    Rogue::start(move |number, stream, request| match Step::of(request) {
        at if at == step => spoil(number, stream, request),
        other => good(stream, other),
    })
}

/// One that gives this answer at one step.
pub fn answering(step: Step, status: &str, headers: &str, body: impl Into<Vec<u8>>) -> Rogue {
    let (status, headers, body) = (status.to_owned(), headers.to_owned(), body.into());
    spoiled(step, move |_, stream, _| {
        answer(stream, &status, &headers, &body)
    })
}

/// The good answer of a step.
pub fn good(stream: &mut dyn Stream, step: Step) {
    let (status, body) = step.good();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    answer(
        stream,
        status,
        "Content-Type: application/json\r\n",
        body.as_bytes(),
    );
}

/// An ID token that has a century to live.
pub fn id_token() -> String {
    jwt(&json!({
        "iss": "https://gitlab.com", "sub": "project_path:gitlab-org/security/omnibus-gitlab:ref_type:branch:ref:master",
        "aud": "https://vault.example.com", "exp": 4_102_444_800_i64, "iat": 978_307_200, "project_id": "42",
    }))
}

/// A JWT with these claims. We don't look into signatures, and neither does this Vault.
pub fn jwt(claims: &Value) -> String {
    let encode = |text: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = encode(br#"{"alg":"RS256","kid":"lab","typ":"JWT"}"#);
    format!(
        "{header}.{}.{}",
        encode(claims.to_string().as_bytes()),
        encode(b"a signature that nobody verifies")
    )
}
