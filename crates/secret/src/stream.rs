//! One output on its way through the masker, in whatever pieces it comes.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::MASK;
use crate::masker::{Masker, Search};
use crate::shapes::token_end;
use crate::spans::Found;

/// How many bytes are looked at in one go: they stay in the processor's nearer caches while several
/// searches pass over them.
const BLOCK: usize = 32 * 1024;

/// A stream that holds back only what may still turn out to be the beginning of a secret.
///
/// However the input is cut into pieces, the output is the same. What is held back is at most the
/// longest form of a secret, or half a kilobyte of something that looks like a JWT.
pub struct MaskStream {
    masker: Masker,
    /// What to look for, and the version of the masker that it is from; nothing before the first
    /// push, since many programs write nothing.
    search: Arc<Search>,
    version: Option<usize>,
    /// What was pushed and is not decided.
    held: Zeroizing<Vec<u8>>,
    /// So many of the held bytes belong to a `[MASKED]` that is written already.
    masked: usize,
    /// That `[MASKED]` stands for a token that goes on with the next token characters.
    open: bool,
    /// The byte before the held ones.
    before: Option<u8>,
    found: Found,
}

impl MaskStream {
    pub(crate) fn new(masker: Masker) -> Self {
        Self {
            masker,
            search: Arc::default(),
            version: None,
            held: Zeroizing::default(),
            masked: 0,
            open: false,
            before: None,
            found: Found::default(),
        }
    }

    /// Takes more input, and appends to `out` everything that is decided.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.refresh();
        for block in input.chunks(BLOCK) {
            self.advance(block, false, out);
        }
    }

    /// Appends what was held back, since no more input comes.
    ///
    /// The stream may be used on; then a secret is missed that lies across this point.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            self.refresh();
            self.advance(&[], true, out);
        }
    }

    /// How many bytes are held back and not written, neither as they are nor masked.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.held.len() - self.masked
    }

    fn refresh(&mut self) {
        let version = Some(self.masker.version());
        if self.version != version {
            self.version = version;
            self.search = self.masker.search();
        }
    }

    fn advance(&mut self, input: &[u8], ended: bool, out: &mut Vec<u8>) {
        let mut held = std::mem::take(&mut self.held);
        if held.is_empty() {
            let decided = self.write_decided(input, ended, out);
            held.extend_from_slice(&input[decided..]);
        } else {
            held.extend_from_slice(input);
            let decided = self.write_decided(&held, ended, out);
            held.drain(..decided);
        }
        self.held = held;
    }

    /// Writes the part of the text that is decided; returns its length.
    fn write_decided(&mut self, text: &[u8], ended: bool, out: &mut Vec<u8>) -> usize {
        if self.open {
            self.masked = token_end(text, self.masked);
            self.open = self.masked == text.len();
        }
        self.search
            .search(text, self.before, ended, &mut self.found);
        let decided = self.found.decided;
        for span in &self.found.spans {
            if span.start >= decided {
                break;
            }
            if span.start >= self.masked {
                out.extend_from_slice(&text[self.masked..span.start]);
                out.extend_from_slice(MASK);
            }
            self.masked = self.masked.max(span.end);
            self.open |= span.open;
        }
        if let Some(rest) = text.get(self.masked..decided) {
            out.extend_from_slice(rest);
        }
        self.masked = self.masked.saturating_sub(decided);
        if let Some(last) = decided.checked_sub(1) {
            self.before = Some(text[last]);
        }
        decided
    }
}

impl fmt::Debug for MaskStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MaskStream({} bytes pending)", self.pending())
    }
}
