//! Where a build token may be sent: host and path prefixes, compared after normalisation.
//!
//! git's credential protocol gives us host and path after git's own decoding (git-credential(1)), so
//! what is compared here is what git will really connect to. Whatever two readers of a URL could
//! understand differently (`\`, `%` in a path, `..`, empty segments, user information) is outside.

use std::fmt;

/// One prefix that a build token may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reach {
    host: Host,
    segments: Vec<String>,
}

/// A scheme with a host and an explicit port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Host {
    secure: bool,
    name: String,
    port: u16,
}

/// Why a text is no reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// `gitlab.com/group/` instead of `https://gitlab.com/group/`.
    #[error("no scheme")]
    NoScheme,
    /// Another scheme than https; http is for loopback only.
    #[error("scheme {0} is not https")]
    Scheme(String),
    /// `https://user:secret@…`.
    #[error("user information in it")]
    UserInformation,
    /// The host or its port cannot be one.
    #[error("no usable host")]
    Host,
    /// A query, a fragment, `..`, `%`, `\`, `*`, an empty segment or a blank in the path.
    #[error("{0} in the path")]
    Path(String),
}

impl Reach {
    /// Reads `https://host[:port]/path/`.
    ///
    /// # Errors
    /// What is wrong with it; nothing is repaired, since this is where a token may go.
    pub fn parse(text: &str) -> Result<Reach, ReachError> {
        let (host, path) = split(text.trim())?;
        let mut segments = segments(path)?;
        if segments.last().is_some_and(String::is_empty) {
            segments.pop();
        }
        match segments.iter().find(|segment| segment.is_empty()) {
            Some(_) => Err(ReachError::Path("//".to_owned())),
            None => Ok(Reach { host, segments }),
        }
    }

    /// Whether the repository at `url` lies within: same host, and the reach's segments are the first
    /// of its path's.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        let Ok((host, path)) = split(url) else {
            return false;
        };
        self.matches(&host, path)
    }

    /// The same for what git's credential protocol gives: `protocol`, `host` (with a port where the
    /// URL had one) and `path` (without its leading slash).
    #[must_use]
    pub fn covers_credential(&self, protocol: &str, host: &str, path: &str) -> bool {
        let Ok(host) = Host::parse(protocol, host) else {
            return false;
        };
        self.matches(&host, path)
    }

    fn matches(&self, host: &Host, path: &str) -> bool {
        let Ok(mut segments) = segments(path) else {
            return false;
        };
        if segments.last().is_some_and(String::is_empty) {
            segments.pop();
        }
        host == &self.host
            && !segments.is_empty()
            && !segments.iter().any(String::is_empty)
            && segments.starts_with(&self.segments)
    }

    /// Whether everything within `self` is within `wider` too.
    #[must_use]
    pub fn is_within(&self, wider: &Reach) -> bool {
        self.host == wider.host && self.segments.starts_with(&wider.segments)
    }

    /// The prefix as a URL without a slash at its end.
    #[must_use]
    pub fn prefix(&self) -> String {
        let mut text = self.origin();
        for segment in &self.segments {
            text.push('/');
            text.push_str(segment);
        }
        text
    }

    /// The host's name, in lower case and without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host.name
    }

    /// Scheme, host and port, as `https://gitlab.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        let Host { secure, name, port } = &self.host;
        let (scheme, default) = if *secure {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if *port == default {
            format!("{scheme}://{name}")
        } else {
            format!("{scheme}://{name}:{port}")
        }
    }
}

/// The normal form: with a slash at its end, as it is written in `.build-token.yml`.
impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/", self.prefix())
    }
}

/// What lies within one of `left` and one of `right`.
#[must_use]
pub fn intersection(left: &[Reach], right: &[Reach]) -> Vec<Reach> {
    let mut both = Vec::new();
    for a in left {
        for b in right {
            let narrower = if a.is_within(b) {
                a
            } else if b.is_within(a) {
                b
            } else {
                continue;
            };
            if !both.contains(narrower) {
                both.push(narrower.clone());
            }
        }
    }
    both
}

impl Host {
    fn parse(scheme: &str, authority: &str) -> Result<Host, ReachError> {
        let scheme = scheme.to_ascii_lowercase();
        let secure = match scheme.as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(ReachError::Scheme(scheme)),
        };
        if authority.contains('@') {
            return Err(ReachError::UserInformation);
        }
        let (name, port) = split_port(authority)?;
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let usable = if let Some(inner) = name.strip_prefix('[') {
            inner
                .strip_suffix(']')
                .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
        } else {
            !name.is_empty()
                && !name.starts_with('.')
                && !name.contains("..")
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        if !usable {
            return Err(ReachError::Host);
        }
        let host = Host {
            secure,
            name,
            port: port.unwrap_or(if secure { 443 } else { 80 }),
        };
        if !secure && !host.is_loopback() {
            return Err(ReachError::Scheme(scheme));
        }
        Ok(host)
    }

