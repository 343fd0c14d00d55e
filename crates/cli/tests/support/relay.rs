//! A relay in front of a server: everything passes unchanged, and what the server answered is kept.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A relay that works until the test's process ends.
pub struct Relay {
    pub url: String,
    answers: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    /// Relays to the server at `url`, which is plain http.
    pub fn start(url: &str) -> Relay {
        let server = url.strip_prefix("http://").expect("plain http").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let relay = Relay {
            url: format!("http://{}", listener.local_addr().expect("its address")),
            answers: Arc::default(),
        };
        let answers = Arc::clone(&relay.answers);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&server) else {
                    continue;
                };
                let (from_client, to_server) = (client.try_clone(), server.try_clone());
                let answers = Arc::clone(&answers);
                thread::spawn(move || pass(from_client?, to_server?, |_| {}));
                thread::spawn(move || {
                    pass(server, client, |bytes| {
                        answers.lock().expect("no panic").extend(bytes)
                    })
                });
            }
        });
        relay
    }

    /// The tokens of the sessions that were opened.
    pub fn sessions(&self) -> Vec<String> {
        let answers = self.answers.lock().expect("no panic");
        let text = String::from_utf8_lossy(&answers);
        let after = text.split("\"client_token\":\"").skip(1);
        after
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) -> io::Result<()> {
    let mut bytes = [0; 4096];
    loop {
        let length = from.read(&mut bytes)?;
        if length == 0 {
            return to.shutdown(Shutdown::Write);
        }
        look(&bytes[..length]);
        to.write_all(&bytes[..length])?;
    }
}
