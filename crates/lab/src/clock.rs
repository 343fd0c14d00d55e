//! The lab's time: real time plus a shift, so that a test can let a token expire without waiting.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// A clock that all servers of one lab share; clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift_milliseconds: Arc<AtomicI64>,
}

impl Clock {
    /// The lab's present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let shift = SignedDuration::from_millis(self.shift_milliseconds.load(Ordering::Relaxed));
        Timestamp::now().saturating_add(shift).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock by a duration, back where it is negative.
    pub fn shift(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shift_milliseconds.fetch_add(by, Ordering::Relaxed);
    }
}