    fn is_loopback(&self) -> bool {
        self.name == "localhost"
            || self.name == "[::1]"
            || self
                .name
                .parse::<std::net::Ipv4Addr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), ReachError> {
    let after_bracket = authority.rfind(']').map_or(0, |index| index + 1);
    match authority[after_bracket..].find(':') {
        None => Ok((authority, None)),
        Some(colon) => {
            let (name, port) = authority.split_at(after_bracket + colon);
            match &port[1..] {
                "" => Ok((name, None)),
                digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits
                    .parse()
                    .map(|port| (name, Some(port)))
                    .map_err(|_| ReachError::Host),
                _ => Err(ReachError::Host),
            }
        }
    }
}

fn split(url: &str) -> Result<(Host, &str), ReachError> {
    let (scheme, rest) = url.split_once("://").ok_or(ReachError::NoScheme)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    Ok((
        Host::parse(scheme, authority)?,
        path.strip_prefix('/').unwrap_or(path),
    ))
}

/// The path's segments; the last is empty where the path ends in a slash.
fn segments(path: &str) -> Result<Vec<String>, ReachError> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(bad) = path
        .chars()
        .find(|c| matches!(c, '%' | '\\' | '?' | '#' | '*') || c.is_control() || c.is_whitespace())
    {
        return Err(ReachError::Path(bad.escape_default().to_string()));
    }
    path.split('/')
        .map(|segment| match segment {
            "." | ".." => Err(ReachError::Path(segment.to_owned())),
            other => Ok(other.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn security() -> Reach {
        Reach::parse("https://gitlab.com/gitlab-org/security/").unwrap()
    }

    #[test]
    fn what_lies_within_is_covered_however_the_host_is_written() {
        for url in [
            "https://gitlab.com/gitlab-org/security/omnibus-gitlab.git",
            "https://GitLab.com/gitlab-org/security/omnibus-gitlab.git",
            "https://gitlab.com:443/gitlab-org/security/a/b/c",
            "https://gitlab.com./gitlab-org/security/omnibus-gitlab.git/",
            "HTTPS://gitlab.com/gitlab-org/security/omnibus-gitlab.git",
        ] {
            assert!(security().covers(url), "{url}");
        }
        assert!(security().covers_credential(
            "https",
            "gitlab.com:443",
            "gitlab-org/security/x.git"
        ));
    }

    #[test]
    fn what_only_looks_as_if_it_lay_within_is_not_covered() {
        for url in [
            "https://gitlab.com/gitlab-org/security-evil/x.git",
            "https://gitlab.com/gitlab-org/Security/x.git",
            "https://gitlab.com/gitlab-org/security/../other/x.git",
            "https://gitlab.com/gitlab-org/security/./x.git",
            "https://gitlab.com/gitlab-org/security//x.git",
            "https://gitlab.com//gitlab-org/security/x.git",
            "https://gitlab.com/gitlab-org%2fsecurity/x.git",
            "https://gitlab.com/gitlab-org/security/%2e%2e/x.git",
            "https://gitlab.com/gitlab-org/security\\x.git",
            "https://gitlab.com/gitlab-org/security/x.git?a=b",
            "https://gitlab.com/",
            "https://gitlab.com",
            "https://gitlab.com:8443/gitlab-org/security/x.git",
            "https://gitlab.com@evil.example/gitlab-org/security/x.git",
            "https://evil.example\\@gitlab.com/gitlab-org/security/x.git",
            "https://gitlab.com.evil.example/gitlab-org/security/x.git",
            "https://gitlab%2ecom/gitlab-org/security/x.git",
            "https://gitlab.com../gitlab-org/security/x.git",
            "https://gıtlab.com/gitlab-org/security/x.git",
            "http://gitlab.com/gitlab-org/security/x.git",
            "ssh://gitlab.com/gitlab-org/security/x.git",
            "git@gitlab.com:gitlab-org/security/x.git",
        ] {
            assert!(!security().covers(url), "{url}");
        }
    }

    #[test]
    fn a_reach_is_refused_with_its_reason() {
        let reason = |text| Reach::parse(text).unwrap_err();
        assert_eq!(reason("gitlab.com/gitlab-org/"), ReachError::NoScheme);
        assert_eq!(
            reason("http://gitlab.com/gitlab-org/"),
            ReachError::Scheme("http".into())
        );
        assert_eq!(
            reason("https://a:b@gitlab.com/x/"),
            ReachError::UserInformation
        );
        assert_eq!(reason("https:///x/"), ReachError::Host);
        assert_eq!(reason("https://gitlab.com:99999/x/"), ReachError::Host);
        assert_eq!(
            reason("https://gitlab.com/x/*"),
            ReachError::Path("*".into())
        );
        assert_eq!(
            reason("https://gitlab.com/x//y/"),
            ReachError::Path("//".into())
        );
        assert!(Reach::parse("http://127.0.0.1:8080/group/").is_ok());
        assert!(Reach::parse("http://[::1]:8080/group/").is_ok());
    }

    #[test]
    fn an_intersection_keeps_the_narrower_of_two() {
        let parse = |texts: &[&str]| -> Vec<Reach> {
            texts
                .iter()
                .map(|text| Reach::parse(text).unwrap())
                .collect()
        };
        let both = intersection(
            &parse(&["https://gitlab.com/gitlab-org/", "https://example.com/a/"]),
            &parse(&[
                "https://gitlab.com/gitlab-org/security/",
                "https://example.com/b/",
            ]),
        );
        assert_eq!(both, parse(&["https://gitlab.com/gitlab-org/security/"]));
    }

    #[test]
    fn the_normal_form_has_one_slash_at_its_end() {
        assert_eq!(
            Reach::parse("https://GITLAB.com:443/gitlab-org/security")
                .unwrap()
                .to_string(),
            "https://gitlab.com/gitlab-org/security/"
        );
    }
}
