//! Refusals that any request can meet, whoever asks for whatever.

use build_token_http::Response;

use crate::error::Cause;

/// The cause where it lies in the server's state, or in the way to it.
pub(crate) fn state(response: &Response, text: &str) -> Option<Cause> {
    let has = |words: &str| text.contains(words);
    let leases = has("lease count quota exceeded");
    // The words of Go's servers, nginx and Apache.
    let plain_http_to_tls = has("Client sent an HTTP request to an HTTPS server")
        || has("plain HTTP request was sent to HTTPS port")
        || has("speaking plain HTTP to an SSL-enabled server port");
    Some(match response.status() {
        _ if plain_http_to_tls => Cause::PlainHttpToTls,
        413 | 414 | 431 => Cause::RequestTooLarge,
        400 if has("Header Or Cookie Too Large") => Cause::RequestTooLarge,
        429 => Cause::RateLimited {
            leases,
            retry_after: response.retry_after(),
        },
        412 | 472 | 473 => Cause::NoActiveNode,
        501 => Cause::NotInitialized,
        404 if has("namespace not found") => Cause::NamespaceNotFound,
        503 if has("to this namespace has been locked") => Cause::NamespaceLocked,
        500..=599 if has("is sealed") => Cause::Sealed,
        500..=599 if has("local node not active") => Cause::NoActiveNode,
        500..=599 if has("no active Vault instance") => Cause::NoActiveNode,
        _ => return None,
    })
}
