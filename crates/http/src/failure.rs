//! What ureq and rustls say, turned into our own errors.

use std::io::{self, ErrorKind};

use rustls::CertificateError;

use crate::error::{Error, Phase, TlsProblem};
use crate::resolve::NoSuchHost;
use crate::tls::PlainAnswer;
use crate::url::Url;
use crate::watch::{self, Progress};

/// What is known about a request when it fails.
pub(crate) struct Circumstances<'a> {
    pub url: &'a Url,
    /// Host and port of the proxy, if the request goes through one.
    pub proxy: Option<String>,
    /// The name that certificates are checked against.
    pub server_name: &'a str,
    /// Bytes of the body that came before it failed.
    pub received: usize,
}

impl Circumstances<'_> {
    pub fn explain(&self, error: ureq::Error) -> Error {
        let progress = watch::progress();
        let origin = self.url.origin();
        match (error, self.speaking_to_proxy(progress)) {
            (ureq::Error::Timeout(_), None) => Error::Timeout {
                origin,
                phase: progress.phase,
            },
            (ureq::Error::Timeout(_), Some(_)) => Error::Timeout {
                origin,
                phase: Phase::Proxy,
            },
            (error, Some(proxy)) => Error::Proxy {
                proxy,
                text: error.to_string(),
            },
            (ureq::Error::Io(error), None) => self.io(error, progress),
            (ureq::Error::Rustls(error), None) => self.tls(&error),
            (ureq::Error::Tls(text), None) => Error::Tls {
                host: self.server_name.to_owned(),
                problem: TlsProblem::Other,
                text: text.to_owned(),
            },
            (ureq::Error::LargeResponseHeader(_, limit), None) => Error::TooLarge { origin, limit },
            (ureq::Error::Protocol(error), None) => Error::NotHttp {
                origin,
                text: error.to_string(),
            },
            (ureq::Error::Other(error), None) => self.ours(error),
            (error, None) => Error::Other {
                origin,
                text: error.to_string(),
            },
        }
    }

    /// Until TLS with the server begins, it is the proxy that fails.
    fn speaking_to_proxy(&self, progress: Progress) -> Option<String> {
        let reaching = matches!(progress.phase, Phase::Resolving | Phase::Connecting);
        let asking = progress.connected && !progress.tls;
        self.proxy.clone().filter(|_| reaching || asking)
    }

    fn io(&self, error: io::Error, progress: Progress) -> Error {
        if let Some(error) = error
            .get_ref()
            .and_then(|e| e.downcast_ref::<rustls::Error>())
        {
            return self.tls(error);
        }
        let (origin, text) = (self.url.origin(), error.to_string());
        match error.kind() {
            ErrorKind::ConnectionRefused => Error::Refused { origin, text },
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof => match progress.phase {
                Phase::Body => Error::Truncated {
                    origin,
                    received: self.received,
                    text,
                },
                _ => Error::Closed { origin, text },
            },
            // Nobody listens on IPv4, and there is no IPv6.
            _ if progress.phase == Phase::Connecting && self.url.is_loopback() => {
                Error::Refused { origin, text }
            }
            _ if progress.phase == Phase::Connecting => Error::Unreachable { origin, text },
            _ => Error::Other { origin, text },
        }
    }

    fn tls(&self, error: &rustls::Error) -> Error {
        let problem = match error {
            rustls::Error::InvalidCertificate(error) => certificate(error),
            _ => TlsProblem::Other,
        };
        Error::Tls {
            host: self.server_name.to_owned(),
            problem,
            text: error.to_string(),
        }
    }

    /// Errors that our own resolver and connector passed through ureq.
    fn ours(&self, error: Box<dyn std::error::Error + Send + Sync>) -> Error {
        let origin = self.url.origin();
        let error = match error.downcast::<Error>() {
            Ok(error) => return *error,
            Err(error) => error,
        };
        if let Some(NoSuchHost { host, text }) = error.downcast_ref() {
            return Error::NoSuchHost {
                host: host.clone(),
                text: text.clone(),
            };
        }
        match error.downcast_ref() {
            Some(PlainAnswer(answer)) => Error::PlainAnswer {
                origin,
                answer: answer.clone(),
            },
            None => Error::Other {
                origin,
                text: error.to_string(),
            },
        }
    }
}

fn certificate(error: &CertificateError) -> TlsProblem {
    match error {
        CertificateError::UnknownIssuer => TlsProblem::UnknownAuthority,
        CertificateError::NotValidForNameContext { presented, .. } => TlsProblem::NameMismatch {
            presented: presented.iter().map(|name| bare(name).to_owned()).collect(),
        },
        CertificateError::NotValidForName => TlsProblem::NameMismatch {
            presented: Vec::new(),
        },
        CertificateError::Expired => TlsProblem::Expired { at: None },
        CertificateError::ExpiredContext { not_after, .. } => TlsProblem::Expired {
            at: Some(not_after.as_secs()),
        },
        CertificateError::NotValidYet => TlsProblem::NotYetValid { from: None },
        CertificateError::NotValidYetContext { not_before, .. } => TlsProblem::NotYetValid {
            from: Some(not_before.as_secs()),
        },
        // The verifier has no variant of its own for this one.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            TlsProblem::AuthorityAsServer
        }
        _ => TlsProblem::Other,
    }
}

/// `vault.test` of `DnsName("vault.test")`, as the verifier has it.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest);
    inner.trim_matches(['(', ')', '"'])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn explained(url: &str, phase: Phase, error: ureq::Error) -> Error {
        let url = Url::parse(url).unwrap();
        watch::start(Duration::from_secs(1));
        watch::enter(phase);
        let (proxy, server_name) = (None, url.host());
        Circumstances {
            url: &url,
            proxy,
            server_name,
            received: 0,
        }
        .explain(error)
    }

    #[test]
    fn no_such_host_keeps_the_resolvers_words() {
        let (host, text) = (
            "vault.test".to_owned(),
            "Name or service not known".to_owned(),
        );
        let error = NoSuchHost {
            host: host.clone(),
            text: text.clone(),
        };
        let error = ureq::Error::Other(Box::new(error));
        let explained = explained("https://vault.test/", Phase::Resolving, error);
        assert_eq!(explained, Error::NoSuchHost { host, text });
    }

    #[test]
    fn no_way_there_is_told_from_nobody_there() {
        let connecting = |url: &str, kind: ErrorKind| {
            explained(url, Phase::Connecting, ureq::Error::Io(kind.into()))
        };
        let unreachable = connecting("https://192.0.2.1/", ErrorKind::NetworkUnreachable);
        assert!(
            matches!(unreachable, Error::Unreachable { .. }),
            "{unreachable}"
        );
        let refused = connecting("https://192.0.2.1/", ErrorKind::ConnectionRefused);
        assert!(matches!(refused, Error::Refused { .. }), "{refused}");
        let no_ipv6 = connecting("https://localhost/", ErrorKind::AddrNotAvailable);
        assert!(matches!(no_ipv6, Error::Refused { .. }), "{no_ipv6}");
    }

    #[test]
    fn a_reset_is_judged_by_when_it_came() {
        let reset = |phase| {
            let error = ureq::Error::Io(ErrorKind::ConnectionReset.into());
            explained("https://vault.test/", phase, error)
        };
        for phase in [Phase::Handshake, Phase::Sending, Phase::Answer] {
            assert!(matches!(reset(phase), Error::Closed { .. }), "{phase:?}");
        }
        assert!(matches!(reset(Phase::Body), Error::Truncated { .. }));
    }
}
