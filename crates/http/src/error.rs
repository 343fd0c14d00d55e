//! What can go wrong between here and an answer, one variant per cause, never with a secret.

use std::path::PathBuf;

/// Where a request was when its deadline came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waiting before it even started, or between two tries.
    Waiting,
    /// Looking up the host's name.
    Resolving,
    /// Opening the TCP connection.
    Connecting,
    /// Asking the proxy for a tunnel.
    Proxy,
    /// Shaking hands over TLS.
    Handshake,
    /// Sending the request.
    Sending,
    /// Waiting for the status line and the headers.
    Answer,
    /// Reading the body.
    Body,
}

/// Why the server's certificate, or TLS with it, was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsProblem {
    /// Signed by nobody whom we trust.
    UnknownAuthority,
    /// The server shows an authority's own certificate, as quick self-signed ones are: trusting
    /// it does not help, it cannot be a server's.
    AuthorityAsServer,
    /// Valid, for other names.
    NameMismatch {
        /// The names that the certificate is for.
        presented: Vec<String>,
    },
    /// Its time is over.
    Expired {
        /// Its last second, since 1970, where that is known.
        at: Option<u64>,
    },
    /// Its time has not begun.
    NotYetValid {
        /// Its first second, since 1970, where that is known.
        from: Option<u64>,
    },
    /// Anything else: versions, algorithms, alerts.
    Other,
}

/// Why a redirect was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectRefusal {
    /// From TLS to plain http.
    Downgrade,
    /// To another host or port.
    Elsewhere,
    /// To something that is not a URL which can be used.
    Unreadable,
}

/// A request that got no answer. `text` is the source's own wording, for logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name is not known, or could not be looked up.
    #[error("no such host {host}: {text}")]
    NoSuchHost {
        /// The name that was asked for.
        host: String,
        /// The resolver's words.
        text: String,
    },
    /// Nobody listens there.
    #[error("connection refused by {origin}: {text}")]
    Refused {
        /// Scheme, host and port.
        origin: String,
        /// The system's words.
        text: String,
    },
    /// No way there: network or host unreachable, or the connection could not be made.
    #[error("cannot reach {origin}: {text}")]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
        /// The system's words.
        text: String,
    },
    /// Reset or closed before the answer's headers were complete.
    #[error("connection to {origin} closed early: {text}")]
    Closed {
        /// Scheme, host and port.
        origin: String,
        /// The system's words.
        text: String,
    },
    /// TLS failed.
    #[error("TLS with {host} failed ({problem:?}): {text}")]
    Tls {
        /// The name that the certificate was checked against.
        host: String,
        /// What was wrong.
        problem: TlsProblem,
        /// The TLS library's words.
        text: String,
    },
    /// The roots of trust could not be read, or there are none in the file.
    #[error("cannot load certificates from {path}: {text}")]
    Roots {
        /// File or directory.
        path: PathBuf,
        /// The system's words.
        text: String,
    },
    /// A plain HTTP answer where TLS was expected.
    #[error("{origin} answers in plain http: {answer}")]
    PlainAnswer {
        /// Scheme, host and port.
        origin: String,
        /// The first bytes of what it said.
        answer: String,
    },
    /// The answer is not HTTP.
    #[error("{origin} does not speak HTTP: {text}")]
    NotHttp {
        /// Scheme, host and port.
        origin: String,
        /// What was wrong.
        text: String,
    },
    /// The deadline came.
    #[error("deadline reached with {origin} in phase {phase:?}")]
    Timeout {
        /// Scheme, host and port.
        origin: String,
        /// What was going on.
        phase: Phase,
    },
    /// The body ended before its announced length.
    #[error("answer of {origin} cut off after {received} bytes: {text}")]
    Truncated {
        /// Scheme, host and port.
        origin: String,
        /// How many bytes of the body came.
        received: usize,
        /// The system's words.
        text: String,
    },
    /// The headers or the body are larger than what is read.
    #[error("answer of {origin} is larger than {limit} bytes")]
    TooLarge {
        /// Scheme, host and port.
        origin: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A redirect that is not followed, because a secret goes with the request.
    #[error("redirect from {from} to {to} refused: {why:?}")]
    Redirect {
        /// The URL that was asked.
        from: String,
        /// Where it points, without credentials and query.
        to: String,
        /// Why not.
        why: RedirectRefusal,
    },
    /// A second redirect.
    #[error("more than one redirect, from {from} to {to}")]
    TooManyRedirects {
        /// The URL that was asked last.
        from: String,
        /// Where it points, without credentials and query.
        to: String,
    },
    /// A proxy is configured that is not spoken to: another protocol, or no URL at all.
    #[error("{variable} names no http proxy")]
    ProxySetting {
        /// The variable that names it.
        variable: &'static str,
    },
    /// The proxy could not be reached, or gave no tunnel.
    #[error("proxy {proxy}: {text}")]
    Proxy {
        /// Scheme, host and port of the proxy.
        proxy: String,
        /// What it said.
        text: String,
    },
    /// A header's value cannot be sent: it has a line break or another control character.
    #[error("header {name} cannot be sent")]
    BadHeader {
        /// The header's name.
        name: String,
    },
    /// Anything that no other variant tells.
    #[error("request to {origin} failed: {text}")]
    Other {
        /// Scheme, host and port.
        origin: String,
        /// The library's words.
        text: String,
    },
}

impl Error {
    /// Whether the same request may well succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self,
            Error::NoSuchHost { .. }
                | Error::Refused { .. }
                | Error::Unreachable { .. }
                | Error::Closed { .. }
                | Error::Truncated { .. }
                | Error::Proxy { .. }
        )
    }
}
