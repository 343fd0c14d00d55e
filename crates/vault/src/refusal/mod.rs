//! What a refusal means: status and text to cause. The texts are those of OpenBao and Vault, old
//! wordings included; they are compared in their parts, since servers wrap them differently.

mod login;
mod read;
mod state;

pub(crate) use login::{ignores_inline_auth, login};
pub(crate) use read::{deleted, read, revoke};
pub(crate) use state::state;

/// The text between `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: char) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// Whether a 403 says that the token itself is bad. A good token that no policy serves gets its
/// refusal in a list of one; OpenBao answers a bad one with the bare words, Vault names both.
fn is_bad_token(text: &str) -> bool {
    let bad = [
        "invalid token",
        "bad token",
        "missing client token",
        "token not found",
    ];
    bad.iter().any(|words| text.contains(words)) || text.trim() == "permission denied"
}

#[cfg(test)]
mod tests;
