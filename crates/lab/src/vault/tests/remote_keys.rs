//! An issuer's keys, fetched for real: remembered, and fetched anew only when they do not fit.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use super::{KEY, Server};

/// An issuer on loopback, which counts what it is asked for.
struct Issuer {
    url: String,
    /// The name of its key.
    key_id: Arc<Mutex<String>>,
    discoveries: Arc<AtomicUsize>,
    fetches: Arc<AtomicUsize>,
}

impl Issuer {
    /// Answers until the test's process ends.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer = Self {
            url: url.clone(),
            key_id: Arc::new(Mutex::new("one".to_owned())),
            discoveries: Arc::default(),
            fetches: Arc::default(),
        };
        let (key_id, discoveries, fetches) = (
            Arc::clone(&issuer.key_id),
            Arc::clone(&issuer.discoveries),
            Arc::clone(&issuer.fetches),
        );
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let body = if first.contains("openid-configuration") {
                    discoveries.fetch_add(1, Ordering::SeqCst);
                    json!({ "issuer": url, "jwks_uri": format!("{url}/keys") })
                } else {
                    fetches.fetch_add(1, Ordering::SeqCst);
                    let key_id = key_id.lock().unwrap().clone();
                    json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": key_id, "n": KEY.modulus, "e": KEY.exponent }] })
                }
                .to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                stream
                    .write_all(head.as_bytes())
                    .and_then(|()| stream.write_all(body.as_bytes()))
                    .unwrap();
            }
        });
        issuer
    }

    fn counts(&self) -> (usize, usize) {
        (
            self.discoveries.load(Ordering::SeqCst),
            self.fetches.load(Ordering::SeqCst),
        )
    }
}

fn login(server: &Server) -> (u16, String) {
    let body = json!({ "role": "job", "jwt": server.id_token(json!({})) });
    server.refusal("", "POST", "auth/jwt/login", body)
}

#[test]
fn keys_are_fetched_once_and_again_for_an_unknown_name() {
    let (server, issuer) = (Server::seeded(), Issuer::start());
    server.root(
        "POST",
        "auth/jwt/config",
        json!({ "jwks_url": format!("{}/keys", issuer.url) }),
    );
    assert_eq!(issuer.counts(), (0, 1));
    for _ in 0..3 {
        assert_eq!(login(&server).0, 200);
    }
    assert_eq!(issuer.counts(), (0, 1));
    // A key that the server has not seen: it asks, once for each login that does not fit.
    "two".clone_into(&mut issuer.key_id.lock().unwrap());
    server.root(
        "POST",
        "auth/jwt/config",
        json!({ "jwks_url": format!("{}/keys", issuer.url) }),
    );
    let text = "error validating token: error verifying token signature: failed to verify id token signature";
    assert_eq!(login(&server), (400, text.to_owned()));
    assert_eq!(login(&server).0, 400);
    assert_eq!(issuer.counts(), (0, 4));
    "one".clone_into(&mut issuer.key_id.lock().unwrap());
    assert_eq!(login(&server).0, 200);
    assert_eq!(issuer.counts(), (0, 5));
}

#[test]
fn a_discovery_document_says_where_the_keys_are() {
    let (server, issuer) = (Server::seeded(), Issuer::start());
    server.root(
        "POST",
        "auth/jwt/config",
        json!({ "oidc_discovery_url": issuer.url }),
    );
    assert_eq!(issuer.counts(), (1, 0));
    assert_eq!((login(&server).0, login(&server).0), (200, 200));
    assert_eq!(issuer.counts(), (2, 1));
}

#[test]
fn an_issuer_that_is_away_is_told_from_a_bad_token() {
    let server = Server::seeded();
    let away = "http://127.0.0.1:1";
    let refused = |body: Value| server.refusal("root", "POST", "auth/jwt/config", body);
    assert_eq!(
        refused(json!({ "jwks_url": away })),
        (400, "error checking jwks URL".to_owned())
    );
    assert_eq!(
        refused(json!({ "oidc_discovery_url": away })),
        (400, "error checking oidc discovery URL".to_owned())
    );
    let skip = |field: &str| {
        let answer = server.root(
            "POST",
            "auth/jwt/config",
            json!({ field: away, "skip_jwks_validation": true }),
        );
        assert!(
            answer["warnings"][0]
                .as_str()
                .unwrap()
                .starts_with("error checking ")
        );
        login(&server)
    };
    let dial = "dial tcp 127.0.0.1:1: connect: connection refused";
    let (status, text) = skip("jwks_url");
    let start = "error validating token: error verifying token signature: fetching keys oidc: get keys failed";
    assert_eq!(
        (status, text),
        (400, format!("{start} Get \"{away}\": {dial}"))
    );
    let (status, text) = skip("oidc_discovery_url");
    let start = "error configuring token validator: keyset configuration error:";
    let url = format!("{away}/.well-known/openid-configuration");
    assert_eq!(
        (status, text),
        (400, format!("{start} Get \"{url}\": {dial}"))
    );
    let config = server.root("GET", "auth/jwt/config", Value::Null);
    assert_eq!(config["data"]["status"], "invalid");
}
