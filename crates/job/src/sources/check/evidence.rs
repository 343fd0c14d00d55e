//! What is known after git was refused, before anything is concluded from it.

use std::time::Duration;

use build_token_gitlab::{Associations, Error, TokenSelf};

use super::super::resolve::Credential;
use super::git::Git;

/// How long one local question to git may take; it makes no connection.
const LOCAL: Duration = Duration::from_secs(10);

/// Everything that [`classify`](super::classify) looks at.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// What git wrote, in English (`LC_ALL=C`).
    pub stderr: &'a str,
    /// The credential that this remote was meant to get; nothing for a public one.
    pub offered: Option<Credential>,
    /// About git itself.
    pub git: GitFacts,
    /// What GitLab answered to us.
    pub probed: Probed,
}

/// About git and its configuration for one remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitFacts {
    /// Its version.
    pub version: Option<GitVersion>,
    /// `http.<url>.proactiveAuth` is set for the remote (git 2.46 and newer know it).
    pub proactive_auth: bool,
    /// A credential that git would take before it asks any helper.
    pub preferred: Option<Preferred>,
}

/// git's version, without what distributions add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GitVersion {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl GitVersion {
    /// The first version that reads `GIT_CONFIG_COUNT`, by which the helper is wired.
    pub const CONFIGURED_BY_ENVIRONMENT: GitVersion = GitVersion {
        major: 2,
        minor: 31,
    };
    /// The first version that knows `proactiveAuth`.
    pub const PROACTIVE: GitVersion = GitVersion {
        major: 2,
        minor: 46,
    };

    /// Reads the output of `git version`.
    #[must_use]
    pub fn read(text: &str) -> Option<GitVersion> {
        let mut numbers = text.split_whitespace().nth(2)?.split('.');
        Some(GitVersion {
            major: numbers.next()?.parse().ok()?,
            minor: numbers.next()?.parse().ok()?,
        })
    }
}

impl std::fmt::Display for GitVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// Where a credential sits that git prefers to a helper's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preferred {
    /// `http.<url>.extraHeader`.
    ExtraHeader,
    /// `url.<with user information>.insteadOf`.
    Rewrite,
    /// `~/.netrc`.
    Netrc,
}

/// GitLab's answers to our own questions; nothing where a question was not asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Probed {
    /// The project's path, as the remote's URL says it.
    pub project: Option<String>,
    /// Who the token is.
    pub token_self: Option<Result<TokenSelf, Error>>,
    /// What the token reaches, from the role Guest up.
    pub associations: Option<Result<Associations, Error>>,
    /// The repository, asked for without any credential.
    pub anonymous: Option<Asked>,
    /// The repository, asked for with the token.
    pub with_token: Option<Asked>,
}

/// The answer to `info/refs?service=git-upload-pack`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The status.
    pub status: u16,
    /// GitLab's words, where the answer is text; bounded.
    pub message: String,
    /// How long GitLab asks to wait.
    pub retry_after: Option<Duration>,
}

impl Asked {
    /// Whether the repository can be fetched this way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == 200
    }
}

impl Probed {
    pub(super) fn request_id(&self) -> Option<String> {
        let of = |error: &Error| error.request_id().map(str::to_owned);
        let from_self = self.token_self.as_ref().and_then(|it| it.as_ref().err());
        let from_associations = self.associations.as_ref().and_then(|it| it.as_ref().err());
        from_self
            .and_then(of)
            .or_else(|| from_associations.and_then(of))
    }
}

/// Asks git about itself and about this remote. Makes no connection; values of headers, which are
/// credentials, are looked at for being there and dropped.
pub(super) fn git_facts(git: &Git, remote: &str) -> GitFacts {
    let output = |arguments: &[&str]| {
        let finished = git.run(arguments, LOCAL).ok()?;
        (finished.success == Some(true)).then_some(finished.stdout)
    };
    let version = output(&["version"]).and_then(|text| GitVersion::read(&text));
    let settings = output(&["config", "--get-urlmatch", "http", remote]).unwrap_or_default();
    let is_set = |name: &str| {
        settings.lines().any(|line| {
            line.split_once(' ')
                .is_some_and(|(key, value)| key == name && !value.is_empty())
        })
    };
    let rewritten = output(&["ls-remote", "--get-url", "--", remote]).unwrap_or_default();
    let preferred = if is_set("http.extraheader") {
        Some(Preferred::ExtraHeader)
    } else if has_user_information(rewritten.trim()) {
        Some(Preferred::Rewrite)
    } else if host_of(remote).is_some_and(|host| git.netrc_names(host)) {
        Some(Preferred::Netrc)
    } else {
        None
    };
    GitFacts {
        version,
        proactive_auth: is_set("http.proactiveauth"),
        preferred,
    }
}

fn authority(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let http = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    http.then(|| &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())])
}

fn has_user_information(url: &str) -> bool {
    authority(url).is_some_and(|authority| authority.contains('@'))
}

fn host_of(url: &str) -> Option<&str> {
    let host = authority(url)?;
    Some(host.split_once(':').map_or(host, |(host, _)| host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        for (text, expected) in [
            ("git version 2.39.5", Some((2, 39))),
            ("git version 2.30.2\n", Some((2, 30))),
            ("git version 2.39.3 (Apple Git-146)", Some((2, 39))),
            ("git version 2.46.0.windows.1", Some((2, 46))),
            ("nonsense", None),
        ] {
            let expected = expected.map(|(major, minor)| GitVersion { major, minor });
            assert_eq!(GitVersion::read(text), expected, "{text}");
        }
        let old = GitVersion { major: 2, minor: 9 };
        assert!(old < GitVersion::CONFIGURED_BY_ENVIRONMENT);
    }

    #[test]
    fn user_information_and_hosts_are_found_in_http_urls_only() {
        assert!(has_user_information("https://u:p@h.example/a"));
        assert!(!has_user_information("https://h.example/a@b"));
        assert!(!has_user_information("ssh://git@h.example/a"));
        assert_eq!(host_of("https://h.example:8443/a"), Some("h.example"));
        assert_eq!(host_of("git@h.example:a"), None);
    }
}
