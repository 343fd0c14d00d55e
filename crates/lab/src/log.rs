//! Every request that a server of the lab answered, for tests that ask who was asked what: a job
//! that is not entitled must not be found here at all.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use build_token_secret::{Fingerprint, Secret};
use serde::Serialize;

/// The newest requests that are kept; older ones are forgotten, so that a lab that serves for
/// days does not grow.
const KEPT: usize = 10_000;

/// Query parameters that GitLab accepts a token in.
const SECRET_PARAMETERS: [&str; 3] = ["private_token", "access_token", "job_token"];

/// Beginnings of Vault's and GitLab's tokens: older Vault paths ended in a token.
const TOKEN_PREFIXES: [&str; 6] = ["hvs.", "hvb.", "s.", "b.", "glpat-", "eyJ"];

/// Which server was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Server {
    /// The embedded Vault.
    Vault,
    /// GitLab's API, discovery and keys.
    GitLab,
    /// Git over HTTP.
    Git,
}

/// What the client showed to prove who it is. The value itself is never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    Absent,
    /// A token too short to have a fingerprint, such as a development server's `root`.
    Short,
    /// A token.
    Token(Fingerprint),
}

impl Credential {
    /// What these headers show: Vault's or GitLab's own header, a bearer token or the password
    /// of basic authentication.
    pub(crate) fn of<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        for (name, value) in headers {
            let Ok(value) = std::str::from_utf8(value) else {
                continue;
            };
            let token = match name.to_ascii_lowercase().as_str() {
                "x-vault-token" | "private-token" => Some(value.to_owned()),
                "authorization" => bearer(value).or_else(|| basic(value).map(|(_, token)| token)),
                _ => None,
            };
            if let Some(token) = token.filter(|token| !token.is_empty()) {
                return Secret::new(token)
                    .fingerprint()
                    .map_or(Self::Short, Self::Token);
            }
        }
        Self::Absent
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("none"),
            Self::Short => formatter.write_str("short"),
            Self::Token(fingerprint) => fingerprint.fmt(formatter),
        }
    }
}

impl Serialize for Credential {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(header: &str) -> Option<String> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// The user and the password of an `Authorization: Basic` header.
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// Who answered.
    pub server: Server,
    /// The method as sent.
    pub method: String,
    /// The path as sent, with whatever looks like a token left out.
    pub path: String,
    /// The query, without the values of parameters that carry tokens.
    pub query: String,
    /// The status of the answer.
    pub status: u16,
    /// What the client showed.
    pub credential: Credential,
}

/// The lab's one log; clones write to the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestLog {
    entries: Arc<Mutex<VecDeque<LoggedRequest>>>,
}

impl RequestLog {
    /// Adds a request. Its path and query are made safe here, so that nobody can forget it.
    pub fn add(&self, mut request: LoggedRequest) {
        request.path = without_tokens(&request.path);
        request.query = without_secret_values(&request.query);
        let mut entries = self.lock();
        if entries.len() == KEPT {
            entries.pop_front();
        }
        entries.push_back(request);
    }

    /// All kept requests, oldest first.
    pub fn all(&self) -> Vec<LoggedRequest> {
        self.lock().iter().cloned().collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<LoggedRequest>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn without_tokens(path: &str) -> String {
    let looks_like_token = |segment: &str| {
        segment.len() >= 20
            && TOKEN_PREFIXES
                .iter()
                .any(|prefix| segment.starts_with(prefix))
    };
    path.split('/')
        .map(|segment| {
            if looks_like_token(segment) {
                "[MASKED]"
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn without_secret_values(query: &str) -> String {
    query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if SECRET_PARAMETERS.contains(&name) => format!("{name}=[MASKED]"),
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(name: &str, value: &str) -> Credential {
        Credential::of([(name, value.as_bytes())].into_iter())
    }

    fn logged(path: &str, query: &str) -> LoggedRequest {
        LoggedRequest {
            server: Server::GitLab,
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            status: 200,
            credential: Credential::Absent,
        }
    }

    #[test]
    fn a_token_is_known_by_its_fingerprint_wherever_it_is_sent() {
        let token = "glpat-aaaaaaaaaaaaaaaaaaaa";
        let expected = Credential::Token(Secret::new(token).fingerprint().unwrap());
        assert_eq!(credential("PRIVATE-TOKEN", token), expected);
        assert_eq!(credential("X-Vault-Token", token), expected);
        assert_eq!(
            credential("authorization", &format!("Bearer {token}")),
            expected
        );
        let pair = STANDARD.encode(format!("anybody:{token}"));
        assert_eq!(
            credential("authorization", &format!("Basic {pair}")),
            expected
        );
        assert_eq!(credential("x-vault-token", "root"), Credential::Short);
        assert_eq!(credential("accept", token), Credential::Absent);
    }

    #[test]
    fn no_token_stays_in_a_path_or_a_query() {
        let log = RequestLog::default();
        log.add(logged(
            "/v1/auth/token/lookup/s.ABCDEFGHIJKLMNOPQRSTUVWX",
            "private_token=glpat-aaaaaaaaaaaaaaaaaaaa&page=2",
        ));
        let entry = log.all().remove(0);
        assert_eq!(entry.path, "/v1/auth/token/lookup/[MASKED]");
        assert_eq!(entry.query, "private_token=[MASKED]&page=2");
    }

    #[test]
    fn the_oldest_requests_are_forgotten() {
        let log = RequestLog::default();
        for number in 0..=KEPT {
            log.add(logged(&format!("/{number}"), ""));
        }
        let entries = log.all();
        assert_eq!(entries.len(), KEPT);
        assert_eq!(entries[0].path, "/1");
        log.clear();
        assert!(log.all().is_empty());
    }
}
