//! `.build-token.yml`: what cannot be read, is not in its format, or says what cannot be.

use crate::Theme;
use crate::day::{Case, Day, ends, goes_on};

pub fn theme() -> Theme {
    Theme {
        title: "The configuration file",
        about: "Every mistake is told with its file, line and column. Nothing is guessed, and nobody is asked.",
        cases: [readable(), format(), harmless(), grants(), references()]
            .into_iter()
            .flatten()
            .collect(),
    }
}

const SECRET: &str = "access_tokens/build-token/token@ci";

fn readable() -> Vec<Case> {
    vec![
        ends(
            "`--config` names a file that is not there",
            65,
            "BT-C01",
            |day| {
                day.options(&["--config", "no-such-file.yml"]);
            },
        ),
        ends(
            "BUILD_TOKEN_CONFIG names a file that is not there",
            65,
            "BT-C01",
            |day| {
                day.job.env("BUILD_TOKEN_CONFIG", "no-such-file.yml");
            },
        ),
        ends("A directory has its name", 65, "BT-C01", |day| {
            std::fs::create_dir(day.path().join(".build-token.yml")).expect("a directory");
        }),
        ends(
            "A link that leads nowhere has its name",
            65,
            "BT-C01",
            |day| {
                let link = day.path().join(".build-token.yml");
                std::os::unix::fs::symlink("no-such-file.yml", link).expect("a link");
            },
        ),
        file(
            "It is not UTF-8",
            "BT-C01",
            &b"# Latin-1\ntokens:\n  SECURITY_PRIVATE_TOKEN:\n    secret: caf\xe9/token@ci\n"[..],
        ),
        file(
            "It has 10 MB",
            "BT-C01",
            "# nothing but a comment\n".repeat(450_000),
        ),
    ]
}

fn format() -> Vec<Case> {
    vec![
        file("An unknown key", "BT-C03", grant("secrets: a/b@ci")),
        file(
            "An unknown key that looks like none",
            "BT-C03",
            "version: 2\ntokens: {}\n",
        ),
        file(
            "A key on the wrong level",
            "BT-C03",
            format!("{}reach: [https://gitlab.com/group/]\n", grant("")),
        ),
        file(
            "A list where a mapping is wanted",
            "BT-C04",
            "tokens:\n  - SECURITY_PRIVATE_TOKEN\n",
        ),
        file(
            "A text where a list is wanted",
            "BT-C04",
            grant("reach: https://gitlab.com/group/"),
        ),
        file(
            "A word where true or false is wanted",
            "BT-C04",
            grant("required: maybe"),
        ),
        file(
            "A mapping where a text is wanted",
            "BT-C04",
            grant("secret: { path: a/b, field: token }"),
        ),
        file("Nothing where a text is wanted", "BT-C04", grant("secret:")),
        file(
            "A flow that does not exist",
            "BT-C04",
            "vault:\n  auth: { flow: fast }\n",
        ),
        file("Only a text", "BT-C04", "just some words\n"),
        file(
            "A key twice",
            "BT-C05",
            grant("required: true\n    required: false"),
        ),
        file(
            "Two grants with one name",
            "BT-C08",
            format!(
                "{}  SECURITY_PRIVATE_TOKEN:\n    secret: {SECRET}\n",
                grant("")
            ),
        ),
        file(
            "A tab",
            "BT-C02",
            "tokens:\n\tSECURITY_PRIVATE_TOKEN:\n\t\tsecret: a/b@ci\n",
        ),
        file(
            "A quote that does not end",
            "BT-C02",
            grant("secret: \"a/b@ci"),
        ),
        file(
            "A value with a colon in it",
            "BT-C02",
            grant("when: $A == \"b\": c"),
        ),
        file(
            "Two documents",
            "BT-C02",
            format!("{}---\n{}", grant(""), grant("")),
        ),
        file("Aliases that grow without end", "BT-C03", aliases()),
        file("An alias of nothing", "BT-C02", grant("secret: *nothing")),
    ]
}

