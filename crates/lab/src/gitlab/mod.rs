//! GitLab, as far as a build token touches it: tokens, who reaches what, discovery and keys, ID
//! tokens. One file per area of the API.

mod access;
mod answer;
mod call;
mod git_access;
mod group_tokens;
mod id_token;
mod level;
mod namespaces;
mod oidc;
mod own_token;
mod pages;
mod parameters;
mod random;
mod signing_key;
mod state;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use answer::{Answer, no_endpoint};
use call::Call;
use parameters::{Parameters, segments};
use signing_key::SigningKey;

use crate::LabError;
use crate::clock::Clock;
use crate::git::{Admitted, Attempt};
use crate::wire::{Request, Response};

pub(crate) use access::token_digest;
pub(crate) use group_tokens::{Order, issue};
pub use id_token::Mint;
pub(crate) use level::DEVELOPER;
pub(crate) use state::{Group, Members, Project, State, Token, User, Visibility, today};

/// One GitLab. Clones are the same one.
#[derive(Clone)]
pub(crate) struct GitLab {
    inner: Arc<Inner>,
}

struct Inner {
    /// Its URL, which is also the issuer of its ID tokens.
    url: String,
    /// For whom ID tokens are when nobody says.
    default_audience: String,
    clock: Clock,
    key: SigningKey,
    jobs: AtomicU64,
    state: Mutex<State>,
}

impl GitLab {
    /// A GitLab at `url` that knows what is in `state`.
    pub fn new(
        url: String,
        default_audience: String,
        clock: Clock,
        state: State,
    ) -> Result<Self, LabError> {
        let key = SigningKey::of_the_lab()?;
        Ok(Self {
            inner: Arc::new(Inner {
                url,
                default_audience,
                clock,
                key,
                jobs: AtomicU64::new(1),
                state: Mutex::new(state),
            }),
        })
    }

    /// Answers one request of the API, of discovery or for keys.
    pub fn handle(&self, request: &Request) -> Response {
        stamped(self.route(request).unwrap_or_else(|refusal| refusal))
            .with_header("Cache-Control", "max-age=0, private, must-revalidate")
    }

    fn route(&self, request: &Request) -> Answer {
        let segments = segments(&request.path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        // A HEAD is answered as a GET; its body is not sent.
        let method = match request.method.as_str() {
            "HEAD" => "GET",
            method => method,
        };
        match (method, segments.as_slice()) {
            ("GET", [".well-known", "openid-configuration"]) => {
                Ok(oidc::discovery(&self.inner.url))
            }
            ("GET", ["oauth", "discovery", "keys"] | ["-", "jwks"]) => {
                Ok(oidc::keys(&[self.inner.key.public()]))
            }
            (method, ["api", "v4", endpoint @ ..]) => self.api(request, method, endpoint),
            _ => Err(Response::new(404).with_body("text/html; charset=utf-8", "404\n")),
        }
    }

    fn api(&self, request: &Request, method: &str, endpoint: &[&str]) -> Answer {
        let call = Call {
            request,
            parameters: Parameters::of(request),
            now: self.inner.clock.now(),
            base_url: self.inner.url.clone(),
        };
        let state = &mut *self.state();
        match (method, endpoint) {
            ("GET", ["groups", id]) => namespaces::group(state, &call, id),
            ("GET", ["projects", id]) => namespaces::project(state, &call, id),
            ("GET", ["groups", id, "access_tokens"]) => group_tokens::list(state, &call, id),
            ("POST", ["groups", id, "access_tokens"]) => group_tokens::create(state, &call, id),
            ("GET", ["groups", id, "access_tokens", token]) => {
                group_tokens::get(state, &call, id, token)
            }
            ("DELETE", ["groups", id, "access_tokens", token]) => {
                group_tokens::revoke(state, &call, id, token)
            }
            ("GET", ["personal_access_tokens", "self"]) => own_token::get(state, &call),
            ("DELETE", ["personal_access_tokens", "self"]) => own_token::revoke(state, &call),
            ("GET", ["personal_access_tokens", "self", "associations"]) => {
                own_token::associations(state, &call)
            }
            _ => Err(no_endpoint()),
        }
    }

    /// Decides whether a client may use a repository.
    pub fn admit(&self, attempt: &Attempt) -> Result<Admitted, Response> {
        git_access::decide(
            &mut self.state(),
            attempt,
            self.inner.clock.now(),
            &self.inner.url,
        )
    }

    /// Mints a job's ID token, as it does when a runner picks the job up.
    pub fn mint(&self, mint: &Mint) -> Result<String, LabError> {
        let issuer = id_token::Issuer {
            url: &self.inner.url,
            audience: &self.inner.default_audience,
            job: self.inner.jobs.fetch_add(1, Ordering::Relaxed),
        };
        let state = self.state();
        let project = state
            .project(&mint.project)
            .ok_or_else(|| LabError::UnknownProject {
                path: mint.project.clone(),
            })?;
        let claims = id_token::claims(&state, project, mint, &issuer, self.inner.clock.now());
        self.inner.key.sign(&claims)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the id under which GitLab's own logs would have the request.
fn stamped(response: Response) -> Response {
    let id = format!("01LAB{}", random::hex(10).to_uppercase());
    let meta = json!({ "correlation_id": id, "version": "1" });
    response
        .with_header("X-Gitlab-Meta", meta.to_string())
        .with_header("X-Request-Id", id)
}
