//! Every situation in which a command may find itself, as data.

use serde_json::{Value, json};

use crate::setting::{ADOPTED, PASSWORD, ROGUE_SESSION, ROGUE_TOKEN, Setting, TWO_LINES};
use crate::support::rogue::{Rogue, Stream, answer, nobody};
use crate::support::{CANONICAL, FORK, Job};

/// What a job finds when it starts.
pub struct Situation {
    pub name: &'static str,
    /// Makes it so.
    pub arrange: fn(&Setting, &mut Job),
    /// The code that tells of it, so that the situation is the one that its name says.
    pub code: Option<&'static str>,
}

/// A job that may have the token.
pub const GOOD: Situation = situation("all is well", None, |_, _| {});

/// All of them.
pub const SITUATIONS: &[Situation] = &[
    GOOD,
    situation("the variable is there already", None, |_, job| {
        job.env("SECURITY_PRIVATE_TOKEN", ADOPTED);
    }),
    situation("the job is not entitled", None, |setting, job| {
        job.env("CI_PROJECT_PATH", CANONICAL)
            .env("VAULT_ID_TOKEN", &setting.canonical);
    }),
    situation("the condition looks at the ID token", None, |_, job| {
        job.env("BUILD_TOKEN_WHEN", "$VAULT_ID_TOKEN == $BAO_TOKEN");
    }),
    situation("the condition is wrong", Some("BT-C09"), |_, job| {
        job.env("BUILD_TOKEN_WHEN", "$VAULT_ID_TOKEN =~ $VAULT_ID_TOKEN &&");
    }),
    situation("the file is wrong", Some("BT-C03"), |_, job| {
        in_file(
            job,
            "tokens:\n  SECURITY_PRIVATE_TOKEN:\n    sekret: a/b@ci\n",
        );
    }),
    situation("the file's URL has a password", Some("BT-C16"), |_, job| {
        job.without("VAULT_SERVER_URL");
        in_file(
            job,
            &format!("vault:\n  url: https://user:{PASSWORD}@vault.example\n"),
        );
    }),
    situation(
        "the file's reach has a password",
        Some("BT-C07"),
        |_, job| {
            let reach = format!("https://user:{PASSWORD}@gitlab.example/a/");
            in_file(
                job,
                &format!("tokens:\n  A:\n    secret: a/b@ci\n    reach: ['{reach}']\n"),
            );
        },
    ),
    situation("there is no file", Some("BT-C01"), |_, job| {
        job.env("BUILD_TOKEN_CONFIG", "nowhere.yml");
    }),
    situation(
        "the server's URL has a password",
        Some("BT-C16"),
        |_, job| {
            job.env(
                "VAULT_SERVER_URL",
                format!("https://user:{PASSWORD}@vault.example"),
            );
        },
    ),
    situation(
        "the server's URL is the ID token",
        Some("BT-V04"),
        |setting, job| {
            job.env("VAULT_SERVER_URL", &setting.security);
        },
    ),
    situation(
        "the role is the ID token",
        Some("BT-Y03"),
        |setting, job| {
            job.env("VAULT_AUTH_ROLE", &setting.security);
        },
    ),
    situation(
        "the secret's path has the ID token",
        Some("BT-V07"),
        |_, job| {
            job.env("BUILD_TOKEN_SECRET", "$VAULT_ID_TOKEN/$BAO_TOKEN/token@ci");
        },
    ),
    situation("the reach has a password", Some("BT-C07"), |_, job| {
        job.env(
            "BUILD_TOKEN_REACH",
            format!("https://user:{PASSWORD}@gitlab.example/a/"),
        );
    }),
    situation(
        "the ID token has four parts",
        Some("BT-R28"),
        |setting, job| {
            job.env("VAULT_ID_TOKEN", format!("{0}.{0}", setting.security));
        },
    ),
    situation(
        "the ID token has a line break",
        Some("BT-R28"),
        |setting, job| {
            job.env("VAULT_ID_TOKEN", setting.security.replacen('.', ".\n", 2));
        },
    ),
    situation(
        "the ID token has expired",
        Some("BT-J11"),
        |setting, job| {
            job.env("VAULT_ID_TOKEN", &setting.expired);
        },
    ),
    situation("nobody answers", Some("BT-V03"), |_, job| {
        job.env("VAULT_SERVER_URL", nobody());
    }),
    situation("Vault refuses the login", Some("BT-J06"), |setting, job| {
        job.env("VAULT_ID_TOKEN", &setting.fork)
            .env("SECURITY_PROJECT_PATH", FORK)
            .env("CI_PROJECT_PATH", FORK);
    }),
    situation("Vault refuses the read", Some("BT-V07"), |_, job| {
        job.env("BUILD_TOKEN_SECRET", "somebody/elses/token@ci");
    }),
    situation(
        "the server repeats the ID token",
        Some("BT-V25"),
        |_, job| {
            rogue(job, |request| {
                (400, errors(&format!("cannot read {request}")))
            });
        },
    ),
    situation(
        "the server repeats the ID token in a page",
        Some("BT-R10"),
        |_, job| {
            rogue(job, |request| {
                (200, Value::String(format!("<html>{request}</html>")))
            });
        },
    ),
    situation(
        "the server repeats the session",
        Some("BT-V07"),
        |_, job| {
            rogue(job, |request| {
                if is_login(request) {
                    session(ROGUE_SESSION)
                } else {
                    (403, errors(&format!("who is {request}?")))
                }
            });
        },
    ),
    situation("the session cannot be revoked", None, |_, job| {
        rogue(job, |request| match request {
            _ if is_login(request) => session(ROGUE_SESSION),
            _ if request.starts_with("GET") => secret(ROGUE_TOKEN),
            _ => (403, errors(&format!("{request} of {ROGUE_TOKEN} stays"))),
        });
    }),
    situation("the session has a line break", Some("BT-R18"), |_, job| {
        rogue(job, |_| session(&format!("{ROGUE_SESSION}\nX: y")));
    }),
    situation("the secret has two lines", Some("BT-G23"), |_, job| {
        rogue(job, |request| {
            if is_login(request) {
                session(ROGUE_SESSION)
            } else {
                secret(TWO_LINES)
            }
        });
    }),
];