/// What is unusual, and still means something.
fn harmless() -> Vec<Case> {
    let fine = |name: &str, text: String| goes_on(name, &[], move |day: &mut Day| day.file(&text));
    let nothing = |name: &str, text: &'static str| {
        goes_on(name, &[], move |day: &mut Day| {
            day.write(".build-token.yml", text);
        })
    };
    vec![
        nothing("It is empty, so the variables count", ""),
        nothing(
            "It has only comments, so the variables count",
            "# later\n---\n# more\n",
        ),
        fine(
            "It begins with a byte order mark",
            format!("\u{feff}{}", grant("")),
        ),
        fine(
            "Its lines end as on Windows",
            grant("").replace('\n', "\r\n"),
        ),
    ]
}

fn grants() -> Vec<Case> {
    let reach = |name: &str, reach: &str| file(name, "BT-C07", grant(&format!("reach: [{reach}]")));
    let named = |name: &str, grant: &str| {
        file(
            name,
            "BT-C15",
            format!("tokens:\n  {grant}:\n    secret: {SECRET}\n"),
        )
    };
    vec![
        reach("A reach without scheme", "gitlab.com/gitlab-org/security/"),
        reach(
            "A reach with plain http",
            "http://gitlab.com/gitlab-org/security/",
        ),
        reach("A reach with a star", "\"https://gitlab.com/*/security/\""),
        reach(
            "A reach for all hosts below a domain",
            "\"https://*.gitlab.com/security/\"",
        ),
        reach(
            "A reach with `..`",
            "https://gitlab.com/gitlab-org/../security/",
        ),
        reach(
            "A reach with a password",
            "https://ci:hunter2-of-a-bad-day@gitlab.com/gitlab-org/",
        ),
        reach(
            "A reach with an empty segment",
            "https://gitlab.com//security/",
        ),
        reach(
            "A reach over ssh",
            "\"ssh://git@gitlab.com/gitlab-org/security/\"",
        ),
        named("A name with a hyphen", "SECURITY-TOKEN"),
        named("A name that begins with a digit", "2ND_TOKEN"),
        named("An empty name", "\"\""),
        file(
            "A condition with braces",
            "BT-C09",
            grant("when: ${CI_PROJECT_PATH} == \"a\""),
        ),
        file(
            "A condition with a single equals sign",
            "BT-C09",
            grant("when: $CI_PROJECT_PATH = \"a\""),
        ),
        file(
            "A condition that uses an undefined variable",
            "BT-Y25",
            grant("when: $SECURITY_PROJECT == \"a\""),
        ),
        file(
            "A condition with a pattern that does not end",
            "BT-C09",
            grant("when: $CI_PROJECT_PATH =~ /security"),
        ),
    ]
}

fn references() -> Vec<Case> {
    let secret = |name: &str, code, secret: &str| {
        file(
            name,
            code,
            format!("tokens:\n  SECURITY_PRIVATE_TOKEN:\n    secret: {secret}\n"),
        )
    };
    vec![
        secret(
            "A secret with `..`",
            "BT-C10",
            "access_tokens/../root/token@ci",
        ),
        secret(
            "A secret with an empty segment",
            "BT-C10",
            "access_tokens//token@ci",
        ),
        secret(
            "A secret with an undefined variable",
            "BT-Y09",
            "$TEAM/build-token/token@ci",
        ),
        secret("A secret without a path", "BT-C10", "token@ci"),
        secret(
            "A secret with a control character in it",
            "BT-C10",
            r#""access_tokens/\u0007/token@ci""#,
        ),
        file(
            "No secret at all",
            "BT-C11",
            "tokens:\n  SECURITY_PRIVATE_TOKEN: {}\n",
        ),
    ]
}

/// This content of the file ends the job with 65, and nobody sees the password that may be in it.
fn file(name: &str, code: &'static str, content: impl Into<Vec<u8>>) -> Case {
    let content = content.into();
    ends(name, 65, code, move |day| {
        day.job.canary("password", "hunter2-of-a-bad-day");
        day.file(&content);
    })
}

/// A file with one grant, which has one line more.
fn grant(line: &str) -> String {
    let secret = if line.starts_with("secret") {
        String::new()
    } else {
        format!("    secret: {SECRET}\n")
    };
    let line = if line.is_empty() {
        String::new()
    } else {
        format!("    {line}\n")
    };
    format!("tokens:\n  SECURITY_PRIVATE_TOKEN:\n{secret}{line}")
}

/// Nine lists of nine aliases each, which would be 387 million entries.
fn aliases() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let list = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    text
}
