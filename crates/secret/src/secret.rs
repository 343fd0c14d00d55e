//! The one type that holds a secret's value, so that a reader can find every place that reads it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::Fingerprint;

/// A build token, an ID token, a Vault token: text that must not be written anywhere.
///
/// There is no `Display` and no `Serialize`; `Debug` shows the fingerprint. Comparison takes the
/// same time wherever two values of one length differ. The memory is zeroed on drop.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the value over; it is zeroed when the secret is dropped.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value itself. Each call is a decision: keep them few, and close to where it is sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Whether the value has no bytes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A name for the value that does not give it away; `None` for values under 16 bytes, which
    /// could be guessed from it.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        Fingerprint::of(self.expose().as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fingerprint() {
            Some(fingerprint) => write!(f, "Secret({fingerprint})"),
            None => f.write_str("Secret(too short to fingerprint)"),
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose()
            .as_bytes()
            .ct_eq(other.expose().as_bytes())
            .into()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_fingerprint_only() {
        let secret = Secret::new("glpat-0123456789abcdef");
        let shown = format!("{secret:?}");
        assert_eq!(shown, "Secret(ad6634ee)");
        assert_eq!(
            format!("{:?}", Secret::new("fifteen bytes..")),
            "Secret(too short to fingerprint)"
        );
    }

    #[test]
    fn equality_is_by_value() {
        assert_eq!(Secret::new("one"), Secret::new("one").clone());
        assert_ne!(Secret::new("one"), Secret::new("two"));
        assert_ne!(Secret::new("one"), Secret::new("ones"));
    }

    #[test]
    fn length_is_in_bytes() {
        assert_eq!(Secret::new("é").len(), 2);
        assert!(Secret::new("").is_empty());
        assert!(!Secret::new(" ").is_empty());
    }
}
