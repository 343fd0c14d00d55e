//! Why GitLab gave no answer that could be used. One state of a token, one variant.

use std::time::Duration;

use build_token_http::UrlError;

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// GitLab said no.
    #[error("GitLab refused ({status}): {refusal}")]
    Refused {
        /// What it said.
        refusal: Refusal,
        /// The status of its answer.
        status: u16,
        /// Its id of the request.
        request_id: Option<String>,
    },
    /// The answer is none of GitLab's API: HTML of a proxy, another type, not JSON.
    #[error("not GitLab's answer ({status}): {problem}")]
    BadAnswer {
        /// The status of the answer.
        status: u16,
        /// What is wrong with it.
        problem: String,
        /// Its type, as it says.
        content_type: Option<String>,
        /// The id of the request, where there is one.
        request_id: Option<String>,
    },
    /// No answer.
    #[error(transparent)]
    Transport(#[from] build_token_http::Error),
    /// The URL cannot be asked.
    #[error(transparent)]
    Url(#[from] UrlError),
}

/// What GitLab has against a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such token: a typing error, another instance's, or none at all.
    #[error("unknown token")]
    Unknown,
    /// It was revoked.
    #[error("revoked")]
    Revoked,
    /// Its date has come.
    #[error("expired")]
    Expired,
    /// Its scopes do not include this call.
    #[error("one of these scopes is needed: {needed:?}")]
    InsufficientScope {
        /// Scopes of which one would do.
        needed: Vec<String>,
    },
    /// It is a job's or a deployment's token, which cannot ask about itself.
    #[error("not an access token")]
    NotAnAccessToken,
    /// The token's user has to prove possession of a key with each request.
    #[error("DPoP required")]
    ProofRequired,
    /// There is no such call: an old GitLab, or a wrong path to the API.
    #[error("no such call")]
    NotFound,
    /// Too many requests.
    #[error("rate limited")]
    RateLimited {
        /// How long to wait, where GitLab says it.
        retry_after: Option<Duration>,
    },
    /// GitLab failed.
    #[error("server failure")]
    ServerFailure,
    /// Anything else.
    #[error("{message}")]
    Other {
        /// GitLab's words, on one line and bounded.
        message: String,
    },
}

impl Error {
    /// What GitLab said, if it said anything.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// GitLab's id of the request, for its operators.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Error::Refused { request_id, .. } | Error::BadAnswer { request_id, .. } => {
                request_id.as_deref()
            }
            Error::Transport(_) | Error::Url(_) => None,
        }
    }
}
