//! One deadline over everything: whatever a server does or does not do, it ends there.

mod server;

use std::io::Read;
use std::time::{Duration, Instant};

use build_token_http::{
    Client, Deadline, Error, Method, Phase, ProxySettings, Request, Retry, Settings, SystemTime,
    Time, Url,
};
use server::{Reply, Server};

const SHORT: Duration = Duration::from_millis(250);

/// The phase in which a request for `url` runs out of a short deadline.
fn phase(url: Url, retry: Retry) -> Phase {
    let client = Client::new(Settings::default(), SystemTime);
    let deadline = Deadline::after(SystemTime.now(), SHORT);
    match client.send(&Request::new(Method::Get, url), retry, deadline) {
        Err(Error::Timeout { phase, .. }) => phase,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_accepts_and_says_nothing() {
    let server = Server::new(|_| Reply::SendAndHang(Vec::new()));
    assert_eq!(phase(server.url("/"), Retry::Read), Phase::Answer);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_that_drips_its_headers_or_its_body() {
    let slowly = |head: &'static [u8]| {
        Server::new(move |_| Reply::Drip([head, &[b'x'; 1000]].concat(), Duration::from_millis(1)))
    };
    let headers = slowly(b"HTTP/1.1 200 OK\r\nx-long: ");
    assert_eq!(phase(headers.url("/"), Retry::Read), Phase::Answer);
    let body = slowly(b"HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(phase(body.url("/"), Retry::Read), Phase::Body);
}

#[test]
fn a_server_that_stops_in_the_body() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
    let server = Server::new(|_| Reply::SendAndHang(head.to_vec()));
    assert_eq!(phase(server.url("/"), Retry::Read), Phase::Body);
}

#[test]
fn a_server_that_never_shakes_hands() {
    let server = Server::wrapped(
        |mut stream| {
            let _ = stream.read_to_end(&mut Vec::new());
            stream
        },
        |_| Reply::SendAndClose(Vec::new()),
    );
    let url = Url::parse(&format!("https://{}/", server.address)).unwrap();
    assert_eq!(phase(url, Retry::Read), Phase::Handshake);
}

#[test]
fn a_proxy_that_drips_its_answer() {
    let proxy = Server::new(|_| {
        let slow = [&b"HTTP/1.1 200 OK\r\nx-long: "[..], &[b'x'; 1000]].concat();
        Reply::Drip(slow, Duration::from_millis(1))
    });
    let lookup = |name: &str| (name == "HTTPS_PROXY").then(|| proxy.address.to_string());
    let settings = Settings {
        proxy: ProxySettings::from_environment(&lookup),
        ..Settings::default()
    };
    let request = Request::new(Method::Get, Url::parse("https://vault.test/").unwrap());
    let deadline = Deadline::after(SystemTime.now(), SHORT);
    let error = Client::new(settings, SystemTime)
        .send(&request, Retry::Read, deadline)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Timeout {
                phase: Phase::Proxy,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_deadline_that_has_passed_sends_nothing() {
    let server = Server::new(|_| server::ok("{}"));
    let client = Client::new(Settings::default(), SystemTime);
    let request = Request::new(Method::Get, server.url("/"));
    let error = client
        .send(&request, Retry::Read, Deadline::at(Instant::now()))
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Timeout {
                phase: Phase::Waiting,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!((server.connections(), client.statistics().requests), (0, 0));
}
