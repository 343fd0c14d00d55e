//! A git remote as it may be printed and used: never with a credential inside.
//!
//! Passwords in remotes come from deployments that put the token into the URL. They would be
//! printed, stored in `.git/config` and preferred by git to any helper, so they are cut here, once,
//! and everything after this works on what is left.

use serde::Serialize;

/// How git would reach a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// `https://…`: the only one that a build token may travel over.
    Https,
    /// `http://…`: for loopback only.
    Http,
    /// `ssh://…` or `user@host:path`.
    Ssh,
    /// `git://…`.
    Git,
    /// A path, or `file://…`.
    File,
    /// `name::address`, or a scheme that is none of the above: git would start a program for it.
    Other,
}

/// A remote without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// What git is given, and what is printed.
    pub text: String,
    /// How git reaches it.
    pub transport: Transport,
    /// Something was cut: a user or password of an http(s) URL, a password elsewhere, a query.
    pub had_credential: bool,
}

/// A text that is no remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARemote {
    /// There is no text.
    #[error("empty")]
    Empty,
    /// A line break or another control character inside.
    #[error("a control character inside")]
    ControlCharacter,
    /// An http(s) URL without a host.
    #[error("no host")]
    NoHost,
    /// One bare word: neither a URL nor an ssh address nor a path.
    #[error("neither a URL nor a path")]
    NoAddress,
}

impl Remote {
    /// Reads a remote in any of git's forms.
    ///
    /// # Errors
    /// [`NotARemote`] when no git could use it, or when printing it would break a line.
    pub fn read(text: &str) -> Result<Remote, NotARemote> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotARemote::Empty);
        }
        if text.contains(char::is_control) {
            return Err(NotARemote::ControlCharacter);
        }
        if !text.contains(['/', ':']) {
            return Err(NotARemote::NoAddress);
        }
        // `name::address` is for git's remote helpers; the address may be a URL with a credential.
        if let Some((helper, address)) = text.split_once("::")
            && is_name(helper)
        {
            let (address, had_credential) = match split_scheme(address) {
                Some((scheme, rest)) => clean(scheme, rest, true),
                None => (address.to_owned(), false),
            };
            return Ok(Remote {
                text: format!("{helper}::{address}"),
                transport: Transport::Other,
                had_credential,
            });
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Ok(Remote {
                text: text.to_owned(),
                transport: path_or_ssh(text),
                had_credential: false,
            });
        };
        let transport = match scheme.to_ascii_lowercase().as_str() {
            "https" => Transport::Https,
            "http" => Transport::Http,
            "ssh" | "git+ssh" | "ssh+git" => Transport::Ssh,
            "git" => Transport::Git,
            "file" => Transport::File,
            _ => Transport::Other,
        };
        // A user name alone is part of an ssh address, and half a credential everywhere else.
        let (text, had_credential) = clean(scheme, rest, transport != Transport::Ssh);
        let is_http = matches!(transport, Transport::Https | Transport::Http);
        if is_http && host_is_missing(&text[scheme.len() + 3..]) {
            return Err(NotARemote::NoHost);
        }
        Ok(Remote {
            text,
            transport,
            had_credential,
        })
    }
}

/// `scheme://rest`, or nothing.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    text.split_once("://").filter(|(scheme, _)| is_name(scheme))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_alphabetic())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
}

/// Cuts the credential out of `scheme://rest`; with `user_too` also a user name without password.
fn clean(scheme: &str, rest: &str, user_too: bool) -> (String, bool) {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // The last `@` separates: whatever stands before it may be a password with an `@` inside.
    let (user_information, host) = match authority.rsplit_once('@') {
        Some((user_information, host)) => (Some(user_information), host),
        None => (None, authority),
    };
    let kept = match user_information {
        Some(information) if !user_too => {
            format!("{}@", information.split(':').next().unwrap_or_default())
        }
        _ => String::new(),
    };
    // `?private_token=…` is a credential too, and no repository's address has a query.
    let path_end = path.find(['?', '#']).unwrap_or(path.len());
    let text = format!("{scheme}://{kept}{host}{}", &path[..path_end]);
    let had_credential = path_end < path.len()
        || user_information.is_some_and(|information| user_too || information.contains(':'));
    (text, had_credential)
}

fn host_is_missing(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', ':'])
}

/// git's rule for a text without a scheme: a colon before the first slash makes it ssh.
fn path_or_ssh(text: &str) -> Transport {
    match (text.find(':'), text.find('/')) {
        (Some(colon), Some(slash)) if colon < slash => Transport::Ssh,
        (Some(_), None) => Transport::Ssh,
        _ => Transport::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Transport, bool) {
        let remote = Remote::read(text).unwrap();
        (remote.text, remote.transport, remote.had_credential)
    }

    #[test]
    fn remotes_keep_their_address_and_lose_their_credential() {
        use Transport::{File, Git, Http, Https, Other, Ssh};
        for (input, text, transport, had_credential) in [
            (
                "https://h.example/a/b.git",
                "https://h.example/a/b.git",
                Https,
                false,
            ),
            (
                "HTTPS://h.example/a.git",
                "HTTPS://h.example/a.git",
                Https,
                false,
            ),
            (
                "https://u:pw@h.example/a.git",
                "https://h.example/a.git",
                Https,
                true,
            ),
            (
                "https://u@h.example/a.git",
                "https://h.example/a.git",
                Https,
                true,
            ),
            (
                "https://u:p@ss@h.example/a.git",
                "https://h.example/a.git",
                Https,
                true,
            ),
            (
                "https://h.example/a@b.git",
                "https://h.example/a@b.git",
                Https,
                false,
            ),
            (
                "https://h.example/a.git?private_token=x",
                "https://h.example/a.git",
                Https,
                true,
            ),
            (
                "http://u:pw@127.0.0.1:80/a",
                "http://127.0.0.1:80/a",
                Http,
                true,
            ),
            (
                "ssh://git@h.example:22/a.git",
                "ssh://git@h.example:22/a.git",
                Ssh,
                false,
            ),
            (
                "ssh://git:pw@h.example/a.git",
                "ssh://git@h.example/a.git",
                Ssh,
                true,
            ),
            (
                "git@dev.example:g/a.git",
                "git@dev.example:g/a.git",
                Ssh,
                false,
            ),
            ("git://h.example/a", "git://h.example/a", Git, false),
            ("file:///srv/a.git", "file:///srv/a.git", File, false),
            ("/srv/a:b.git", "/srv/a:b.git", File, false),
            ("../a.git", "../a.git", File, false),
            ("ext::sh -c", "ext::sh -c", Other, false),
            (
                "https::https://u:pw@h.example/a",
                "https::https://h.example/a",
                Other,
                true,
            ),
            ("ftp://u:pw@h.example/a", "ftp://h.example/a", Other, true),
        ] {
            let expected = (text.to_owned(), transport, had_credential);
            assert_eq!(read(input), expected, "{input}");
        }
    }

    #[test]
    fn what_no_git_could_use_is_refused() {
        for (input, error) in [
            ("", NotARemote::Empty),
            ("  ", NotARemote::Empty),
            ("https://h.example/a\nb", NotARemote::ControlCharacter),
            ("true", NotARemote::NoAddress),
            ("https:///a.git", NotARemote::NoHost),
            ("https://u:pw@/a.git", NotARemote::NoHost),
            ("https://:443/a.git", NotARemote::NoHost),
        ] {
            assert_eq!(Remote::read(input), Err(error), "{input:?}");
        }
    }
}
