//! What the server makes up: token values, accessors, ids.

use ring::rand::{SecureRandom, SystemRandom};

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) fn bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    // A system without randomness runs no lab; zeroes make the lab's ids dull, not wrong.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

/// 24 letters and digits, as in tokens and accessors.
pub(super) fn letters() -> String {
    bytes::<24>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 62)]))
        .collect()
}

/// 8 hexadecimal digits, as in accessors of mounts.
pub(super) fn short_hex() -> String {
    hex(&bytes::<4>())
}

/// 32 hexadecimal digits in groups, as in ids of requests.
pub(super) fn uuid() -> String {
    let hex = hex(&bytes::<16>());
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
