//! Tokens that nobody told us of, known by their shape: GitLab's default prefixes, Vault's and
//! OpenBao's tokens, and JWTs.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem::Finder;

use crate::spans::{Found, Span};

/// The prefixes that GitLab gives its tokens by default.
const GITLAB: [&str; 14] = [
    "glpat-",    // personal, project and group access tokens
    "gldt-",     // deploy tokens
    "glcbt-",    // job tokens
    "glrt-",     // runner authentication
    "glrtr-",    // runner authentication, from a registration
    "GR1348941", // runner registration
    "glptt-",    // pipeline triggers
    "glft-",     // feeds
    "glimt-",    // incoming mail
    "glagent-",  // the agent for Kubernetes
    "glsoat-",   // SCIM
    "glffct-",   // feature flags
    "gloas-",    // OAuth applications
    "glwt-",     // workspaces
];

/// Vault's tokens: service, batch, recovery.
const VAULT: [&str; 3] = ["hvs.", "hvb.", "hvr."];

/// OpenBao's and older Vault's batch tokens: base64 of a ciphertext, which begins with the number of
/// its key in four bytes; that number is small.
const BATCH: &str = "b.AAAA";

/// What base64url makes of `{"`: a JWT's header and its claims both begin with it.
const JWT: &str = "eyJ";
const JWT_CLAIMS: &[u8] = b".eyJ";

/// OpenBao's and older Vault's service tokens. Every text has this somewhere, so what stands before
/// and after it has to convince.
const SERVICE: &[u8] = b"s.";

/// The fewest characters after the prefix that make a token. GitLab's have 20 or more, Vault's 24 or
/// more; some less are asked for, so that a token of which a piece was cut off is masked too.
const GITLAB_BODY: usize = 16;
const VAULT_BODY: usize = 20;
const BATCH_BODY: usize = 60;

/// A service token's letters and digits, exactly so many.
const SERVICE_BODY: usize = 24;

/// The length of a JWT's header in characters. Up to so many are held back.
const JWT_HEADER: RangeInclusive<usize> = 12..=512;

/// The longest prefix in bytes.
const LONGEST_PREFIX: usize = 9;

/// Every prefix that the automaton looks for, in the order of its pattern numbers.
fn prefixes() -> impl Iterator<Item = &'static str> {
    GITLAB.into_iter().chain(VAULT).chain([BATCH, JWT])
}

/// Whether a text that begins like a token is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Token,
    Other,
    /// The text ends too early to tell.
    Undecided,
}

/// The search for all shapes. A token reaches as far as token characters follow.
pub(crate) struct Shapes {
    prefixes: AhoCorasick,
    service: Finder<'static>,
}

impl Shapes {
    pub(crate) fn get() -> &'static Self {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::new);
        &SHAPES
    }

    fn new() -> Self {
        Self {
            prefixes: AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostFirst)
                // It only sees what its prefilter stops at, so it may as well be quick to build.
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(prefixes())
                .expect("automata have room for 19 patterns of at most 9 bytes"),
            service: Finder::new(SERVICE),
        }
    }

    /// Reports every token, and where the first text starts that may become one. `before` is the byte
    /// before the text; `ended` says that nothing will follow.
    pub(crate) fn search(&self, text: &[u8], before: Option<u8>, ended: bool, found: &mut Found) {
        let mut past = 0;
        for prefix in self.prefixes.find_iter(text) {
            // What lies inside a token goes as far as the token does.
            if prefix.start() >= past {
                let verdict = judge(prefix.pattern().as_usize(), &text[prefix.start()..]);
                past = report(verdict, prefix.start(), text, found).max(past);
            }
        }
        for start in self.service.find_iter(text) {
            let before = start
                .checked_sub(1)
                .map_or(before, |index| Some(text[index]));
            if !before.is_some_and(is_word) {
                report(judge_service(&text[start..], ended), start, text, found);
            }
        }
        search_tail(text, before, found);
    }
}

