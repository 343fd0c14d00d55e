//! What goes over the wire, which connection it takes, and what is tried again.

mod server;

use std::time::Duration;

use build_token_http::{
    Client, Deadline, Error, Method, ProxySettings, RedirectRefusal, Request, Retry, Settings,
    SystemTime, Time,
};
use build_token_secret::Secret;
use server::{Reply, Server, SkippingTime, answer, in_time, ok};

fn client() -> (Client, SkippingTime) {
    let time = SkippingTime::default();
    let settings = Settings {
        user_agent: "build-token/test".into(),
        ..Settings::default()
    };
    (Client::new(settings, time.clone()), time)
}

fn get(server: &Server) -> Request {
    Request::new(Method::Get, server.url("/v1/x"))
}

#[test]
fn sends_exactly_what_was_asked() {
    let server = Server::new(|_| Reply::Send(answer("201 Created", "X-One: 1\r\n", "{}")));
    let (client, time) = client();
    let request = Request::new(Method::Post, server.url("/v1/auth/jwt/login?x=%20"))
        .header("x-vault-request", "true")
        .secret_header("x-vault-token", Secret::new("hvs.0123456789"))
        .body(br#"{"role":"r"}"#.to_vec());
    let response = client.send(&request, Retry::Never, in_time(&time)).unwrap();
    assert_eq!((response.status(), response.body()), (201, &b"{}"[..]));
    assert_eq!(response.header("x-ONE"), Some("1"));
    let address = server.address;
    assert_eq!(
        server.requests(),
        [format!(
            "POST /v1/auth/jwt/login?x=%20 HTTP/1.1\r\ncontent-length: 12\r\n\
         user-agent: build-token/test\r\naccept: */*\r\nhost: {address}\r\n\
         x-vault-request: true\r\nx-vault-token: hvs.0123456789\r\n\r\n{{\"role\":\"r\"}}"
        )]
    );
}

#[test]
fn three_requests_share_one_connection() {
    let server = Server::new(|_| ok("{}"));
    let (client, time) = client();
    for request in [
        Request::new(Method::Post, server.url("/v1/auth/jwt/login")).body("{}"),
        get(&server),
        Request::new(Method::Post, server.url("/v1/auth/token/revoke-self")).body(""),
    ] {
        client.send(&request, Retry::Read, in_time(&time)).unwrap();
    }
    assert_eq!(server.connections(), 1);
    let statistics = client.statistics();
    assert_eq!((statistics.requests, statistics.connections), (3, 1));
}

#[test]
fn an_empty_answer_keeps_the_connection_too() {
    let server = Server::new(|_| Reply::Send(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()));
    let (client, time) = client();
    for _ in 0..2 {
        let response = client
            .send(&get(&server), Retry::Read, in_time(&time))
            .unwrap();
        assert_eq!((response.status(), response.body().len()), (204, 0));
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced_at_once_for_reads_only() {
    // The first connection dies on its second request, without an answer.
    let script = |exchange: &server::Exchange| match exchange.request {
        2 => Reply::SendAndClose(Vec::new()),
        _ => ok("{}"),
    };
    let server = Server::new(script);
    let (reading, time) = client();
    for _ in 0..2 {
        reading
            .send(&get(&server), Retry::Read, in_time(&time))
            .unwrap();
    }
    assert_eq!(server.connections(), 2);
    assert!(time.pauses().is_empty());

    let server = Server::new(script);
    let (once, time) = client();
    once.send(&get(&server), Retry::Never, in_time(&time))
        .unwrap();
    let error = once
        .send(&get(&server), Retry::Never, in_time(&time))
        .unwrap_err();
    assert!(matches!(error, Error::Closed { .. }), "{error}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn tries_three_times_and_not_more() {
    let server = Server::new(|exchange| match exchange.request {
        1..=2 => Reply::Send(answer("500 Internal Server Error", "", "{}")),
        _ => ok("{}"),
    });
    let (first, time) = client();
    assert_eq!(
        first
            .send(&get(&server), Retry::Login, in_time(&time))
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        time.pauses(),
        [Duration::from_millis(500), Duration::from_millis(1000)]
    );

    let server = Server::new(|_| Reply::Send(answer("502 Bad Gateway", "", "")));
    let (second, time) = client();
    assert_eq!(
        second
            .send(&get(&server), Retry::Read, in_time(&time))
            .unwrap()
            .status(),
        502
    );
    assert_eq!(server.requests().len(), 3);

    let server = Server::new(|_| Reply::Send(answer("500 Internal Server Error", "", "")));
    let (third, time) = client();
    assert_eq!(
        third
            .send(&get(&server), Retry::Never, in_time(&time))
            .unwrap()
            .status(),
        500
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_refusal_is_final() {
    for status in [
        "400 Bad Request",
        "403 Forbidden",
        "404 Not Found",
        "501 Not Implemented",
    ] {
        let server = Server::new(move |_| Reply::Send(answer(status, "", "{}")));
        let (client, time) = client();
        client
            .send(&get(&server), Retry::Read, in_time(&time))
            .unwrap();
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[test]
fn retry_after_is_waited_for_unless_the_deadline_comes_first() {
    let limited = |exchange: &server::Exchange| match exchange.request {
        1 => Reply::Send(answer("429 Too Many Requests", "Retry-After: 20\r\n", "{}")),
        _ => ok("{}"),
    };
    let server = Server::new(limited);
    let (patient, time) = client();
    assert_eq!(
        patient
            .send(&get(&server), Retry::Read, in_time(&time))
            .unwrap()
            .status(),
        200
    );
    assert_eq!(time.pauses(), [Duration::from_millis(20_250)]);

    let server = Server::new(limited);
    let (hurried, time) = client();
    let soon = Deadline::after(time.now(), Duration::from_secs(10));
    let response = hurried.send(&get(&server), Retry::Read, soon).unwrap();
    assert_eq!(
        (response.status(), response.retry_after()),
        (429, Some(Duration::from_secs(20)))
    );
    assert!(time.pauses().is_empty());
}

#[test]
fn nobody_listens() {
    // No system gives out a port as low as this one.
    let free = "127.0.0.1:1";
    let url = build_token_http::Url::parse(&format!("http://{free}/")).unwrap();
    let (client, time) = client();
    let error = client.send(
        &Request::new(Method::Get, url),
        Retry::Login,
        in_time(&time),
    );
    assert!(
        matches!(error, Err(Error::Refused { origin, .. }) if origin == format!("http://{free}"))
    );
    assert_eq!(time.pauses().len(), 2);
    assert_eq!(client.statistics().connections, 0);
}

#[test]
fn nobody_listens_on_localhost_with_or_without_ipv6() {
    let url = build_token_http::Url::parse("https://localhost:1/").unwrap();
    let (client, time) = client();
    let error = client.send(
        &Request::new(Method::Get, url),
        Retry::Never,
        in_time(&time),
    );
    assert!(matches!(error, Err(Error::Refused { .. })), "{error:?}");
}

#[test]
fn closed_before_an_answer_and_cut_off_within_it() {
    let server = Server::new(|_| Reply::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()));
    let (first, time) = client();
    let error = first
        .send(&get(&server), Retry::Never, in_time(&time))
        .unwrap_err();
    assert!(matches!(error, Error::Closed { .. }), "{error}");

    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"da";
    let server = Server::new(|_| Reply::SendAndClose(short.to_vec()));
    let (second, time) = client();
    let error = second
        .send(&get(&server), Retry::Never, in_time(&time))
        .unwrap_err();
    assert!(
        matches!(error, Error::Truncated { received: 4, .. }),
        "{error}"
    );
}

#[test]
fn what_is_not_http_is_said_to_be_so() {
    let server = Server::new(|_| Reply::SendAndClose(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()));
    let (client, time) = client();
    let error = client
        .send(&get(&server), Retry::Never, in_time(&time))
        .unwrap_err();
    assert!(matches!(error, Error::NotHttp { .. }), "{error}");
}

#[test]
fn a_huge_answer_is_not_read() {
    const HUGE: usize = 100 * 1024 * 1024;
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {HUGE}\r\n\r\n").into_bytes();
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n200000\r\n".to_vec();
    chunked.resize(chunked.len() + 0x20_0000, b'x');
    let mut headers = b"HTTP/1.1 200 OK\r\nx-long: ".to_vec();
    headers.resize(2 * 1024 * 1024, b'x');
    for (bytes, most) in [
        (announced, 1024 * 1024),
        (chunked, 1024 * 1024),
        (headers, 16 * 1024),
    ] {
        let server = Server::new(move |_| Reply::SendAndHang(bytes.clone()));
        let (client, time) = client();
        let error = client
            .send(&get(&server), Retry::Read, in_time(&time))
            .unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { limit, .. } if limit == most),
            "{error}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn an_answer_of_exactly_the_limit_is_read() {
    let server = Server::new(|_| ok("12345"));
    let (client, time) = client();
    let response = client
        .send(&get(&server).limit(5), Retry::Never, in_time(&time))
        .unwrap();
    assert_eq!(response.body(), b"12345");
    let error = client
        .send(&get(&server).limit(4), Retry::Never, in_time(&time))
        .unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 4, .. }), "{error}");
}

#[test]
fn one_redirect_on_the_same_server_keeps_method_body_and_token() {
    let server = Server::new(|exchange| match exchange.text.split(' ').nth(1) {
        Some("/v1/x") => Reply::Send(answer("307 Temporary Redirect", "Location: /v1/y\r\n", "")),
        _ => ok("{}"),
    });
    let (client, time) = client();
    let request = Request::new(Method::Post, server.url("/v1/x"))
        .secret_header("x-vault-token", Secret::new("hvs.0123456789"))
        .body("body");
    client.send(&request, Retry::Never, in_time(&time)).unwrap();
    let second = &server.requests()[1];
    assert!(
        second.starts_with("POST /v1/y ") && second.ends_with("body"),
        "{second}"
    );
    assert!(second.contains("x-vault-token: hvs.0123456789"), "{second}");
}

#[test]
fn a_redirect_elsewhere_takes_no_token_along() {
    let elsewhere = Server::new(|_| ok("{}"));
    let location = format!("Location: {}\r\n", elsewhere.url("/v1/x"));
    let server = Server::new(move |_| Reply::Send(answer("307 Temporary Redirect", &location, "")));
    let (client, time) = client();
    let request = get(&server).secret_header("x-vault-token", Secret::new("hvs.0123456789"));
    let error = client
        .send(&request, Retry::Read, in_time(&time))
        .unwrap_err();
    let Error::Redirect { from, to, why } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (from, to),
        (
            server.url("/v1/x").to_string(),
            elsewhere.url("/v1/x").to_string()
        )
    );
    assert_eq!(why, RedirectRefusal::Elsewhere);
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_second_redirect_is_one_too_many() {
    let server = Server::new(|_| Reply::Send(answer("302 Found", "Location: /v1/again\r\n", "")));
    let (client, time) = client();
    let error = client
        .send(&get(&server), Retry::Read, in_time(&time))
        .unwrap_err();
    assert!(matches!(error, Error::TooManyRedirects { .. }), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_proxy_that_gives_no_tunnel() {
    let proxy = Server::new(|_| Reply::SendAndClose(answer("403 Forbidden", "", "no")));
    let address = format!("http://user:password@{}", proxy.address);
    let lookup = |name: &str| (name == "HTTPS_PROXY").then(|| address.clone());
    let settings = Settings {
        proxy: ProxySettings::from_environment(&lookup),
        ..Settings::default()
    };
    let client = Client::new(settings, SystemTime);
    let url = build_token_http::Url::parse("https://vault.example.com:8200/v1/x").unwrap();
    let request = Request::new(Method::Get, url)
        .secret_header("x-vault-token", Secret::new("hvs.0123456789"));
    let error = client
        .send(&request, Retry::Never, in_time(&SystemTime))
        .unwrap_err();
    let Error::Proxy { proxy: shown, text } = &error else {
        panic!("{error}")
    };
    assert_eq!(*shown, proxy.address.to_string());
    assert!(
        text.contains("403") && !format!("{error:?}").contains("password"),
        "{error:?}"
    );
    let asked = &proxy.requests()[0];
    assert!(
        asked.starts_with("CONNECT vault.example.com:8200 HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.contains("Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA=="),
        "{asked}"
    );
    assert!(!asked.contains("hvs."), "{asked}");
}
