//! The server's URL: scheme and host, as `VAULT_SERVER_URL` has it, and nothing else.

use std::fmt;

use build_token_http::{Url, UrlError};

/// A server that requests can be sent to: https, or http on loopback.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Why a text is no server URL; `shown` is the text without credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("server URL {shown}: {problem}")]
pub struct ServerUrlError {
    /// What was given, with `[…]` where it could hold a credential.
    pub shown: String,
    /// What is wrong with it.
    pub problem: ServerUrlProblem,
}

/// What is wrong with a server URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlProblem {
    /// Not a URL, or not one that a secret may be sent to.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// It has a path: the API's `/v1` is added by whoever uses the URL.
    #[error("it has a path; {instead} is meant")]
    Path {
        /// What to write instead.
        instead: String,
    },
    /// It has a query or a fragment.
    #[error("it has a query; {instead} is meant")]
    Query {
        /// What to write instead.
        instead: String,
    },
}

impl ServerUrl {
    /// Reads a server's URL; one slash at its end is no path.
    ///
    /// # Errors
    /// [`ServerUrlError`], which shows no credential.
    pub fn parse(text: &str) -> Result<ServerUrl, ServerUrlError> {
        let failed = |problem| ServerUrlError {
            shown: shown(text),
            problem,
        };
        let url = Url::parse(text).map_err(|error| failed(error.into()))?;
        let instead = url.origin();
        if url.target().contains('?') || text.contains('#') {
            return Err(failed(ServerUrlProblem::Query { instead }));
        }
        if url.target() != "/" {
            return Err(failed(ServerUrlProblem::Path { instead }));
        }
        Ok(ServerUrl(url))
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        self.0.host()
    }

    /// The URL itself, with the path `/`.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// Scheme, host and, where it is not the scheme's own, port.
impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin())
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The text without what stands before the last `@`, without query and control characters.
fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let (scheme, rest) = match text.find("://") {
        Some(end) => text.split_at(end + 3),
        None => ("", text),
    };
    let (rest, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let rest = match rest.rsplit_once('@') {
        Some((_, host)) => format!("[…]@{host}"),
        None => rest.to_owned(),
    };
    let rest = if query.is_empty() {
        rest
    } else {
        format!("{rest}{}[…]", &query[..1])
    };
    let line = format!("{scheme}{rest}");
    line.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> ServerUrlProblem {
        ServerUrl::parse(text).unwrap_err().problem
    }

    #[test]
    fn reads_scheme_host_and_port() {
        for (text, shown) in [
            ("https://vault.example.com", "https://vault.example.com"),
            ("https://vault.example.com/", "https://vault.example.com"),
            (
                "HTTPS://Vault.example.com:8200",
                "https://vault.example.com:8200",
            ),
            ("http://127.0.0.1:8200", "http://127.0.0.1:8200"),
        ] {
            assert_eq!(ServerUrl::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn each_fault_is_named_and_a_path_is_answered_with_what_to_write() {
        let instead = || "https://vault.example.com".to_owned();
        for path in ["/v1", "/v1/", "/ui/vault", "//"] {
            let text = format!("https://vault.example.com{path}");
            assert_eq!(
                problem(&text),
                ServerUrlProblem::Path { instead: instead() },
                "{path}"
            );
        }
        for query in ["?x=y", "/?x", "#x", "/#x"] {
            let text = format!("https://vault.example.com{query}");
            assert_eq!(
                problem(&text),
                ServerUrlProblem::Query { instead: instead() },
                "{query}"
            );
        }
        assert_eq!(problem(""), UrlError::Empty.into());
        assert_eq!(problem("vault.example.com"), UrlError::NoScheme.into());
        assert_eq!(
            problem(" https://vault.example.com"),
            UrlError::Spaces.into()
        );
        assert_eq!(
            problem("http://10.0.0.1"),
            UrlError::PlainHttp {
                host: "10.0.0.1".into()
            }
            .into()
        );
        assert_eq!(
            problem("unix:///x"),
            UrlError::UnknownScheme {
                scheme: "unix".into()
            }
            .into()
        );
    }

    #[test]
    fn no_credential_is_shown() {
        for text in [
            "https://user:hunter2@vault.example.com/",
            "user:hunter2@vault.example.com",
            "https://user:hunt@er2@vault.example.com",
            "https://vault.example.com/?token=hunter2",
            "https://vault.example.com\n/#hunter2",
        ] {
            let error = ServerUrl::parse(text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("hunt") && !error.shown.contains('\n'),
                "{shown}"
            );
            assert!(shown.contains("vault.example.com"), "{shown}");
        }
    }
}
