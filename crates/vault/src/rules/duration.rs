//! Durations as the API reads and prints them, since TTLs and leeways come in four notations.

use std::fmt::Write as _;

use serde_json::Value;

use super::quote::quoted;

/// The largest duration in nanoseconds, about 292 years: what the API's own type can hold.
const LIMIT: i128 = i64::MAX as i128;

/// Reads a duration in whole seconds: a number, a number in a string, `1h30m`, or `7d`.
///
/// Fractions of a second are cut off. `null` and the empty string are zero.
///
/// # Errors
/// The server's text for what does not parse.
pub fn seconds(value: &Value) -> Result<i64, String> {
    match value {
        Value::String(text) => text_seconds(text),
        Value::Number(number) => text_seconds(&number.to_string()),
        _ => Err("could not parse duration from input".to_owned()),
    }
}

/// Reads a duration in whole seconds from its text; see [`seconds`].
///
/// # Errors
/// The server's text for what does not parse.
pub fn text_seconds(text: &str) -> Result<i64, String> {
    if text.is_empty() {
        return Ok(0);
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(whole);
    }
    if let Some(days) = text.strip_suffix('d') {
        return days
            .parse::<i64>()
            .ok()
            .and_then(|days| days.checked_mul(86_400))
            .ok_or_else(|| format!("strconv.ParseInt: parsing {}: invalid syntax", quoted(days)));
    }
    nanoseconds(text).map(|total| (total / 1_000_000_000) as i64)
}

fn nanoseconds(text: &str) -> Result<i128, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(invalid());
        }
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, next) = tail.split_at(unit_end);
        let scale: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quoted(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => {
                return Err(format!(
                    "time: unknown unit {} in duration {}",
                    quoted(unit),
                    quoted(text)
                ));
            }
        };
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        let mut part = whole.checked_mul(scale).ok_or_else(invalid)?;
        let mut digit_scale = scale;
        for digit in fraction.bytes() {
            digit_scale /= 10;
            part += i128::from(digit - b'0') * digit_scale;
        }
        total = total
            .checked_add(part)
            .filter(|sum| *sum <= LIMIT)
            .ok_or_else(invalid)?;
        rest = next;
    }
    Ok(if negative { -total } else { total })
}

/// Prints whole seconds as `24h0m0s`, the way KV settings show them.
#[must_use]
pub fn clock_text(seconds: i64) -> String {
    let mut out = String::new();
    if seconds < 0 {
        out.push('-');
    }
    let rest = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    // Writing to a string cannot fail.
    let _ = if hours > 0 {
        write!(out, "{hours}h{minutes}m{seconds}s")
    } else if minutes > 0 {
        write!(out, "{minutes}m{seconds}s")
    } else {
        write!(out, "{seconds}s")
    };
    out
}

/// Prints whole seconds as `24h` or `1h30m`: as [`clock_text`] without zero parts, for warnings.
#[must_use]
pub fn short_text(seconds: i64) -> String {
    let mut text = clock_text(seconds);
    for zero in ["m0s", "h0m"] {
        if text.ends_with(zero) {
            text.truncate(text.len() - 2);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_notation() {
        for (value, expected) in [
            (json!(90), 90),
            (json!("90"), 90),
            (json!("-1"), -1),
            (json!("1h30m"), 5400),
            (json!("1.5h"), 5400),
            (json!("-2m"), -120),
            (json!("1500ms"), 1),
            (json!("7d"), 604_800),
            (json!(""), 0),
        ] {
            assert_eq!(seconds(&value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn refuses_with_the_servers_text() {
        for (value, expected) in [
            (json!("x"), "time: invalid duration \"x\""),
            (json!("1.5"), "time: missing unit in duration \"1.5\""),
            (json!("3y"), "time: unknown unit \"y\" in duration \"3y\""),
            (json!(true), "could not parse duration from input"),
            (json!([]), "could not parse duration from input"),
            (
                json!("99999999999999999999h"),
                "time: invalid duration \"99999999999999999999h\"",
            ),
        ] {
            assert_eq!(seconds(&value), Err(expected.to_owned()), "{value}");
        }
    }

    #[test]
    fn prints_both_ways() {
        for (value, clock, short) in [
            (0, "0s", "0s"),
            (86_400, "24h0m0s", "24h"),
            (5400, "1h30m0s", "1h30m"),
            (3601, "1h0m1s", "1h0m1s"),
            (120, "2m0s", "2m"),
            (-1, "-1s", "-1s"),
        ] {
            assert_eq!(clock_text(value), clock);
            assert_eq!(short_text(value), short);
        }
    }
}
