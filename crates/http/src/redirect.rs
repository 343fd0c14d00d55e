//! One redirect, on the same server only: a header with a token never goes elsewhere.

use crate::error::{Error, RedirectRefusal};
use crate::response::Response;
use crate::url::{Scheme, Url, UrlError};

/// Where the answer sends us: `None` when it is not a redirect.
///
/// # Errors
/// [`Error::Redirect`] when it leads to plain http, to another host or port, or nowhere.
pub(crate) fn target(from: &Url, response: &Response) -> Result<Option<Url>, Error> {
    if !matches!(response.status(), 301 | 302 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.header("location") else {
        return Ok(None);
    };
    let refused = |why| {
        Err(Error::Redirect {
            from: from.to_string(),
            to: shown(from, location),
            why,
        })
    };
    let to = match absolute(from, location) {
        Ok(to) => to,
        Err(UrlError::PlainHttp { .. }) if from.scheme() == Scheme::Https => {
            return refused(RedirectRefusal::Downgrade);
        }
        Err(UrlError::PlainHttp { .. }) => return refused(RedirectRefusal::Elsewhere),
        Err(_) => return refused(RedirectRefusal::Unreadable),
    };
    if from.scheme() == Scheme::Https && to.scheme() == Scheme::Http {
        return refused(RedirectRefusal::Downgrade);
    }
    if (from.host(), from.port()) != (to.host(), to.port()) {
        return refused(RedirectRefusal::Elsewhere);
    }
    Ok(Some(to))
}

fn absolute(from: &Url, location: &str) -> Result<Url, UrlError> {
    if location.starts_with("//") {
        Url::parse(&format!("{}:{location}", from.scheme().as_str()))
    } else if location.starts_with('/') {
        from.with_target(location)
    } else {
        Url::parse(location)
    }
}

/// The target for a message: without credentials and query, and not endless.
pub(crate) fn shown(from: &Url, location: &str) -> String {
    const MOST: usize = 200;
    let bare = location.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match bare.split_once("//") {
        Some(("", rest)) => (format!("{}:", from.scheme().as_str()), rest),
        Some((scheme, rest)) => (scheme.to_owned(), rest),
        None if bare.starts_with('/') => return format!("{}{}", from.origin(), clean(bare, MOST)),
        None => return clean(bare, MOST),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    clean(&format!("{scheme}//{host}{path}"), MOST)
}

fn clean(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "https://vault.example.com:8200/v1/ci/data/x";

    fn follow(from: &str, status: u16, location: &str) -> Result<Option<String>, Error> {
        let response = Response::new(
            status,
            vec![("location".into(), location.into())],
            Vec::new(),
        );
        let to = target(&Url::parse(from).unwrap(), &response)?;
        Ok(to.map(|url| url.to_string()))
    }

    fn refusal(from: &str, location: &str) -> (String, RedirectRefusal) {
        match follow(from, 307, location).unwrap_err() {
            Error::Redirect { to, why, .. } => (to, why),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn stays_on_the_server() {
        for status in [301, 302, 307, 308] {
            let to = follow(VAULT, status, "/v1/ci/data/x/").unwrap().unwrap();
            assert_eq!(to, "https://vault.example.com:8200/v1/ci/data/x/");
        }
        for location in [
            "https://VAULT.example.com:8200/v1/y",
            "//vault.example.com:8200/v1/y",
        ] {
            assert_eq!(
                follow(VAULT, 307, location).unwrap().unwrap(),
                "https://vault.example.com:8200/v1/y"
            );
        }
        let better = follow(
            "http://127.0.0.1:8200/v1/x",
            307,
            "https://127.0.0.1:8200/v1/x",
        );
        assert_eq!(better.unwrap().unwrap(), "https://127.0.0.1:8200/v1/x");
    }

    #[test]
    fn other_answers_are_no_redirects() {
        for status in [200, 300, 303, 304, 400, 503] {
            assert_eq!(
                follow(VAULT, status, "https://evil.example.com/").unwrap(),
                None
            );
        }
        let silent = Response::new(307, Vec::new(), Vec::new());
        assert_eq!(target(&Url::parse(VAULT).unwrap(), &silent).unwrap(), None);
    }

    #[test]
    fn never_elsewhere_and_never_to_plain_http() {
        use RedirectRefusal::{Downgrade, Elsewhere, Unreadable};
        for (location, shown, why) in [
            (
                "https://evil.example.com/a?token=1",
                "https://evil.example.com/a",
                Elsewhere,
            ),
            (
                "https://u:p@vault.example.com:8200/",
                "https://vault.example.com:8200/",
                Unreadable,
            ),
            (
                "https://vault.example.com/v1/x",
                "https://vault.example.com/v1/x",
                Elsewhere,
            ),
            (
                "//evil.example.com/x",
                "https://evil.example.com/x",
                Elsewhere,
            ),
            (
                "http://vault.example.com:8200/x",
                "http://vault.example.com:8200/x",
                Downgrade,
            ),
            (
                "http://localhost:8200/x",
                "http://localhost:8200/x",
                Downgrade,
            ),
            ("sideways", "sideways", Unreadable),
            ("", "", Unreadable),
        ] {
            assert_eq!(
                refusal(VAULT, location),
                (shown.to_owned(), why),
                "{location}"
            );
        }
        assert_eq!(
            refusal("http://localhost:8200/", "http://evil.example.com/").1,
            Elsewhere
        );
        assert_eq!(
            refusal("http://localhost:8200/", "http://127.0.0.1:8200/").1,
            Elsewhere
        );
    }
}
