//! What one look at a text gives: the bytes to mask, and the end that cannot be decided yet.

/// Bytes `start..end` of the text to be masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The span reaches the end of the text, and goes on as long as token characters follow.
    pub(crate) open: bool,
}

/// What the searches found in a text.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In no order; they may overlap.
    pub(crate) spans: Vec<Span>,
    /// No match that is still incomplete starts before this.
    pub(crate) decided: usize,
}

impl Found {
    /// Starts over with a text of this length.
    pub(crate) fn reset(&mut self, length: usize) {
        self.spans.clear();
        self.decided = length;
    }

    /// More text may make a match that starts here.
    pub(crate) fn undecided_from(&mut self, start: usize) {
        self.decided = self.decided.min(start);
    }
}
