//! Servers that behave badly: raw TCP on loopback, which answers each connection as it is told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a rogue does with a connection.
type Behaviour = dyn Fn(usize, &mut TcpStream, &str) + Send + Sync;

/// A server that misbehaves until it is dropped (with the test's process, at the latest).
pub struct Rogue {
    pub url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Rogue {
    /// Calls `behave` for each request on each connection, with the number of the request so far and
    /// the request's head and body. When it returns, the connection waits for the next request.
    pub fn start(behave: impl Fn(usize, &mut TcpStream, &str) + Send + Sync + 'static) -> Rogue {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let rogue = Rogue {
            url,
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (Arc::clone(&rogue.connections), Arc::clone(&rogue.requests));
        let behave: Arc<Behaviour> = Arc::new(behave);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, behave) = (Arc::clone(&requests), Arc::clone(&behave));
                thread::spawn(move || serve(stream, &requests, &*behave));
            }
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

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests, as `POST /v1/auth/jwt/login`.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// Writes an answer with its length.
pub fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    // A client that went away has seen enough.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

/// A port of loopback at which nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("its address"))
}

fn serve(mut stream: TcpStream, requests: &Mutex<Vec<String>>, behave: &Behaviour) {
    while let Some(text) = read_request(&mut stream) {
        let number = {
            let mut requests = requests.lock().expect("no panic");
            let line = text.lines().next().unwrap_or_default();
            requests.push(line.trim_end_matches(" HTTP/1.1").to_owned());
            requests.len() - 1
        };
        behave(number, &mut stream, &text);
    }
}

/// One request's head and body; `None` when the client has gone.
fn read_request(stream: &mut TcpStream) -> Option<String> {
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
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::trim).map(str::to_owned))
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}
