//! URLs to which secrets may be sent: https, or http on loopback; no credentials inside.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The two schemes that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP: loopback only.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// As in a URL, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// Why a text is not a URL that can be used. Holds nothing that could be a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing was given.
    #[error("empty URL")]
    Empty,
    /// A space or a control character anywhere in it.
    #[error("space or control character in the URL")]
    Spaces,
    /// `https://` is missing.
    #[error("no scheme in the URL")]
    NoScheme,
    /// Neither `http` nor `https`.
    #[error("unknown scheme {scheme}")]
    UnknownScheme {
        /// What was found, in lower case.
        scheme: String,
    },
    /// A user name or a password before the host.
    #[error("credentials in the URL")]
    Credentials,
    /// Nothing between the scheme and the path.
    #[error("no host in the URL")]
    NoHost,
    /// The port is not a number from 1 to 65535.
    #[error("bad port {port}")]
    Port {
        /// What was found.
        port: String,
    },
    /// `http://` to a host other than loopback: TLS is not optional.
    #[error("plain http to {host}")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// Anything else that a request cannot be sent to.
    #[error("not a URL")]
    Syntax,
}

/// An absolute URL without credentials and fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    scheme: Scheme,
    host: String,
    port: u16,
    target: String,
}

impl Url {
    /// Reads a URL; a missing path becomes `/`.
    ///
    /// # Errors
    /// [`UrlError`], among them plain http to a host that is not loopback.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(UrlError::Spaces);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            "" => return Err(UrlError::NoScheme),
            other => {
                return Err(UrlError::UnknownScheme {
                    scheme: other.to_owned(),
                });
            }
        };
        let (authority, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        let host = host.to_ascii_lowercase();
        if !is_host(&host) {
            return Err(UrlError::Syntax);
        }
        if scheme == Scheme::Http && !is_loopback(&host) {
            return Err(UrlError::PlainHttp { host });
        }
        let target = match target.split('#').next().unwrap_or_default() {
            query if query.starts_with('?') => format!("/{query}"),
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        let url = Url {
            scheme,
            port: port.unwrap_or(scheme.default_port()),
            host,
            target,
        };
        match url.to_string().parse::<ureq::http::Uri>() {
            Ok(_) => Ok(url),
            Err(_) => Err(UrlError::Syntax),
        }
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host in lower case; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, the scheme's own where none was written.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, always with a leading `/`.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Scheme, host and, where it is not the scheme's own, port: `https://vault.example.com`.
    pub fn origin(&self) -> String {
        let scheme = self.scheme.as_str();
        if self.port == self.scheme.default_port() {
            format!("{scheme}://{}", self.host)
        } else {
            format!("{scheme}://{}:{}", self.host, self.port)
        }
    }

    /// The same server with another path and query, already percent-encoded.
    ///
    /// # Errors
    /// [`UrlError::Syntax`] when `target` has no leading `/` or holds what a request line cannot.
    pub fn with_target(&self, target: &str) -> Result<Url, UrlError> {
        let clean = target.starts_with('/') && !target.contains(['#', '\\']);
        if !clean || target.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(UrlError::Syntax);
        }
        target
            .parse::<ureq::http::uri::PathAndQuery>()
            .map_err(|_| UrlError::Syntax)?;
        Ok(Url {
            target: target.to_owned(),
            ..self.clone()
        })
    }

    /// Whether this is the machine itself: `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// As it is sent, without the scheme's own port.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.target)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let after_address = authority.rfind(']').map_or(0, |end| end + 1);
    let Some(colon) = authority[after_address..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(after_address + colon);
    match port[1..].parse() {
        Ok(number) if number > 0 && port[1..].bytes().all(|b| b.is_ascii_digit()) => {
            Ok((host, Some(number)))
        }
        _ => Err(UrlError::Port {
            port: port[1..].to_owned(),
        }),
    }
}

/// An IPv6 address in brackets, or what a resolver takes: no escapes, nothing outside ASCII.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()),
        None => host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
    }
}

/// `localhost` names are loopback by definition (RFC 6761), whatever a resolver says.
pub(crate) fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost")
}

fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    is_localhost(host)
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> UrlError {
        Url::parse(text).unwrap_err()
    }

    #[test]
    fn reads_what_can_be_sent_to() {
        for (text, shown) in [
            ("https://Vault.Example.com", "https://vault.example.com/"),
            (
                "HTTPS://vault.example.com:443/v1/x?y=1#z",
                "https://vault.example.com/v1/x?y=1",
            ),
            (
                "https://vault.example.com:8200?a",
                "https://vault.example.com:8200/?a",
            ),
            ("http://127.0.0.1:8200/", "http://127.0.0.1:8200/"),
            ("http://[::1]:8200", "http://[::1]:8200/"),
            ("http://localhost", "http://localhost/"),
            ("http://vault.localhost:80/", "http://vault.localhost/"),
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn refuses_each_fault_with_its_own_error() {
        assert_eq!(error(""), UrlError::Empty);
        assert_eq!(error("https://vault example.com"), UrlError::Spaces);
        assert_eq!(error("https://vault.example.com\n"), UrlError::Spaces);
        assert_eq!(error("vault.example.com:8200"), UrlError::NoScheme);
        assert_eq!(error("://vault.example.com"), UrlError::NoScheme);
        assert_eq!(
            error("ftp://x"),
            UrlError::UnknownScheme {
                scheme: "ftp".into()
            }
        );
        assert_eq!(
            error("https://u:p@vault.example.com"),
            UrlError::Credentials
        );
        assert_eq!(error("https:///path"), UrlError::NoHost);
        assert_eq!(error("https://:8200"), UrlError::NoHost);
        for port in ["0", "65536", "", "x", "+1"] {
            let text = format!("https://vault.example.com:{port}/");
            assert_eq!(error(&text), UrlError::Port { port: port.into() });
        }
        assert_eq!(error("https://va<>ult/"), UrlError::Syntax);
        assert_eq!(error("https://[::1]x/"), UrlError::Syntax);
        assert_eq!(error("https://vault%2eexample.com/"), UrlError::Syntax);
        assert_eq!(
            error("https://vault.example.com\\.evil.example.com/"),
            UrlError::Syntax
        );
        assert_eq!(
            error("https://vault.example.com/v1/\u{e9}\u{7f}"),
            UrlError::Spaces
        );
        assert_eq!(error("https://\u{ff56}ault.example.com/"), UrlError::Syntax);
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for host in [
            "vault.example.com",
            "10.0.0.1",
            "localhost.example.com",
            "[2001:db8::1]",
        ] {
            let text = format!("http://{host}:8200/");
            assert_eq!(error(&text), UrlError::PlainHttp { host: host.into() });
        }
    }

    #[test]
    fn another_target_stays_on_the_same_server() {
        let url = Url::parse("https://vault.example.com:8200/old").unwrap();
        assert_eq!(
            url.with_target("/v1/a%20b").unwrap().to_string(),
            "https://vault.example.com:8200/v1/a%20b"
        );
        for target in [
            "",
            "v1",
            "@evil.example.com/",
            "/a b",
            "/a#b",
            "/\r\nx: y",
            "/a\\b",
        ] {
            assert_eq!(url.with_target(target), Err(UrlError::Syntax), "{target:?}");
        }
    }
}
