//! Times: when a token ends, when the job has to end.

use build_token_identity::JobContext;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Reads a date (GitLab ends a token at 00:00 UTC of it) or an RFC 3339 time, as seconds since 1970.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let date: Date = text.parse().ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Reads a server's `Date` (RFC 9110, 5.6.7), as seconds since 1970.
#[must_use]
pub fn parse_http(text: &str) -> Option<i64> {
    let time = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(time.timestamp().as_second())
}

/// Writes seconds since 1970 in RFC 3339, in UTC.
#[must_use]
pub fn format(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// When the job has to end at the latest: its start and its timeout; without them, when its ID token
/// ends, which GitLab derives from the same timeout.
#[must_use]
pub fn job_ends_at(context: &JobContext, id_token_expires_at: Option<i64>) -> Option<i64> {
    let by_timeout = || {
        let started = parse(context.job_started_at()?)?;
        let timeout = i64::try_from(context.job_timeout()?.as_secs()).ok()?;
        started.checked_add(timeout)
    };
    by_timeout().or(id_token_expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_of_that_day() {
        assert_eq!(parse("2027-01-31"), parse("2027-01-31T00:00:00Z"));
        assert_eq!(format(parse("2027-01-31").unwrap()), "2027-01-31T00:00:00Z");
        assert_eq!(parse("soon"), None);
    }

    #[test]
    fn a_servers_date_is_read() {
        let time = parse_http("Mon, 23 Nov 2026 10:00:00 GMT");
        assert_eq!(time, parse("2026-11-23T10:00:00Z"));
        assert_eq!(parse_http("yesterday"), None);
    }

    #[test]
    fn the_job_ends_after_its_timeout_or_with_its_id_token() {
        let context = JobContext::from_variables([
            (
                "CI_JOB_STARTED_AT".to_owned(),
                "2026-11-23T10:00:00Z".to_owned(),
            ),
            ("CI_JOB_TIMEOUT".to_owned(), "3600".to_owned()),
        ]);
        assert_eq!(
            job_ends_at(&context, Some(1)).map(format).as_deref(),
            Some("2026-11-23T11:00:00Z")
        );
        assert_eq!(job_ends_at(&JobContext::default(), Some(1)), Some(1));
    }
}
