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
        Timestamp::now()
            .saturating_add(shift)
            .unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock by a duration, back where it is negative.
    pub fn shift(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        // The closure always answers, so there is no failure to look at.
        let _ =
            self.shift_milliseconds
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |shift| {
                    Some(shift.saturating_add(by))
                });
    }

    /// Makes the clock show `time` now; it goes on from there.
    pub fn set(&self, time: Timestamp) {
        // Up to a millisecond late rather than early: `time` itself must have come.
        let shift = time
            .duration_since(Timestamp::now())
            .as_millis()
            .saturating_add(1);
        self.shift_milliseconds
            .store(i64::try_from(shift).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = Clock::default();
        let other = clock.clone();
        let before = other.now();
        clock.shift(SignedDuration::from_hours(48));
        assert!(other.now().duration_since(before) >= SignedDuration::from_hours(48));
        clock.shift(SignedDuration::from_hours(-48));
        assert!(other.now().duration_since(before) < SignedDuration::from_hours(1));
    }

    #[test]
    fn it_can_be_set_and_never_overflows() {
        let clock = Clock::default();
        let time: Timestamp = "2031-05-01T00:00:00Z".parse().unwrap();
        clock.set(time);
        assert!(clock.now() >= time);
        clock.shift(SignedDuration::MAX);
        clock.shift(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
