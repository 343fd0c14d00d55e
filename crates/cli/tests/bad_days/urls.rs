//! The server's URL: missing, unfinished, or one that nothing may be sent to.

use crate::Theme;
use crate::day::{Case, ends};

pub fn theme() -> Theme {
    Theme {
        title: "The server's URL",
        about: "It is checked before anything is sent. A credential in it is never shown.",
        cases: cases(),
    }
}

fn cases() -> Vec<Case> {
    let url = |name: &str, code, url: &'static str| {
        ends(name, 65, code, move |day| {
            day.job
                .env("VAULT_SERVER_URL", url)
                .canary("password", PASSWORD);
        })
    };
    let file = |name: &str, code, url: &'static str| {
        ends(name, 65, code, move |day| {
            day.job
                .without("VAULT_SERVER_URL")
                .canary("password", PASSWORD);
            day.write(".build-token.yml", format!("vault:\n  url: {url}\n"));
        })
    };
    vec![
        ends("No server is named", 65, "BT-Y01", |day| {
            day.job.without("VAULT_SERVER_URL");
        }),
        url("The variable is set, and empty", "BT-Y01", ""),
        url("No scheme", "BT-V04", "vault.example.com"),
        url("No scheme, but a port", "BT-V04", "vault.example.com:8200"),
        url("A misspelt scheme", "BT-V04", "htps://vault.example.com"),
        url("A socket", "BT-V04", "unix:///run/vault.sock"),
        url(
            "Plain http to another machine",
            "BT-V04",
            "http://vault.example.com:8200",
        ),
        url(
            "A path",
            "BT-C16",
            "https://vault.example.com/ui/vault/secrets",
        ),
        url(
            "The API's own `/v1`",
            "BT-C16",
            "https://vault.example.com/v1/",
        ),
        url(
            "A query",
            "BT-C16",
            "https://vault.example.com/?token=hunter2-of-a-bad-day",
        ),
        url(
            "A user and a password",
            "BT-C16",
            "https://ci:hunter2-of-a-bad-day@vault.example.com",
        ),
        url(
            "A password, and no scheme",
            "BT-V04",
            "ci:hunter2-of-a-bad-day@vault.example.com",
        ),
        url("A blank at the end", "BT-V04", "https://vault.example.com "),
        url(
            "A line break at the end",
            "BT-V04",
            "https://vault.example.com\n",
        ),
        url(
            "A port that is none",
            "BT-V04",
            "https://vault.example.com:82OO",
        ),
        url(
            "A port beyond the last",
            "BT-V04",
            "https://vault.example.com:82000",
        ),
        url("No host", "BT-V04", "https://:8200"),
        url("A variable that nobody expanded", "BT-V04", "$VAULT_SERVER"),
        file(
            "The file has the URL, and no scheme in it",
            "BT-V04",
            "vault.example.com",
        ),
        file(
            "The file has a password in the URL",
            "BT-C16",
            "https://ci:hunter2-of-a-bad-day@vault.example.com",
        ),
    ]
}

const PASSWORD: &str = "hunter2-of-a-bad-day";
