//! A short name for a secret, so that people can say *which* token without saying the token.

use std::fmt;
use std::str::FromStr;

use ring::digest;

/// The shortest value that gets a fingerprint, in bytes: 32 bits of a hash are harmless for a value
/// that cannot be tried out, and only for such a one.
const SHORTEST: usize = 16;

/// The first 32 bits of a value's SHA-256, written as eight hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 4]);

impl Fingerprint {
    pub(crate) fn of(value: &[u8]) -> Option<Self> {
        if value.len() < SHORTEST {
            return None;
        }
        let digest = digest::digest(&digest::SHA256, value);
        digest.as_ref().first_chunk().copied().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text is not a fingerprint: that is eight hex digits and nothing else.
///
/// It does not repeat the text, since people paste tokens where a fingerprint is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is eight hex digits")]
pub struct ParseFingerprintError;

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `from_str_radix` alone would take a sign.
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseFingerprintError);
        }
        u32::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| ParseFingerprintError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_start_of_sha256() {
        // `printf 0123456789abcdef | sha256sum` begins with 9f9f5111.
        let fingerprint = Fingerprint::of(b"0123456789abcdef").unwrap();
        assert_eq!(fingerprint.to_string(), "9f9f5111");
        assert_eq!(Fingerprint::of(b"0123456789abcde"), None);
    }

    #[test]
    fn reads_back_what_it_writes() {
        let fingerprint = Fingerprint([0, 1, 0xab, 0xff]);
        assert_eq!("0001abff".parse(), Ok(fingerprint));
        assert_eq!("0001ABFF".parse(), Ok(fingerprint));
        assert_eq!(fingerprint.to_string(), "0001abff");
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "0001abf",
            "0001abff0",
            "+001abff",
            "0001abfg",
            "0001abé",
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(ParseFingerprintError));
        }
    }
}
