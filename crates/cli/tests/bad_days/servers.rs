//! Servers that are not there, do not answer, or send us elsewhere.

use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use crate::Theme;
use crate::day::{Case, Day, ends};
use crate::support::rogue::{Rogue, answer, certificate, nobody};
use crate::vault;

pub fn theme() -> Theme {
    Theme {
        title: "The server",
        about: "Where a server hangs, the job was given a short `--deadline`.",
        cases: [silence(), redirects()].into_iter().flatten().collect(),
    }
}

fn silence() -> Vec<Case> {
    vec![
        ends("The host does not exist", 69, "BT-V03", |day| {
            // One question to the resolver is enough where there is no network.
            day.job
                .env("RES_OPTIONS", "attempts:1 timeout:1")
                .env("LOCALDOMAIN", "");
            day.job.env("VAULT_SERVER_URL", "https://vault.invalid");
            for words in [
                "Name or service not known",
                "Temporary failure in name resolution",
            ] {
                day.called(words, "<the resolver's words>");
            }
        }),
        ends("Nobody listens", 69, "BT-V03", |day| day.server(&nobody())),
        ends("It accepts and says nothing", 75, "BT-V18", |day| {
            hurried(day);
            asks(day, Rogue::silent(), 1);
        }),
        ends("It sends one byte a second", 75, "BT-V18", |day| {
            hurried(day);
            let rogue = Rogue::start(|_, stream, _| {
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" {
                    thread::sleep(Duration::from_secs(1));
                    if stream.write_all(&[*byte]).is_err() {
                        return;
                    }
                }
            });
            asks(day, rogue, 1);
        }),
        ends(
            "It closes the connection without an answer",
            69,
            "BT-V03",
            |day| {
                asks(day, closing(), 3);
            },
        ),
        ends("It resets the connection", 69, "BT-V03", |day| {
            let rogue = Rogue::resetting();
            // It depends on the moment whether reading or writing fails.
            for words in [
                "Connection reset by peer (os error 104)",
                "Broken pipe (os error 32)",
            ] {
                day.called(words, "<the system's words>");
            }
            day.server(&rogue.url);
            day.afterwards(move |_| assert_eq!(rogue.connections(), 3, "tries"));
        }),
        ends("It does not speak HTTP", 69, "BT-R10", |day| {
            let rogue = Rogue::start(|_, stream, _| {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
            });
            asks(day, rogue, 1);
        }),
        ends("Its headers never end", 69, "BT-R10", |day| {
            let rogue = Rogue::start(|_, stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
                while stream
                    .write_all(b"X-Padding: 0123456789012345678901234567890123456789\r\n")
                    .is_ok()
                {}
            });
            asks(day, rogue, 1);
        }),
    ]
}

fn redirects() -> Vec<Case> {
    let location = |to: &str| format!("Location: {to}\r\n");
    vec![
        ends("It redirects to another host", 69, "BT-R09", move |day| {
            let elsewhere = vault::well();
            day.called(elsewhere.url.clone(), "<elsewhere>");
            let to = location(&format!("{}/v1/auth/jwt/login?x=y", elsewhere.url));
            asks(day, Rogue::answering("307 Temporary Redirect", &to, ""), 1);
            day.afterwards(move |_| {
                assert_eq!(elsewhere.connections(), 0, "the other host was asked")
            });
        }),
        ends("It redirects to plain http", 69, "BT-V05", move |day| {
            let elsewhere = vault::well();
            let plain = elsewhere.url.replace("127.0.0.1", "localhost");
            let to = location(&format!("{plain}/v1/auth/jwt/login"));
            let rogue = Rogue::over_tls("server.pem", move |_, stream, _| {
                answer(stream, "307 Temporary Redirect", &to, b"");
            });
            day.server(&rogue.url);
            day.called(plain, "<elsewhere>");
            day.job.env("VAULT_CACERT", certificate("authority.pem"));
            day.afterwards(move |_| {
                assert_eq!(elsewhere.connections(), 0, "the other host was asked")
            });
        }),
        ends("It redirects twice", 69, "BT-R09", move |day| {
            let rogue = Rogue::start(move |number, stream, _| {
                let to = format!("Location: /v1/again/{number}\r\n");
                answer(stream, "307 Temporary Redirect", &to, b"");
            });
            asks(day, rogue, 2);
        }),
        ends("It redirects to itself", 69, "BT-R09", move |day| {
            let to = location("/v1/auth/jwt/login");
            asks(day, Rogue::answering("308 Permanent Redirect", &to, ""), 2);
        }),
        ends(
            "It redirects to a page of a single sign-on",
            69,
            "BT-R09",
            move |day| {
                let to = location("https://sso.example.com/login?next=secret-place");
                asks(
                    day,
                    Rogue::answering("302 Found", &to, "<html>Moved</html>"),
                    1,
                );
            },
        ),
    ]
}

/// Does not wait for long.
pub fn hurried(day: &mut Day) {
    day.options(&["--deadline", "1s"]);
}

/// The job asks this server, which gets so many requests.
pub fn asks(day: &mut Day, rogue: Rogue, requests: usize) {
    day.server(&rogue.url);
    day.afterwards(move |_| {
        let seen = rogue.requests();
        assert_eq!(seen.len(), requests, "{seen:?}");
    });
}

/// Closes the connection after each request.
fn closing() -> Rogue {
    Rogue::start(|_, stream, _| {
        let _ = stream.socket().shutdown(Shutdown::Both);
    })
}
