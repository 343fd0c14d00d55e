//! A scripted server on loopback: exact bytes in, exact bytes out, connections counted.

#![allow(dead_code)] // each test file uses its own part
#![allow(clippy::unwrap_used)] // a test's own server may panic

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use build_token_http::{Deadline, Time, Url};

/// What the server does once it has read a request.
pub enum Reply {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends these bytes one by one, with a pause before each, for as long as anybody reads.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes and then nothing, until the client goes away.
    SendAndHang(Vec<u8>),
}

/// One request, and where it came in.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The number of the connection, from 1.
    pub connection: usize,
    /// The number of the request over all connections, from 1.
    pub request: usize,
    /// Request line, headers and body as they came.
    pub text: String,
}

pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Server {
    pub fn new(script: impl Fn(&Exchange) -> Reply + Send + Sync + 'static) -> Server {
        Server::wrapped(|stream| stream, script)
    }

    /// A server whose connections are first wrapped in something, such as TLS.
    pub fn wrapped<S: Read + Write>(
        wrap: impl Fn(TcpStream) -> S + Send + Sync + 'static,
        script: impl Fn(&Exchange) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let (count, log) = (Arc::clone(&connections), Arc::clone(&exchanges));
        let behaviour = Arc::new((wrap, script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = count.fetch_add(1, Ordering::SeqCst) + 1;
                let (log, behaviour) = (Arc::clone(&log), Arc::clone(&behaviour));
                thread::spawn(move || {
                    let Ok(stream) = stream else { return };
                    let raw = stream.try_clone().unwrap();
                    let stream = BufReader::new((behaviour.0)(stream));
                    converse(connection, stream, &raw, &log, &behaviour.1);
                    let _ = raw.shutdown(Shutdown::Both);
                });
            }
        });
        Server {
            address,
            connections,
            exchanges,
        }
    }

    pub fn url(&self, target: &str) -> Url {
        Url::parse(&format!("http://{}{target}", self.address)).unwrap()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.exchanges
            .lock()
            .unwrap()
            .iter()
            .map(|exchange| exchange.text.clone())
            .collect()
    }
}

fn converse<S: Read + Write>(
    connection: usize,
    mut stream: BufReader<S>,
    raw: &TcpStream,
    log: &Mutex<Vec<Exchange>>,
    script: &impl Fn(&Exchange) -> Reply,
) {
    while let Some(text) = read_request(&mut stream) {
        let exchange = {
            let mut log = log.lock().unwrap();
            let exchange = Exchange {
                connection,
                request: log.len() + 1,
                text,
            };
            log.push(exchange.clone());
            exchange
        };
        let writer = stream.get_mut();
        let sent = match script(&exchange) {
            Reply::Send(bytes) => writer.write_all(&bytes).and_then(|()| writer.flush()),
            Reply::SendAndClose(bytes) => {
                let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
                return;
            }
            Reply::Drip(bytes, pause) => bytes.iter().try_for_each(|byte| {
                thread::sleep(pause);
                writer.write_all(&[*byte]).and_then(|()| writer.flush())
            }),
            Reply::SendAndHang(bytes) => {
                let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
                let _ = (&mut &*raw).read(&mut [0; 1]);
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<String> {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if stream.read_line(&mut text).ok()? == 0 {
            return None;
        }
    }
    let length = text
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8(body).unwrap())
}

/// A whole answer with a JSON body.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into_bytes()
}

pub fn ok(body: &str) -> Reply {
    Reply::Send(answer("200 OK", "", body))
}

/// The real clock, but pauses between tries pass in no time; they are noted.
#[derive(Clone, Default)]
pub struct SkippingTime(Arc<Mutex<Vec<Duration>>>);

impl SkippingTime {
    pub fn pauses(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Time for SkippingTime {
    fn now(&self) -> Instant {
        Instant::now() + self.pauses().iter().sum::<Duration>()
    }

    fn sleep(&self, pause: Duration) {
        self.0.lock().unwrap().push(pause);
    }

    fn jitter(&self) -> f64 {
        0.5
    }
}

/// A deadline that no test reaches unless it hangs.
pub fn in_time(time: &impl Time) -> Deadline {
    Deadline::after(time.now(), Duration::from_secs(60))
}
