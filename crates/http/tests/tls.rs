//! TLS: whom we trust, for which name, and what is said about everybody else.

#![allow(clippy::unwrap_used)] // also in what the tests share

mod server;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use build_token_http::{
    Client, Error, Method, ProxySettings, Request, Retry, Roots, Settings, SystemTime, TlsProblem,
    Url,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use server::{Reply, Server, in_time, ok};

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "certificates", name]
        .iter()
        .collect()
}

fn tls_server(certificate: &str) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![CertificateDer::from_pem_file(file(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    Server::wrapped(
        move |stream: TcpStream| {
            StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)
        },
        |_| ok("{}"),
    )
}

fn trusting(certificate: &str, server_name: Option<&str>) -> Client {
    let settings = Settings {
        roots: Roots::File(file(certificate)),
        server_name: server_name.map(str::to_owned),
        ..Settings::default()
    };
    Client::new(settings, SystemTime)
}

fn ask(client: &Client, server: &Server) -> Result<u16, Error> {
    let url = Url::parse(&format!("https://localhost:{}/", server.address.port())).unwrap();
    let request = Request::new(Method::Get, url);
    Ok(client
        .send(&request, Retry::Read, in_time(&SystemTime))?
        .status())
}

fn problem(certificate: &str) -> TlsProblem {
    match ask(&trusting("authority.pem", None), &tls_server(certificate)) {
        Err(Error::Tls { host, problem, .. }) if host == "localhost" => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trusted_server_on_one_connection() {
    let server = tls_server("server.pem");
    let client = trusting("authority.pem", None);
    for _ in 0..3 {
        assert_eq!(ask(&client, &server).unwrap(), 200);
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn each_fault_of_a_certificate_has_its_name() {
    let (end_of_2020, begin_of_2119) = (1_609_459_200, 4_701_974_400);
    assert_eq!(
        problem("expired.pem"),
        TlsProblem::Expired {
            at: Some(end_of_2020)
        }
    );
    assert_eq!(
        problem("early.pem"),
        TlsProblem::NotYetValid {
            from: Some(begin_of_2119)
        }
    );
    assert_eq!(problem("selfsigned.pem"), TlsProblem::AuthorityAsServer);
    let TlsProblem::NameMismatch { presented } = problem("other.pem") else {
        panic!()
    };
    assert_eq!(presented, ["vault.test", "www.vault.test"]);

    let stranger = ask(&trusting("other.pem", None), &tls_server("server.pem"));
    let Err(Error::Tls { problem, .. }) = stranger else {
        panic!("{stranger:?}")
    };
    assert_eq!(problem, TlsProblem::UnknownAuthority);
}

#[test]
fn another_server_name_can_be_asked_for() {
    let client = trusting("authority.pem", Some("vault.test"));
    assert_eq!(ask(&client, &tls_server("other.pem")).unwrap(), 200);
    let error = ask(&client, &tls_server("server.pem")).unwrap_err();
    assert!(
        matches!(&error, Error::Tls { host, .. } if host == "vault.test"),
        "{error}"
    );
}

#[test]
fn a_plain_answer_is_told_from_bad_tls() {
    let talkative = Server::wrapped(
        |mut stream| {
            stream
                .write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                .unwrap();
            stream
        },
        |_| Reply::SendAndClose(Vec::new()),
    );
    let error = ask(&trusting("authority.pem", None), &talkative).unwrap_err();
    let Error::PlainAnswer { answer, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(answer, "HTTP/1.0 400 Bad Request");
}

/// A proxy that makes one tunnel to `target`, whatever it is asked for; gives what it was asked.
fn tunnel(target: SocketAddr) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let mut asked = String::new();
        let mut reader = BufReader::new(client.try_clone().unwrap());
        while !asked.ends_with("\r\n\r\n") {
            reader.read_line(&mut asked).unwrap();
        }
        (&client)
            .write_all(b"HTTP/1.1 200 Connected\r\n\r\n")
            .unwrap();
        let server = TcpStream::connect(target).unwrap();
        let (mut from, mut to) = (server.try_clone().unwrap(), client);
        thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut reader, &mut &server);
        asked
    });
    (address, asked)
}

#[test]
fn through_a_proxy_tls_ends_at_the_server() {
    let server = tls_server("other.pem");
    let (proxy, asked) = tunnel(server.address);
    let lookup = |name: &str| (name == "https_proxy").then(|| format!("http://{proxy}"));
    let settings = Settings {
        roots: Roots::File(file("authority.pem")),
        proxy: ProxySettings::from_environment(&lookup),
        ..Settings::default()
    };
    let client = Client::new(settings, SystemTime);
    for _ in 0..2 {
        let request = Request::new(
            Method::Get,
            Url::parse("https://vault.test:8200/x").unwrap(),
        );
        assert_eq!(
            client
                .send(&request, Retry::Read, in_time(&SystemTime))
                .unwrap()
                .status(),
            200
        );
    }
    assert_eq!(
        (server.connections(), client.statistics().connections),
        (1, 1)
    );
    drop(client);
    assert!(
        asked
            .join()
            .unwrap()
            .starts_with("CONNECT vault.test:8200 HTTP/1.1\r\n")
    );
}

#[test]
fn roots_are_read_for_https_only() {
    let settings = Settings {
        roots: Roots::File("/does/not/exist".into()),
        ..Settings::default()
    };
    let client = Client::new(settings, SystemTime);
    let plain = Server::new(|_| ok("{}"));
    let request = Request::new(Method::Get, plain.url("/"));
    client
        .send(&request, Retry::Never, in_time(&SystemTime))
        .unwrap();
    let error = ask(&client, &tls_server("server.pem")).unwrap_err();
    assert!(matches!(error, Error::Roots { .. }), "{error}");
}
