//! A counter in front of a server: requests pass through, connections and answers are counted. It can
//! also be an older server, which knows nothing of inline logins.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Counts until the test's process ends.
pub struct Counter {
    pub url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Counter {
    /// Counts what goes to the server at `url`, which is plain http.
    pub fn in_front_of(url: &str) -> Counter {
        Counter::start(url, |_| true)
    }

    /// The same, and the server never sees the headers of an inline login.
    pub fn without_inline(url: &str) -> Counter {
        Counter::start(url, |header| !header.starts_with("x-vault-inline-auth"))
    }

    fn start(url: &str, passes: fn(&str) -> bool) -> Counter {
        let server = url.strip_prefix("http://").expect("plain http").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let counter = Counter {
            url: format!("http://{}", listener.local_addr().expect("its address")),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (
            Arc::clone(&counter.connections),
            Arc::clone(&counter.requests),
        );
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, server) = (Arc::clone(&requests), server.clone());
                thread::spawn(move || {
                    let server = TcpStream::connect(server).ok()?;
                    carry(&client, &server, passes, &requests)
                });
            }
        });
        counter
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was asked and answered, as `POST auth/jwt/login 200`.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// One request and its answer after the other, until one side has enough.
fn carry(
    mut client: &TcpStream,
    mut server: &TcpStream,
    passes: fn(&str) -> bool,
    requests: &Mutex<Vec<String>>,
) -> Option<()> {
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(server));
    loop {
        let request = read(&mut from_client, passes)?;
        server.write_all(&request.bytes).ok()?;
        let answer = read(&mut from_server, |_| true)?;
        let mut asked = request.first_line.split(' ');
        let method = asked.next()?;
        let path = asked.next()?.trim_start_matches("/v1/");
        let status = answer.first_line.split(' ').nth(1)?;
        requests
            .lock()
            .expect("no panic")
            .push(format!("{method} {path} {status}"));
        client.write_all(&answer.bytes).ok()?;
    }
}

struct Message {
    first_line: String,
    bytes: Vec<u8>,
}

/// A request or an answer as it came, without the headers that do not pass.
fn read(from: &mut impl BufRead, passes: fn(&str) -> bool) -> Option<Message> {
    let mut message = Message {
        first_line: String::new(),
        bytes: Vec::new(),
    };
    let mut length = 0;
    let mut chunked = false;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= lower.starts_with("transfer-encoding:") && lower.contains("chunked");
        if message.first_line.is_empty() {
            message.first_line = line.trim_end().to_owned();
        }
        if passes(&lower) {
            message.bytes.extend(line.as_bytes());
        }
        if line == "\r\n" {
            break;
        }
    }
    if chunked {
        while read_chunk(from, &mut message.bytes)? > 0 {}
    } else {
        read_bytes(from, length, &mut message.bytes)?;
    }
    Some(message)
}

/// One chunk as it came (RFC 9112, 7.1); the last has no bytes.
fn read_chunk(from: &mut impl BufRead, into: &mut Vec<u8>) -> Option<u64> {
    let mut size = String::new();
    from.read_line(&mut size).ok()?;
    into.extend(size.as_bytes());
    let length = u64::from_str_radix(size.trim(), 16).ok()?;
    read_bytes(from, length + 2, into)?;
    Some(length)
}

fn read_bytes(from: &mut impl Read, length: u64, into: &mut Vec<u8>) -> Option<()> {
    let read = from.take(length).read_to_end(into).ok()?;
    (read as u64 == length).then_some(())
}
