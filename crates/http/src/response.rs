//! One answer: any status is an answer, its meaning is the caller's business.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

/// Status, headers and the whole body, which is wiped from memory with the response.
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// An answer, with header names in any case.
    pub fn new(
        status: u16,
        headers: Vec<(String, String)>,
        body: impl Into<Zeroizing<Vec<u8>>>,
    ) -> Response {
        Response {
            status,
            headers,
            body: body.into(),
        }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header of this name, in any case of letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// How long the server asks to wait before the next try (RFC 9110 §10.2.3).
    ///
    /// A date is measured from the answer's own `Date`, so that no clock of ours is trusted; a
    /// date without one says nothing.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let then = http_date(text)?;
        let now = http_date(self.header("date")?)?;
        Some(Duration::from_secs(u64::try_from(then - now).unwrap_or(0)))
    }
}

/// Seconds since 1970 of an HTTP date.
fn http_date(text: &str) -> Option<i64> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()?;
    Some(date.as_second())
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &[(&str, &str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect();
        Response::new(429, headers, b"secret-body".to_vec())
    }

    #[test]
    fn retry_after_in_seconds_or_as_a_date() {
        let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        let past = ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT");
        assert_eq!(
            with(&[("Retry-After", " 7 ")]).retry_after(),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            with(&[date, later]).retry_after(),
            Some(Duration::from_secs(30))
        );
        assert_eq!(with(&[date, past]).retry_after(), Some(Duration::ZERO));
        assert_eq!(with(&[later]).retry_after(), None);
        assert_eq!(with(&[date, ("retry-after", "soon")]).retry_after(), None);
        assert_eq!(with(&[]).retry_after(), None);
    }

    #[test]
    fn debug_shows_no_body() {
        assert!(!format!("{:?}", with(&[])).contains("secret-body"));
    }
}
