//! One request. What is secret in it stays a `Secret`, and its body is wiped when it goes.

use std::fmt;

use build_token_secret::Secret;
use ureq::http::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::url::Url;

/// The methods that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Writes.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// As on the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

enum Value {
    Plain(String),
    Secret(Secret),
}

/// What is sent. The default limit of the answer's body is 1 MiB.
pub struct Request {
    method: Method,
    url: Url,
    headers: Vec<(String, Value)>,
    body: Option<Zeroizing<Vec<u8>>>,
    limit: usize,
}

impl Request {
    /// The largest answer that is read unless [`Request::limit`] says otherwise, in bytes.
    pub const DEFAULT_LIMIT: usize = 1024 * 1024;

    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Request {
        Request {
            method,
            url,
            headers: Vec::new(),
            body: None,
            limit: Request::DEFAULT_LIMIT,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers
            .push((name.to_owned(), Value::Plain(value.into())));
        self
    }

    /// Adds a header whose value is never shown.
    #[must_use]
    pub fn secret_header(mut self, name: &str, value: Secret) -> Request {
        self.headers.push((name.to_owned(), Value::Secret(value)));
        self
    }

    /// Sets the body; it is wiped from memory with the request.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Request {
        self.body = Some(Zeroizing::new(bytes.into()));
        self
    }

    /// Sets the largest body of the answer that is read, in bytes.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Request {
        self.limit = bytes;
        self
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn body_bytes(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| body.as_slice())
    }

    /// The wire form of everything but the body, for `url` (which a redirect may have changed).
    pub(crate) fn wire(&self, url: &Url) -> Result<ureq::http::request::Builder, Error> {
        let mut builder = ureq::http::Request::builder()
            .method(self.method.as_str())
            .uri(url.to_string());
        for (name, value) in &self.headers {
            let bad = || Error::BadHeader { name: name.clone() };
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let value = match value {
                Value::Plain(text) => HeaderValue::from_str(text).map_err(|_| bad())?,
                Value::Secret(secret) => {
                    let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| bad())?;
                    value.set_sensitive(true);
                    value
                }
            };
            builder = builder.header(key, value);
        }
        Ok(builder)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names)
            .field("body_bytes", &self.body.as_ref().map(|body| body.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value() {
        let url = Url::parse("https://vault.example.com/").unwrap();
        let request = Request::new(Method::Post, url)
            .header("x-plain", "plain-value")
            .secret_header("x-vault-token", Secret::new("hvs.0123456789abcdef"))
            .body("body-value");
        let shown = format!("{request:?}");
        assert!(shown.contains("x-vault-token"), "{shown}");
        assert!(
            !shown.contains("value") && !shown.contains("hvs."),
            "{shown}"
        );
    }

    #[test]
    fn a_line_break_in_a_header_is_refused_without_its_value() {
        let url = Url::parse("https://vault.example.com/").unwrap();
        let request = Request::new(Method::Get, url.clone())
            .secret_header("x-vault-token", Secret::new("hvs.0123456789\r\nx-evil: 1"));
        let error = request.wire(&url).unwrap_err();
        assert!(matches!(&error, Error::BadHeader { name } if name == "x-vault-token"));
        assert!(!format!("{error:?} {error}").contains("hvs."));
    }
}