const fn situation(
    name: &'static str,
    code: Option<&'static str>,
    arrange: fn(&Setting, &mut Job),
) -> Situation {
    Situation {
        name,
        arrange,
        code,
    }
}

/// Writes the project's file, and names it for `git-credential`, which searches none.
fn in_file(job: &mut Job, text: &str) {
    job.file(".build-token.yml", text)
        .env("BUILD_TOKEN_CONFIG", ".build-token.yml");
}

/// Puts a server that answers as `tell` says in Vault's place.
fn rogue(job: &mut Job, tell: fn(&str) -> (u16, Value)) {
    let rogue = Rogue::start(move |_, stream: &mut dyn Stream, request| {
        let (status, body) = tell(request);
        // A string is a page, all else is JSON.
        let body = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        answer(stream, &format!("{status} Told"), "", body.as_bytes());
    });
    job.env("VAULT_SERVER_URL", &rogue.url);
}

fn is_login(request: &str) -> bool {
    request
        .lines()
        .next()
        .is_some_and(|line| line.contains("/login "))
}

fn errors(text: &str) -> Value {
    json!({"errors": [text]})
}

fn session(token: &str) -> (u16, Value) {
    let auth = json!({"client_token": token, "accessor": "an-accessor", "policies": ["p"], "lease_duration": 60});
    (200, json!({"request_id": "r", "auth": auth}))
}

fn secret(value: &str) -> (u16, Value) {
    let metadata = json!({"version": 1, "created_time": "2025-01-01T00:00:00Z", "deletion_time": "", "destroyed": false});
    (
        200,
        json!({"request_id": "r", "data": {"data": {"token": value}, "metadata": metadata}}),
    )
}
