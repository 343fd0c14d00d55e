//! Servers that are there, and have no time for us: sealed, limited, failing, or behind something that is.

use crate::Theme;
use crate::day::{Case, ends, goes_on};
use crate::servers::{asks, hurried};
use crate::support::rogue::{Rogue, answer};
use crate::vault::{self, Step};

pub fn theme() -> Theme {
    Theme {
        title: "The server is not ready",
        about: "What may pass is tried three times within the deadline.",
        cases: cases(),
    }
}

/// What Vault says of itself, and what stands before it says in its place.
fn cases() -> Vec<Case> {
    let at_login = |name: &str, exit_code, code, status: &'static str, body: &'static str| {
        ends(name, exit_code, code, move |day| {
            hurried(day);
            asks(day, Rogue::answering(status, "", body), 1);
        })
    };
    vec![
        at_login(
            "It is sealed",
            75,
            "BT-V16",
            "503 Service Unavailable",
            r#"{"errors":["Vault is sealed"]}"#,
        ),
        at_login(
            "It is not initialised",
            75,
            "BT-V16",
            "501 Not Implemented",
            r#"{"errors":["Vault is not initialized"]}"#,
        ),
        at_login(
            "It is a standby that cannot forward",
            75,
            "BT-V16",
            "472 ",
            r#"{"errors":[]}"#,
        ),
        at_login("It is a performance standby", 75, "BT-V16", "473 ", ""),
        at_login(
            "The ID token is too large for its body",
            77,
            "BT-Y23",
            "413 Payload Too Large",
            r#"{"errors":["http: request body too large"]}"#,
        ),
        at_login(
            "The headers are too large for the proxy before it",
            77,
            "BT-Y23",
            "431 Request Header Fields Too Large",
            "",
        ),
        ends("It has no active node", 75, "BT-V16", |day| {
            asks(
                day,
                Rogue::answering(
                    "500 Internal Server Error",
                    "",
                    r#"{"errors":["local node not active but active cluster node not found"]}"#,
                ),
                3,
            );
        }),
        ends("It fails three times", 75, "BT-V18", |day| {
            asks(
                day,
                Rogue::answering(
                    "500 Internal Server Error",
                    "",
                    r#"{"errors":["internal error"]}"#,
                ),
                3,
            );
        }),
        goes_on("It fails twice and then is well", &[], |day| {
            let rogue = vault::spoiled(Step::Login, |number, stream, _| match number {
                0 | 1 => answer(
                    stream,
                    "500 Internal Server Error",
                    "",
                    br#"{"errors":["internal error"]}"#,
                ),
                _ => vault::good(stream, Step::Login),
            });
            asks(day, rogue, 5);
        }),
        ends(
            "The load balancer before it has nobody to ask",
            75,
            "BT-V18",
            |day| {
                let page = "<html><head><title>503 Service Temporarily Unavailable</title></head>\n<body><center><h1>503 \
                        Service Temporarily Unavailable</h1></center><hr><center>nginx</center></body></html>\n";
                asks(
                    day,
                    Rogue::answering(
                        "503 Service Temporarily Unavailable",
                        "Content-Type: text/html\r\n",
                        page,
                    ),
                    3,
                );
            },
        ),
        goes_on(
            "It limits the rate, and says when to come again",
            &[],
            |day| {
                let rogue = vault::spoiled(Step::Login, |number, stream, _| match number {
                    0 => answer(
                        stream,
                        "429 Too Many Requests",
                        "Retry-After: 1\r\n",
                        br#"{"errors":["rate limit quota exceeded"]}"#,
                    ),
                    _ => vault::good(stream, Step::Login),
                });
                asks(day, rogue, 4);
            },
        ),
        ends(
            "It limits the rate for longer than the deadline",
            75,
            "BT-V17",
            |day| {
                let text =
                    r#"{"errors":["request path \"auth/jwt/login\": rate limit quota exceeded"]}"#;
                asks(
                    day,
                    Rogue::answering("429 Too Many Requests", "Retry-After: 3600\r\n", text),
                    1,
                );
            },
        ),
        ends(
            "It limits the rate, and does not say for how long",
            75,
            "BT-V17",
            |day| {
                let text =
                    r#"{"errors":["request path \"auth/jwt/login\": rate limit quota exceeded"]}"#;
                asks(day, Rogue::answering("429 Too Many Requests", "", text), 3);
            },
        ),
        ends("It has too many sessions", 75, "BT-V17", |day| {
            let text =
                r#"{"errors":["request path \"auth/jwt/login\": lease count quota exceeded"]}"#;
            asks(day, Rogue::answering("429 Too Many Requests", "", text), 3);
        }),
    ]
}
