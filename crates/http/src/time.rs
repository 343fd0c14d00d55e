//! The clock, the pause and the dice come in as an argument, so that tests need none of them.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// What the client needs of time and chance.
pub trait Time: Send + Sync {
    /// The present.
    fn now(&self) -> Instant;

    /// Waits between two tries.
    fn sleep(&self, pause: Duration);

    /// A number from 0 up to (not including) 1, different each time: it spreads the retries of
    /// jobs that were started together.
    fn jitter(&self) -> f64;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTime;

impl Time for SystemTime {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }

    fn jitter(&self) -> f64 {
        // Each `RandomState` has fresh keys, so hashing nothing is random enough to spread load.
        (RandomState::new().hash_one(()) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The moment at which everything ends: connecting, TLS, writing, reading, retries and waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// Ends at this instant.
    pub fn at(instant: Instant) -> Deadline {
        Deadline(instant)
    }

    /// Ends this long after `now`.
    pub fn after(now: Instant, span: Duration) -> Deadline {
        Deadline(now + span)
    }

    /// The instant itself.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left at `now`; zero when it has passed.
    pub fn remaining(self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_counts_down_to_zero_and_not_below() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::from_secs(3));
        assert_eq!(
            deadline.remaining(now + Duration::from_secs(1)),
            Duration::from_secs(2)
        );
        assert_eq!(
            deadline.remaining(now + Duration::from_secs(9)),
            Duration::ZERO
        );
    }

    #[test]
    fn jitter_stays_below_one_and_changes() {
        let dice: Vec<f64> = (0..8).map(|_| SystemTime.jitter()).collect();
        assert!(dice.iter().all(|d| (0.0..1.0).contains(d)));
        assert!(dice.iter().any(|d| *d != dice[0]));
    }
}
