//! The child's environment: ours, without what it must not have, with what it was granted.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use build_token_identity::JobContext;
use build_token_secret::Secret;

use crate::names;

/// An environment, as the operating system has it.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Vec<(OsString, OsString)>,
}

/// An inherited setting that is dangerous beside a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// `GIT_TRACE_REDACT` off: git's trace shows `Authorization` headers. Taken out.
    TraceRedact,
    /// `GIT_SSL_NO_VERIFY`: anybody on the way can take the token. Taken out.
    NoVerify,
    /// `CI_DEBUG_TRACE` on: the job's shell prints every variable.
    DebugTrace,
}

impl Environment {
    /// Takes the variables over.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
        Environment {
            variables: variables.into_iter().collect(),
        }
    }

    /// The part that is Unicode, for deciding.
    #[must_use]
    pub fn context(&self) -> JobContext {
        JobContext::from_variables(self.variables.iter().filter_map(|(name, value)| {
            Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))
        }))
    }

    /// The variables whose value is not Unicode, which nothing can be decided by.
    pub fn not_unicode(&self) -> impl Iterator<Item = &str> {
        self.variables
            .iter()
            .filter(|(_, value)| value.to_str().is_none())
            .filter_map(|(name, _)| name.to_str())
    }

    /// A variable's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let mut found = self.variables.iter().filter(|(known, _)| known == name);
        found.next_back().map(|(_, value)| value.as_os_str())
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        let name = name.into();
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
    }

    /// Removes variables by name.
    pub fn remove(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    /// Removes every variable that holds `secret`, under whatever name; those in `keep` stay.
    pub fn remove_value(&mut self, secret: &Secret, keep: &BTreeSet<String>) {
        // Compared, not shown: the value goes nowhere.
        let value = OsStr::new(secret.expose());
        self.variables.retain(|(name, known)| {
            known != value || name.to_str().is_some_and(|name| keep.contains(name))
        });
    }

    /// Removes what no child gets: the ID token, under every name, and Vault's client tokens.
    pub fn remove_identity(&mut self, id_token_name: &str, keep: &BTreeSet<String>) {
        let mut values = Vec::new();
        for name in names::of_identity(id_token_name) {
            if let Some(value) = self
                .get(name)
                .and_then(OsStr::to_str)
                .filter(|value| !value.is_empty())
            {
                values.push(Secret::new(value));
            }
            if !keep.contains(name) {
                self.remove(name);
            }
        }
        for value in values {
            self.remove_value(&value, keep);
        }
    }

    /// What is dangerous in here, after taking out what can be taken out.
    pub fn neutralise(&mut self) -> Vec<Danger> {
        let mut dangers = Vec::new();
        // git knows many words for "no", any number of the value 0 among them: only its words for "yes"
        // are left alone (git-config(1), "boolean").
        let is_on = |value: &OsStr| {
            let value = value.to_ascii_lowercase();
            matches!(value.to_str(), Some("1" | "true" | "yes" | "on"))
        };
        if self
            .get("GIT_TRACE_REDACT")
            .is_some_and(|value| !is_on(value))
        {
            self.remove("GIT_TRACE_REDACT");
            dangers.push(Danger::TraceRedact);
        }
        // git looks only at whether the variable is there (http.c), so even `0` switches the check off.
        if self.get("GIT_SSL_NO_VERIFY").is_some() {
            self.remove("GIT_SSL_NO_VERIFY");
            dangers.push(Danger::NoVerify);
        }
        if self.debug_trace() {
            dangers.push(Danger::DebugTrace);
        }
        dangers
    }

    /// Whether the job's shell prints every command with its variables: GitLab Runner's words for "yes"
    /// (Go's `strconv.ParseBool`, in any case).
    #[must_use]
    pub fn debug_trace(&self) -> bool {
        self.get("CI_DEBUG_TRACE").is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            matches!(value.to_str(), Some("1" | "t" | "true"))
        })
    }

    /// The variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

/// Names only: values are secrets here.
impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_set()
            .entries(self.variables.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    fn names(environment: &Environment) -> Vec<&str> {
        environment
            .iter()
            .filter_map(|(name, _)| name.to_str())
            .collect()
    }

    #[test]
    fn the_id_token_goes_under_every_name() {
        let mut child = environment(&[
            ("VAULT_ID_TOKEN", "jwt"),
            ("COPY", "jwt"),
            ("VAULT_TOKEN", "hvs.x"),
            ("BAO_TOKEN", "s.y"),
            ("EMPTY", ""),
            ("PATH", "/bin"),
        ]);
        child.remove_identity("VAULT_ID_TOKEN", &BTreeSet::new());
        assert_eq!(names(&child), ["EMPTY", "PATH"]);
    }

    #[test]
    fn what_is_to_be_kept_is_kept() {
        let mut child = environment(&[("VAULT_ID_TOKEN", "jwt"), ("COPY", "jwt")]);
        child.remove_identity(
            "VAULT_ID_TOKEN",
            &BTreeSet::from(["VAULT_ID_TOKEN".to_owned()]),
        );
        assert_eq!(names(&child), ["VAULT_ID_TOKEN"]);
    }

    #[test]
    fn dangerous_settings_are_taken_out_and_named() {
        let mut child = environment(&[
            ("GIT_TRACE_REDACT", "0"),
            ("GIT_SSL_NO_VERIFY", "0"),
            ("CI_DEBUG_TRACE", "true"),
        ]);
        assert_eq!(
            child.neutralise(),
            [Danger::TraceRedact, Danger::NoVerify, Danger::DebugTrace]
        );
        assert_eq!(names(&child), ["CI_DEBUG_TRACE"]);
    }

    #[test]
    fn a_trace_is_known_however_its_switch_is_written() {
        let dangers = |name, value| environment(&[(name, value)]).neutralise();
        for off in ["0", "00", "0x0", "0k", "False", "NO", "off", ""] {
            assert_eq!(dangers("GIT_TRACE_REDACT", off), [Danger::TraceRedact]);
        }
        for on in ["1", "true", "Yes", "ON"] {
            assert_eq!(dangers("GIT_TRACE_REDACT", on), []);
        }
        for on in ["1", "t", "T", "true", "TRUE", "True"] {
            assert_eq!(dangers("CI_DEBUG_TRACE", on), [Danger::DebugTrace]);
        }
        for off in ["", "0", "false", "no"] {
            assert_eq!(dangers("CI_DEBUG_TRACE", off), []);
        }
    }

    #[test]
    fn debug_shows_no_value() {
        assert!(!format!("{:?}", environment(&[("A", "s3cret")])).contains("s3cret"));
    }
}
