//! TLS: certificates that cannot be trusted, and http where https is meant.

use std::net::Shutdown;

use crate::Theme;
use crate::day::{Case, ends};
use crate::servers::asks;
use crate::support::rogue::{Rogue, certificate};

pub fn theme() -> Theme {
    Theme {
        title: "TLS",
        about: "There is no option that switches the check of certificates off.",
        cases: cases(),
    }
}

fn cases() -> Vec<Case> {
    let shows = |name: &str, code, shown: &'static str, trusted: &'static str| {
        ends(name, 69, code, move |day| {
            let rogue = Rogue::over_tls(shown, |_, _, _| {});
            day.server(&rogue.url);
            day.job.env("VAULT_CACERT", certificate(trusted));
            day.afterwards(move |_| assert!(rogue.requests().is_empty(), "a request was sent"));
        })
    };
    vec![
        shows(
            "Its certificate is self-signed",
            "BT-V01",
            "selfsigned.pem",
            "authority.pem",
        ),
        shows(
            "Its certificate comes from an authority that is not trusted",
            "BT-V01",
            "server.pem",
            "selfsigned.pem",
        ),
        shows(
            "Its certificate has expired",
            "BT-V23",
            "expired.pem",
            "authority.pem",
        ),
        shows(
            "Its certificate is not valid yet",
            "BT-V23",
            "early.pem",
            "authority.pem",
        ),
        shows(
            "Its certificate is for another name",
            "BT-V02",
            "other.pem",
            "authority.pem",
        ),
        ends(
            "It speaks plain http where https is expected",
            69,
            "BT-V05",
            |day| {
                let rogue = plain();
                let url = rogue.url.replace("http://127.0.0.1", "https://localhost");
                day.server(&url);
                day.afterwards(move |_| assert!(rogue.requests().is_empty(), "a request was sent"));
            },
        ),
        ends(
            "It speaks TLS where plain http is expected, and says so",
            69,
            "BT-V05",
            |day| {
                let text = "Client sent an HTTP request to an HTTPS server.\n";
                asks(day, Rogue::answering("400 Bad Request", "", text), 1);
            },
        ),
        ends(
            "It speaks TLS where plain http is expected",
            69,
            "BT-R10",
            |day| {
                let rogue = Rogue::start(|_, stream, _| {
                    // A fatal alert of TLS 1.2: what was received is no message of TLS.
                    let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 10]);
                    let _ = stream.socket().shutdown(Shutdown::Both);
                });
                asks(day, rogue, 1);
            },
        ),
    ]
}

/// Answers the first bytes of TLS as an HTTP server does.
fn plain() -> Rogue {
    Rogue::greeting(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
}
