//! The way after the login: what was opened is closed, or reported with the command that closes it.

use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::Theme;
use crate::day::{Case, ends, goes_on};
use crate::servers::{asks, hurried};
use crate::support::rogue::answer;
use crate::vault::{self, Step};

pub fn theme() -> Theme {
    Theme {
        title: "After the login",
        about: "A session that cannot be revoked is told of with its accessor, which is no secret: it can \
                revoke, and nothing else.",
        cases: cases(),
    }
}

fn cases() -> Vec<Case> {
    let hangs = |step| vault::spoiled(step, |_, _, _| thread::sleep(Duration::from_secs(60)));
    vec![
        ends("The secret does not come", 75, "BT-V18", move |day| {
            hurried(day);
            let rogue = Arc::new(hangs(Step::Read));
            day.rogue(&rogue);
            day.afterwards(move |_| {
                let seen = rogue.requests();
                assert!(
                    seen.iter().any(|request| request.ends_with("/revoke-self")),
                    "{seen:?}"
                );
            });
        }),
        goes_on(
            "The connection is closed between login and read",
            &[],
            |day| {
                let rogue = vault::spoiled(Step::Login, |_, stream, _| {
                    vault::good(stream, Step::Login);
                    let _ = stream.socket().shutdown(Shutdown::Both);
                });
                day.rogue(&rogue);
                day.afterwards(move |_| assert_eq!(rogue.connections(), 2));
            },
        ),
        goes_on("The revocation is not answered", &["BT-R04"], move |day| {
            day.rogue(&hangs(Step::Revoke));
        }),
        goes_on("The revocation is refused", &["BT-R04"], |day| {
            let text = r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#;
            day.rogue(&vault::answering(Step::Revoke, "403 Forbidden", "", text));
        }),
        goes_on("The server fails at the revocation", &["BT-R04"], |day| {
            let rogue = vault::spoiled(Step::Revoke, |_, stream, _| {
                answer(
                    stream,
                    "500 Internal Server Error",
                    "",
                    br#"{"errors":["internal error"]}"#,
                );
            });
            asks(day, rogue, 5);
        }),
        goes_on("The session is gone before it is revoked", &[], |day| {
            let text = r#"{"errors":["permission denied"]}"#;
            day.rogue(&vault::answering(Step::Revoke, "403 Forbidden", "", text));
        }),
    ]
}
