//! Nothing that is said has a secret in it, whosever words are repeated: a condition that compares the
//! ID token, a server that echoes it, a URL with a password. The last guard before the terminal.

use std::cell::OnceCell;

use build_token_job::names;
use build_token_job::sources::JOB_TOKEN;
use build_token_secret::{Masker, Secret};

/// What stands where a credential stood, as the masker has it.
const MASKED: &str = "[MASKED]";

/// Shorter values occur by chance: a development server's `root` would blank half of a message.
const SHORTEST: usize = 8;

/// Masks what is said: the job's own secrets, those that were fetched, tokens by their shape, and
/// credentials in URLs. The environment is looked at when something is said, since most runs say nothing.
#[derive(Default)]
pub struct Discretion {
    masker: Masker,
    environment: OnceCell<()>,
}

impl Discretion {
    /// Knows one secret more.
    pub fn learn(&self, secret: &Secret) {
        self.masker.add(secret);
    }

    /// `text` without secrets.
    pub fn keep(&self, text: &str) -> String {
        self.environment.get_or_init(|| {
            // A variable's name that nobody expanded is no secret, and has to be told.
            let secrets =
                in_environment().filter(|value| value.len() >= SHORTEST && !value.starts_with('$'));
            secrets.for_each(|value| self.learn(&Secret::new(value)));
        });
        let masked = self.masker.mask(text.as_bytes());
        without_credentials(&String::from_utf8_lossy(&masked))
    }
}

/// The values of the variables that hold secrets.
fn in_environment() -> impl Iterator<Item = String> {
    let value = |name: &str| std::env::var(name).ok();
    let usual = [names::VAULT_ID_TOKEN, names::DEFAULT_GRANT, JOB_TOKEN];
    let chosen = [names::ID_TOKEN_NAME, names::GRANT_NAME]
        .into_iter()
        .filter_map(value);
    let all = usual
        .into_iter()
        .chain(names::CLIENT_TOKENS)
        .map(str::to_owned)
        .chain(chosen);
    all.filter_map(move |name| value(&name))
}

/// Takes out what stands before the host in http URLs, also where a `/` in it makes it no URL at all.
fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|at| at + "://".len()) {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        rest = after;
        let is_end = |c: char| c.is_whitespace() || "`\"'<>,".contains(c);
        let url = &after[..after.find(is_end).unwrap_or(after.len())];
        if let Some(at) = url
            .rfind('@')
            .filter(|_| before.ends_with("http://") || before.ends_with("https://"))
            && has_credentials(url)
        {
            out.push_str(MASKED);
            rest = &after[at..];
        }
    }
    out.push_str(rest);
    out
}

/// A host has no `@`, and what follows its colon is a port.
fn has_credentials(url: &str) -> bool {
    let authority = url.split(['/', '?', '#']).next().unwrap_or(url);
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    authority.contains('@')
        || !port
            .trim_end_matches(']')
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls_are_taken_out_and_all_else_stays() {
        for (text, expected) in [
            (
                "`https://user:secret@host/a`: no",
                "`https://[MASKED]@host/a`: no",
            ),
            (
                "https://secret@host https://b:c@d",
                "https://[MASKED]@host https://[MASKED]@d",
            ),
            ("https://user:se/cr@et@host/a", "https://[MASKED]@host/a"),
            (
                "\"http://u:p@127.0.0.1:80/\"",
                "\"http://[MASKED]@127.0.0.1:80/\"",
            ),
            (
                "https://host:8443/npm/@scope/a",
                "https://host:8443/npm/@scope/a",
            ),
            ("http://[::1]:8200/x@y", "http://[::1]:8200/x@y"),
            ("ssh://git@host/a", "ssh://git@host/a"),
            ("a/token@ci, https://host/", "a/token@ci, https://host/"),
        ] {
            assert_eq!(without_credentials(text), expected);
        }
    }

    #[test]
    fn tokens_are_known_by_their_shape() {
        let said = Discretion::default().keep("got glpat-aaaaaaaaaaaaaaaaaaaa.");
        assert!(!said.contains("aaaa"), "{said}");
    }
}