/// Reports what was decided about the text from `start` on; returns the end of the token, if it is one.
fn report(verdict: Verdict, start: usize, text: &[u8], found: &mut Found) -> usize {
    match verdict {
        Verdict::Other => start,
        Verdict::Undecided => {
            found.undecided_from(start);
            start
        }
        Verdict::Token => {
            let end = token_end(text, start);
            let open = end == text.len();
            found.spans.push(Span { start, end, open });
            end
        }
    }
}

/// Looks for beginnings of prefixes at the end of the text.
fn search_tail(text: &[u8], before: Option<u8>, found: &mut Found) {
    // All prefixes are of token characters: an end of a line is no part of them.
    if !text.last().is_some_and(|byte| is_token(*byte)) {
        return;
    }
    for start in text.len().saturating_sub(LONGEST_PREFIX - 1)..text.len() {
        let rest = &text[start..];
        if prefixes().any(|prefix| prefix.as_bytes().starts_with(rest)) {
            return found.undecided_from(start);
        }
    }
    if let [rest @ .., last] = text
        && *last == SERVICE[0]
        && !rest.last().copied().or(before).is_some_and(is_word)
    {
        found.undecided_from(rest.len());
    }
}

/// Decides about a text that begins with the prefix of this number.
fn judge(number: usize, text: &[u8]) -> Verdict {
    const VAULT_FIRST: usize = GITLAB.len();
    const BATCH_AT: usize = VAULT_FIRST + VAULT.len();
    match number {
        ..VAULT_FIRST => judge_body(text, GITLAB[number].len() + GITLAB_BODY),
        VAULT_FIRST..BATCH_AT => judge_body(text, VAULT[number - VAULT_FIRST].len() + VAULT_BODY),
        BATCH_AT => judge_body(text, BATCH.len() + BATCH_BODY),
        _ => judge_jwt(text),
    }
}

/// A token is at least so many token characters, its prefix among them.
fn judge_body(text: &[u8], least: usize) -> Verdict {
    let characters = text.iter().take(least);
    match characters.take_while(|byte| is_token(**byte)).count() {
        count if count == least => Verdict::Token,
        count if count == text.len() => Verdict::Undecided,
        _ => Verdict::Other,
    }
}

/// A JWT is a header, a dot, and the beginning of the claims.
fn judge_jwt(text: &[u8]) -> Verdict {
    let characters = text.iter().take(*JWT_HEADER.end());
    let header = characters.take_while(|byte| is_base64url(**byte)).count();
    let rest = &text[header..];
    if rest.starts_with(JWT_CLAIMS) && JWT_HEADER.contains(&header) {
        Verdict::Token
    } else if rest.len() < JWT_CLAIMS.len() && JWT_CLAIMS.starts_with(rest) {
        Verdict::Undecided
    } else {
        Verdict::Other
    }
}

/// A service token is 24 letters and digits and no more. They are random, so that hardly one in fifty
/// lacks an upper-case or lower-case letter or a digit; a method's name nearly always does.
fn judge_service(text: &[u8], ended: bool) -> Verdict {
    let body = &text[SERVICE.len()..];
    let characters = body.iter().take_while(|byte| byte.is_ascii_alphanumeric());
    let length = characters.take(SERVICE_BODY + 1).count();
    if length == body.len() && length <= SERVICE_BODY && !ended {
        return Verdict::Undecided;
    }
    let has = |class: fn(&u8) -> bool| body[..length].iter().any(class);
    let random =
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    match body.get(length) {
        Some(b'_' | b'-') => Verdict::Other,
        _ if length == SERVICE_BODY && random => Verdict::Token,
        _ => Verdict::Other,
    }
}

/// Where the token characters end that the text has from `start` on.
pub(crate) fn token_end(text: &[u8], start: usize) -> usize {
    let rest = text[start..].iter();
    start + rest.take_while(|byte| is_token(**byte)).count()
}

/// The characters of all tokens, with the dots that part them and the padding that some have.
fn is_token(byte: u8) -> bool {
    is_base64url(byte) || matches!(byte, b'.' | b'=')
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Bytes after which `s.` is the end of a word or of a member's name, not the beginning of a token.
fn is_word(byte: u8) -> bool {
    is_base64url(byte) || byte == b'.' || !byte.is_ascii()
}

#[cfg(test)]
mod tests;
