//! Who logs in where: the auth mount, the role and the namespace.

use std::fmt;

/// Why a text is no mount, role or namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it.
    #[error("empty")]
    Empty,
    /// A control character, such as a line break.
    #[error("control character")]
    ControlCharacter,
    /// `.` or `..` as a segment, or nothing between two slashes.
    #[error("bad segment")]
    Segment,
}

/// Where JWTs are taken: a path below `auth/`, such as `jwt` or `gitlab-com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthMount(String);

impl AuthMount {
    /// Reads a mount with or without `auth/` before it and slashes around it.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn parse(text: &str) -> Result<AuthMount, NameError> {
        let bare = text.trim_matches('/');
        Ok(AuthMount(segments(
            bare.strip_prefix("auth/").unwrap_or(bare),
        )?))
    }

    /// The mount without `auth/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The login's path: `auth/jwt/login`.
    pub(crate) fn login_path(&self) -> String {
        format!("auth/{}/login", self.0)
    }
}

/// The name of a role of an auth mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role(String);

impl Role {
    /// Reads a role's name as it is.
    ///
    /// # Errors
    /// [`NameError`] when it is empty or has a control character.
    pub fn parse(text: &str) -> Result<Role, NameError> {
        Ok(Role(visible(text)?.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A namespace, such as `admin` or `team/project`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace(String);

impl Namespace {
    /// Reads a namespace with or without slashes around it.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn parse(text: &str) -> Result<Namespace, NameError> {
        Ok(Namespace(segments(text.trim_matches('/'))?))
    }

    /// The path without slashes around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where and as what a job logs in. Without a role the mount's default role is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The auth mount.
    pub mount: AuthMount,
    /// The role.
    pub role: Option<Role>,
}

impl fmt::Display for AuthMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn visible(text: &str) -> Result<&str, NameError> {
    match text {
        "" => Err(NameError::Empty),
        _ if text.chars().any(char::is_control) => Err(NameError::ControlCharacter),
        _ => Ok(text),
    }
}

fn segments(text: &str) -> Result<String, NameError> {
    let text = visible(text)?;
    if text
        .split('/')
        .any(|segment| matches!(segment, "" | "." | ".."))
    {
        return Err(NameError::Segment);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_in_every_way_that_people_write_it() {
        for (text, mount) in [
            ("jwt", "jwt"),
            ("auth/jwt", "jwt"),
            ("/auth/jwt/", "jwt"),
            ("jwt/gitlab-com/", "jwt/gitlab-com"),
            ("authority", "authority"),
        ] {
            assert_eq!(AuthMount::parse(text).unwrap().as_str(), mount);
        }
    }

    #[test]
    fn what_is_refused() {
        for text in ["", "/"] {
            assert_eq!(AuthMount::parse(text), Err(NameError::Empty));
            assert_eq!(Namespace::parse(text), Err(NameError::Empty));
        }
        for text in ["..", "jwt/../token", "a//b", "auth/./x"] {
            assert_eq!(AuthMount::parse(text), Err(NameError::Segment));
            assert_eq!(Namespace::parse(text), Err(NameError::Segment));
        }
        assert_eq!(AuthMount::parse("jwt\n"), Err(NameError::ControlCharacter));
        assert_eq!(
            Namespace::parse("a\r\nx: y"),
            Err(NameError::ControlCharacter)
        );
        assert_eq!(Role::parse("r\0"), Err(NameError::ControlCharacter));
        assert_eq!(Role::parse(""), Err(NameError::Empty));
        assert_eq!(Role::parse(" a/b ").unwrap().as_str(), " a/b ");
    }
}
