//! Asks a lab that runs in another process.

use std::time::{Duration, Instant};

use build_token_http::{
    Client, Deadline, Method, Request, Retry, Roots, Settings, SystemTime, Url,
};
use build_token_secret::Secret;
use serde_json::Value;

use crate::LabError;

/// A lab answers at once or not at all.
const LIMIT: Duration = Duration::from_secs(10);

/// Mints an ID token at the lab whose GitLab is at `gitlab_url`. `body` has the fields of
/// [`Mint`](crate::Mint).
///
/// # Errors
/// The lab does not answer, or refuses.
pub fn mint(gitlab_url: &str, body: &Value) -> Result<Secret, LabError> {
    let failed = |message: String| LabError::Refused { message };
    let url = Url::parse(gitlab_url)
        .and_then(|url| url.with_target("/-/lab/mint"))
        .map_err(|error| failed(format!("{gitlab_url}: {error}")))?;
    let settings = Settings {
        roots: Roots::from_environment(&|name| std::env::var(name).ok()),
        ..Settings::default()
    };
    let request = Request::new(Method::Post, url)
        .header("Content-Type", "application/json")
        .body(body.to_string());
    let response = Client::new(settings, SystemTime)
        .send(
            &request,
            Retry::Never,
            Deadline::after(Instant::now(), LIMIT),
        )
        .map_err(|error| failed(error.to_string()))?;
    let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    match answer["id_token"].as_str() {
        Some(token) => Ok(Secret::new(token)),
        None => Err(failed(format!(
            "{}: {}",
            response.status(),
            String::from_utf8_lossy(response.body())
        ))),
    }
}
