//! What a server of the lab is asked and answers, so that none of them knows the HTTP library.

use std::net::IpAddr;

/// One HTTP request as it came over the wire, nothing decoded.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method, in the sender's case.
    pub method: String,
    /// The path before `?`, percent-encoding untouched.
    pub path: String,
    /// What follows `?`, or nothing.
    pub query: String,
    /// The headers in their order; names may be in any case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The sender's address, which roles and tokens may be bound to.
    pub remote: IpAddr,
}

impl Request {
    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The answer to one [`Request`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The headers; the length of the body is left to the HTTP library.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}
