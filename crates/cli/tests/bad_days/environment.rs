//! What surrounds the job: its proxies, certificates and variables, and its command line.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::Theme;
use crate::day::{Case, ends, goes_on};
use crate::support::rogue::{Rogue, nobody};
use crate::vault;

pub fn theme() -> Theme {
    Theme {
        title: "The environment and the command line",
        about: "Exit code 64 is a wrong command line, 65 a wrong variable.",
        cases: [network(), variables(), command_line()]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn network() -> Vec<Case> {
    let proxy = |name: &str, exit_code, code, proxy: fn() -> String| {
        ends(name, exit_code, code, move |day| {
            let proxy = proxy();
            day.job.canary("proxy's password", "hunter2-of-a-bad-day");
            day.job
                .env("VAULT_SERVER_URL", "https://vault.example.com")
                .env("HTTPS_PROXY", &proxy);
            if let Some(("http:", host)) =
                proxy.split_once("//").filter(|(_, host)| !host.is_empty())
            {
                day.called(host, "<proxy>");
            }
        })
    };
    let roots = |name: &str, variable: &'static str, file: &'static str| {
        ends(name, 65, "BT-C23", move |day| {
            let rogue = Rogue::over_tls("server.pem", |_, _, _| {});
            day.server(&rogue.url);
            day.write(
                "garbage.pem",
                "-----BEGIN CERTIFICATE-----\nnot base64 at all\n",
            );
            day.write("empty.pem", "");
            day.job.env(variable, file);
        })
    };
    vec![
        proxy("A proxy that is a SOCKS proxy", 65, "BT-C22", || {
            "socks5://ci:hunter2-of-a-bad-day@127.0.0.1:1080".to_owned()
        }),
        proxy("A proxy that is no URL", 65, "BT-C22", || {
            "http://".to_owned()
        }),
        proxy("A proxy at which nobody listens", 69, "BT-V03", nobody),
        proxy("A proxy that wants a password", 69, "BT-V03", || {
            Rogue::answering(
                "407 Proxy Authentication Required",
                "Proxy-Authenticate: Basic\r\n",
                "",
            )
            .url
        }),
        roots(
            "VAULT_CACERT names nothing",
            "VAULT_CACERT",
            "no-such-file.pem",
        ),
        roots(
            "VAULT_CACERT names a file without certificates",
            "VAULT_CACERT",
            "garbage.pem",
        ),
        roots("BAO_CACERT names an empty file", "BAO_CACERT", "empty.pem"),
        roots(
            "VAULT_CAPATH names nothing",
            "VAULT_CAPATH",
            "no-such-directory",
        ),
    ]
}

fn variables() -> Vec<Case> {
    let variable = |name: &str, code, variable: &'static str, value: &'static str| {
        ends(name, 65, code, move |day| {
            day.job.env(variable, value);
        })
    };
    let latin1 = |name: &str, variable: &'static str| {
        ends(name, 65, "BT-C18", move |day| {
            day.job
                .env(variable, OsString::from_vec(b"caf\xe9".to_vec()));
        })
    };
    vec![
        latin1("BUILD_TOKEN_REACH is not UTF-8", "BUILD_TOKEN_REACH"),
        latin1("BUILD_TOKEN_SECRET is not UTF-8", "BUILD_TOKEN_SECRET"),
        latin1(
            "A variable of the condition is not UTF-8",
            "CI_PROJECT_PATH",
        ),
        variable(
            "BUILD_TOKEN_REACH has no scheme",
            "BT-C07",
            "BUILD_TOKEN_REACH",
            "gitlab.com/gitlab-org/security/",
        ),
        variable(
            "BUILD_TOKEN_NAME can be no variable",
            "BT-C15",
            "BUILD_TOKEN_NAME",
            "SECURITY-TOKEN",
        ),
        variable(
            "BUILD_TOKEN_WHEN is not in GitLab's language",
            "BT-C09",
            "BUILD_TOKEN_WHEN",
            "$CI_PROJECT_PATH is good",
        ),
        variable(
            "BUILD_TOKEN_SECRET leaves its mount",
            "BT-C10",
            "BUILD_TOKEN_SECRET",
            "../../sys/token@ci",
        ),
        variable(
            "The auth mount has `..` in it",
            "BT-C14",
            "VAULT_AUTH_PATH",
            "auth/../sys",
        ),
        variable(
            "The role has a line break in it",
            "BT-C14",
            "VAULT_AUTH_ROLE",
            "omnibus\nX-Evil: 1",
        ),
        variable(
            "The namespace has an empty segment",
            "BT-C14",
            "VAULT_NAMESPACE",
            "admin//team",
        ),
        ends(
            "BUILD_TOKEN_SECRET holds the token itself",
            65,
            "BT-C10",
            |day| {
                day.job.env("BUILD_TOKEN_SECRET", vault::BUILD_TOKEN);
            },
        ),
        ends("No variable says which secret", 65, "BT-C11", |day| {
            day.job.without("BUILD_TOKEN_SECRET");
        }),
        ends(
            "The job's shell prints every value, and `env` is asked",
            77,
            "BT-R08",
            |day| {
                day.job.env("CI_DEBUG_TRACE", "true");
                day.arguments(&["env"]);
            },
        ),
        goes_on(
            "The job's shell prints every value, and `run` masks them",
            &["BT-R08"],
            |day| {
                day.job.env("CI_DEBUG_TRACE", "true");
            },
        ),
        goes_on("git's trace would print credentials", &["BT-R06"], |day| {
            day.job.env("GIT_TRACE_REDACT", "0");
        }),
        goes_on("git would trust anybody", &["BT-R07"], |day| {
            day.job.env("GIT_SSL_NO_VERIFY", "1");
        }),
        goes_on("The receipt cannot be written", &["BT-R24"], |day| {
            day.options(&["--receipt", "no-such-directory/receipt.json"]);
        }),
    ]
}

fn command_line() -> Vec<Case> {
    let wrong = |name: &str, arguments: &'static [&'static str]| {
        ends(name, 64, None, move |day| day.arguments(arguments))
    };
    let option = |name: &str, options: &'static [&'static str]| {
        ends(name, 64, None, move |day| day.options(options))
    };
    let cannot = |name: &str, code, options: &'static [&'static str]| {
        ends(name, 64, code, move |day| day.options(options))
    };
    vec![
        wrong("No command of ours", &[]),
        wrong("An unknown command", &["rum", "--", "make"]),
        wrong("`run` without a command", &["run"]),
        wrong("`run` without `--` before the command", &["run", "make"]),
        option("An unknown option", &["--tokens", "A"]),
        option("A deadline without a unit", &["--deadline", "30"]),
        option("A deadline of nothing", &["--deadline", "0s"]),
        option("A way for git that does not exist", &["--git", "ssh"]),
        cannot(
            "The token in no form",
            "BT-C25",
            &["--no-env", "--git", "none"],
        ),
        cannot(
            "The proxy for git, which comes later",
            "BT-R25",
            &["--git", "proxy"],
        ),
        ends("A grant that does not exist", 65, "BT-C13", |day| {
            day.options(&["--token", "SECURITY_TOKEN"])
        }),
        ends(
            "`get` where there are several grants",
            64,
            "BT-C25",
            |day| {
                day.job.without("BUILD_TOKEN_SECRET");
                day.write(
                ".build-token.yml",
                "tokens:\n  ONE:\n    secret: a/one/token@ci\n  OTHER:\n    secret: a/other/token@ci\n",
            );
                day.arguments(&["get"]);
            },
        ),
        ends("`get` in a job that is not entitled", 77, "BT-R03", |day| {
            day.job
                .env("SECURITY_PROJECT_PATH", "gitlab-org/security/another");
            day.arguments(&["get"]);
        }),
        ends(
            "`redact` without the secret that it should hide",
            65,
            "BT-R36",
            |day| {
                day.arguments(&["redact", "--secret-env", "NOT_SET"]);
            },
        ),
    ]
}
