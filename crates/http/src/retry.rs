//! Which failures deserve another try, and how long to wait before it.

use std::time::Duration;

use crate::error::Error;
use crate::response::Response;

/// How often a request may be sent: at most three times, and only if repeating it is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Once: repeating it could do something twice.
    Never,
    /// Repeating it changes nothing: again after transport errors, 412, 429 and 5xx (without
    /// 501), and at once when a kept-alive connection turns out to be closed.
    Read,
    /// A login: at worst it leaves a session that runs out by itself. Again after transport
    /// errors, 412, 429 and 5xx (without 501), never after a refusal.
    Login,
}

const MOST_TRIES: u32 = 3;

/// The first pause; the second is twice as long.
const PAUSE: Duration = Duration::from_millis(500);

/// The first pause for a sealed server: people have to unseal it, so hammering does not help.
const SEALED_PAUSE: Duration = Duration::from_secs(3);

impl Retry {
    /// How long to wait before the next try; `None` when this outcome stands.
    pub(crate) fn pause(
        self,
        outcome: &Result<Response, Error>,
        tries: u32,
        jitter: f64,
    ) -> Option<Duration> {
        if self == Retry::Never || tries >= MOST_TRIES {
            return None;
        }
        // Between one half and one and a half.
        let spread = |pause: Duration| (pause * tries).mul_f64(0.5 + jitter);
        match outcome {
            Err(error) => error.is_transient().then(|| spread(PAUSE)),
            Ok(response) if !may_pass(response.status()) => None,
            Ok(response) if is_sealed(response) => Some(spread(SEALED_PAUSE)),
            Ok(response) => Some(match response.retry_after() {
                // Everybody was told the same moment: come a little later, each at another time.
                Some(asked) => asked + PAUSE.mul_f64(jitter),
                None => spread(PAUSE),
            }),
        }
    }

    /// Whether a request on a kept-alive connection that was closed meanwhile is sent once more.
    pub(crate) fn repeats_on_stale_connection(self) -> bool {
        self == Retry::Read
    }
}

fn may_pass(status: u16) -> bool {
    matches!(status, 412 | 429 | 500 | 502..=599)
}

fn is_sealed(response: &Response) -> bool {
    const MARK: &[u8] = b"is sealed";
    response.status() == 503 && response.body().windows(MARK.len()).any(|text| text == MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Result<Response, Error> {
        Ok(Response::new(status, Vec::new(), Vec::new()))
    }

    fn refused() -> Result<Response, Error> {
        Err(Error::Refused {
            origin: "https://vault.test".into(),
            text: String::new(),
        })
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for retry in [Retry::Read, Retry::Login] {
            for status in [412, 429, 500, 502, 503, 504] {
                assert!(retry.pause(&answer(status), 1, 0.5).is_some(), "{status}");
            }
            for status in [200, 204, 307, 400, 401, 403, 404, 405, 413, 472, 473, 501] {
                assert_eq!(retry.pause(&answer(status), 1, 0.5), None, "{status}");
            }
            assert!(retry.pause(&refused(), 1, 0.5).is_some());
            let late = Error::Timeout {
                origin: String::new(),
                phase: crate::Phase::Answer,
            };
            assert_eq!(retry.pause(&Err(late), 1, 0.5), None);
        }
        assert_eq!(Retry::Never.pause(&answer(500), 1, 0.5), None);
        assert_eq!(Retry::Never.pause(&refused(), 1, 0.5), None);
    }

    #[test]
    fn three_tries_with_growing_jittered_pauses() {
        let pause = |tries, jitter| Retry::Read.pause(&answer(500), tries, jitter);
        assert_eq!(pause(1, 0.0), Some(Duration::from_millis(250)));
        assert_eq!(pause(1, 0.5), Some(Duration::from_millis(500)));
        assert_eq!(pause(2, 0.5), Some(Duration::from_millis(1000)));
        assert_eq!(pause(3, 0.5), None);
    }

    #[test]
    fn the_server_may_say_when_and_a_sealed_one_is_left_in_peace() {
        let asked = Response::new(429, vec![("Retry-After".into(), "2".into())], Vec::new());
        assert_eq!(
            Retry::Login.pause(&Ok(asked), 1, 0.5),
            Some(Duration::from_millis(2250))
        );
        let sealed = Response::new(
            503,
            Vec::new(),
            br#"{"errors":["Vault is sealed"]}"#.to_vec(),
        );
        let sealed = Ok(sealed);
        assert_eq!(
            Retry::Read.pause(&sealed, 1, 0.5),
            Some(Duration::from_secs(3))
        );
        assert_eq!(
            Retry::Read.pause(&sealed, 2, 0.5),
            Some(Duration::from_secs(6))
        );
    }
}
