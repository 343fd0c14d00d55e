//! One GET for an issuer's documents, over plain HTTP, or over TLS with the CA of the
//! configuration, because that is a text and not a file.

use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// How long an issuer may keep a login waiting at each step.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest document that is read.
const LONGEST: u64 = 4 << 20;

/// What an issuer's server answers.
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Fetched {
    /// `404 Not Found`.
    pub(super) fn status_line(&self) -> String {
        format!("{} {}", self.status, self.reason)
            .trim_end()
            .to_owned()
    }
}

/// How an issuer's server is reached.
#[derive(Clone)]
pub(in crate::vault) struct Source {
    roots: Arc<RootCertStore>,
}

impl Source {
    /// With the CA certificates in a PEM text; an empty one trusts nobody over TLS.
    pub(super) fn new(authority: &str) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        if !authority.is_empty() {
            for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
            if roots.is_empty() {
                return Err("could not parse CA PEM value successfully".to_owned());
            }
        }
        Ok(Self {
            roots: Arc::new(roots),
        })
    }

    /// Fetches a document.
    pub(super) fn get(&self, url: &str) -> Result<Fetched, String> {
        let placed = |error: String| format!("Get \"{url}\": {error}");
        let place =
            Place::of(url).ok_or_else(|| placed("unsupported protocol scheme \"\"".to_owned()))?;
        let mut stream = place.connect(&self.roots).map_err(placed)?;
        let request = format!(
            "GET {} HTTP/1.0\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\n\r\n",
            place.path, place.authority
        );
        let mut answer = Vec::new();
        let read = stream
            .write_all(request.as_bytes())
            .and_then(|()| stream.take(LONGEST).read_to_end(&mut answer));
        match read {
            // Without a farewell, only the answer's own length tells whether it is whole.
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => {
                return Err(placed(error.to_string()));
            }
            _ => {}
        }
        parse(&answer).ok_or_else(|| placed("malformed HTTP response".to_owned()))
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A URL taken apart.
struct Place<'a> {
    tls: bool,
    authority: &'a str,
    host: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (tls, rest) = match url.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, url.strip_prefix("http://")?),
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        if authority.is_empty() || url.chars().any(char::is_control) || url.contains(' ') {
            return None;
        }
        let default = if tls { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, default),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(Self {
            tls,
            authority,
            host,
            port,
            path,
        })
    }

    fn connect(&self, roots: &Arc<RootCertStore>) -> Result<Box<dyn Stream>, String> {
        let address = (self.host, self.port)
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .ok_or_else(|| format!("dial tcp: lookup {}: no such host", self.host))?;
        let plain = TcpStream::connect_timeout(&address, PATIENCE)
            .map_err(|error| format!("dial tcp {address}: connect: {}", reason(&error)))?;
        plain
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| plain.set_write_timeout(Some(PATIENCE)))
            .map_err(|error| error.to_string())?;
        if !self.tls {
            return Ok(Box::new(plain));
        }
        let name = ServerName::try_from(self.host.to_owned()).map_err(|error| error.to_string())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(Arc::clone(roots))
            .with_no_client_auth();
        let tls =
            ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
        Ok(Box::new(StreamOwned::new(tls, plain)))
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::TimedOut => "i/o timeout".to_owned(),
        _ => error.to_string(),
    }
}

fn parse(answer: &[u8]) -> Option<Fetched> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let mut status = lines.next()?.splitn(3, ' ');
    status
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    let code = status.next()?.parse().ok()?;
    let reason = status.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .collect();
    let header = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| *value)
    };
    let body = &answer[end + 4..];
    let body = match header("transfer-encoding") {
        Some("chunked") => dechunk(body)?,
        _ => body.to_vec(),
    };
    let whole = header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(body.len());
    // A body that ends early is no document.
    (body.len() >= whole).then(|| Fetched {
        status: code,
        reason,
        content_type: header("content-type").map(str::to_owned),
        body: body[..whole].to_vec(),
    })
}

/// A body sent in chunks, for servers that do so although they were asked with HTTP/1.0.
fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end])
            .ok()?
            .split(';')
            .next()?
            .trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(body);
        }
        let (chunk, next) = rest.split_at_checked(size)?;
        body.extend_from_slice(chunk);
        rest = next.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let place = Place::of("https://[::1]:8443/keys?x=1").unwrap();
        assert_eq!(
            (place.tls, place.host, place.port, place.path),
            (true, "::1", 8443, "/keys?x=1")
        );
        let place = Place::of("http://example.com").unwrap();
        assert_eq!(
            (place.tls, place.host, place.port, place.path),
            (false, "example.com", 80, "/")
        );
        for bad in [
            "",
            "ftp://x",
            "http://",
            "http:///x",
            "http://a b/",
            "http://a:x/",
            "http://a/\r\nX: y",
        ] {
            assert!(Place::of(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let whole = parse(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno").unwrap();
        assert_eq!(
            (whole.status_line().as_str(), whole.body.as_slice()),
            ("404 Not Found", b"no".as_slice())
        );
        let chunked = parse(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        );
        assert_eq!(chunked.unwrap().body, b"abc");
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno").is_none());
        assert!(parse(b"garbage").is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").is_none());
    }

    #[test]
    fn nobody_listening_reads_as_the_server_says_it() {
        let source = Source::new("").unwrap();
        let error = source.get("http://127.0.0.1:1/keys").err();
        let text =
            "Get \"http://127.0.0.1:1/keys\": dial tcp 127.0.0.1:1: connect: connection refused";
        assert_eq!(error.as_deref(), Some(text));
        assert!(Source::new("nonsense").is_err());
    }
}
