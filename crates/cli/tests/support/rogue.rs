//! Servers that behave badly: raw TCP on loopback, plain or over TLS, which answers each request as it
//! is told.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A connection, plain or over TLS.
pub trait Stream: Read + Write {
    /// The socket itself, to be closed or looked at.
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

/// What a rogue does with a request.
type Behaviour = dyn Fn(usize, &mut dyn Stream, &str) + Send + Sync;

/// A server that misbehaves until the test's process ends.
pub struct Rogue {
    pub url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Rogue {
    /// Calls `behave` for each request on each connection, with the number of the request so far and
    /// the request's head and body. When it returns, the connection waits for the next request.
    pub fn start(behave: impl Fn(usize, &mut dyn Stream, &str) + Send + Sync + 'static) -> Rogue {
        let (listener, mut rogue) = Rogue::bind();
        rogue.url = format!("http://{}", listener.local_addr().expect("its address"));
        let requests = Arc::clone(&rogue.requests);
        rogue.accept(listener, move |mut stream| {
            serve(&mut stream, &requests, &behave)
        });
        rogue
    }

    /// The same over TLS, under the name `localhost`, with one of the http crate's test certificates.
    pub fn over_tls(
        certificate: &str,
        behave: impl Fn(usize, &mut dyn Stream, &str) + Send + Sync + 'static,
    ) -> Rogue {
        let (listener, mut rogue) = Rogue::bind();
        let port = listener.local_addr().expect("its address").port();
        rogue.url = format!("https://localhost:{port}");
        let requests = Arc::clone(&rogue.requests);
        let config = tls(certificate);
        rogue.accept(listener, move |stream| {
            let connection =
                ServerConnection::new(Arc::clone(&config)).expect("a usable configuration");
            serve(
                &mut StreamOwned::new(connection, stream),
                &requests,
                &behave,
            );
        });
        rogue
    }

    /// Answers every request with this status, these headers and this body.
    pub fn answering(status: &str, headers: &str, body: impl Into<Vec<u8>>) -> Rogue {
        let (status, headers, body) = (status.to_owned(), headers.to_owned(), body.into());
        Rogue::start(move |_, stream, _| answer(stream, &status, &headers, &body))
    }

    /// Accepts, and says nothing.
    pub fn silent() -> Rogue {
        Rogue::start(|_, _, _| thread::sleep(Duration::from_secs(60)))
    }

    /// Resets each connection when its first byte comes: a socket that is closed with unread bytes.
    pub fn resetting() -> Rogue {
        Rogue::greeting(b"")
    }

    /// Sends these bytes when the first byte comes, whatever it is, and closes the connection.
    pub fn greeting(bytes: &'static [u8]) -> Rogue {
        let (listener, mut rogue) = Rogue::bind();
        rogue.url = format!("http://{}", listener.local_addr().expect("its address"));
        rogue.accept(listener, move |mut stream| {
            // A client that went away has seen enough.
            let _ = stream.peek(&mut [0]).and_then(|_| stream.write_all(bytes));
        });
        rogue
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests, as `POST /v1/auth/jwt/login`.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }

    fn bind() -> (TcpListener, Rogue) {
        let rogue = Rogue {
            url: String::new(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        (TcpListener::bind("127.0.0.1:0").expect("a port"), rogue)
    }

    fn accept(&self, listener: TcpListener, handle: impl Fn(TcpStream) + Send + Sync + 'static) {
        let connections = Arc::clone(&self.connections);
        let handle = Arc::new(handle);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let handle = Arc::clone(&handle);
                thread::spawn(move || handle(stream));
            }
        });
    }
}

/// Writes an answer with its length.
pub fn answer(stream: &mut dyn Stream, status: &str, headers: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    let answer = [head.as_bytes(), body].concat();
    // A client that went away has seen enough.
    let _ = stream.write_all(&answer).and_then(|()| stream.flush());
}

/// A port of loopback at which nobody listens. It stays taken until the process ends, so that no other
/// test gets it meanwhile.
pub fn nobody() -> String {
    let socket =
        rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    let any_port = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    rustix::net::bind(&socket, &any_port).expect("a port");
    let address = rustix::net::getsockname(&socket).expect("its address");
    let address = SocketAddrV4::try_from(address).expect("what was bound");
    std::mem::forget(socket);
    format!("http://{address}")
}

/// A certificate of the http crate's tests.
pub fn certificate(name: &str) -> PathBuf {
    [
        env!("CARGO_MANIFEST_DIR"),
        "..",
        "http",
        "tests",
        "certificates",
        name,
    ]
    .iter()
    .collect()
}

fn tls(name: &str) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_file(certificate(name)).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(certificate("server.key")).expect("its key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key is the certificate's");
    Arc::new(config)
}

fn serve(stream: &mut dyn Stream, requests: &Mutex<Vec<String>>, behave: &Behaviour) {
    while let Some(text) = read_request(stream) {
        let number = {
            let mut requests = requests.lock().expect("no panic");
            let line = text.lines().next().unwrap_or_default();
            requests.push(line.trim_end_matches(" HTTP/1.1").to_owned());
            requests.len() - 1
        };
        behave(number, stream, &text);
    }
}

/// One request's head and body; `None` when the client has gone.
fn read_request(stream: &mut dyn Stream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(str::trim)
                .map(str::to_owned)
        })
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}
