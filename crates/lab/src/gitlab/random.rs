//! What GitLab makes up: token values, ids of requests and jobs.

use ring::rand::{SecureRandom, SystemRandom};

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    // A system without randomness runs no lab; zeroes make the lab's ids dull, not wrong.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

/// That many letters, digits, `-` and `_`; at most 64.
pub(super) fn letters(count: usize) -> String {
    bytes::<64>()
        .iter()
        .take(count)
        .map(|byte| char::from(LETTERS[usize::from(byte % 64)]))
        .collect()
}

/// That many bytes in hexadecimal; at most 64.
pub(super) fn hex(count: usize) -> String {
    bytes::<64>()
        .iter()
        .take(count)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A random UUID (RFC 9562, version 4).
pub(super) fn uuid() -> String {
    let mut raw = bytes::<16>();
    raw[6] = raw[6] & 0x0f | 0x40;
    raw[8] = raw[8] & 0x3f | 0x80;
    let digits: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn they_have_the_right_form() {
        assert_eq!(super::letters(20).len(), 20);
        assert_eq!(super::hex(16).len(), 32);
        let uuid = super::uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert_ne!(uuid, super::uuid());
    }
}
