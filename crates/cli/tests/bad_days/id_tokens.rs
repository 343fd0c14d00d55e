//! The ID token: missing, damaged, or something else that was put in its place.

use serde_json::json;

use crate::Theme;
use crate::day::{Case, Day, ends};
use crate::vault;

pub fn theme() -> Theme {
    Theme {
        title: "The ID token",
        about: "It is looked at before anybody is asked. Nothing of its value is ever shown.",
        cases: cases(),
    }
}

fn cases() -> Vec<Case> {
    let id_token = |name: &str, code, value: fn(String) -> String| {
        ends(name, 78, code, move |day: &mut Day| {
            let value = value(vault::id_token());
            day.identity(&value);
        })
    };
    vec![
        ends("There is none", 78, "BT-Y11", |day| {
            day.job.without("VAULT_ID_TOKEN");
        }),
        id_token("It is empty", "BT-Y11", |_| String::new()),
        id_token("It is white space", "BT-Y11", |_| " \n".to_owned()),
        id_token("It is the name of a variable", "BT-Y11", |_| {
            "$VAULT_ID_TOKEN".to_owned()
        }),
        id_token("It is the path of a file", "BT-R37", |_| {
            "/builds/group/project.tmp/VAULT_ID_TOKEN".to_owned()
        }),
        id_token("It has a line break at its end", "BT-R28", |token| {
            token + "\n"
        }),
        id_token("It has a line break inside", "BT-R28", |mut token| {
            token.insert(76, '\n');
            token
        }),
        id_token("It stands in quotes", "BT-R28", |token| {
            format!("\"{token}\"")
        }),
        id_token("It is `Bearer` and the token", "BT-R28", |token| {
            format!("Bearer {token}")
        }),
        id_token("It is three dots", "BT-R28", |_| "...".to_owned()),
        id_token("It has two parts", "BT-R28", |token| {
            token.rsplit_once('.').expect("three parts").0.to_owned()
        }),
        id_token(
            "It has five parts, as an encrypted one",
            "BT-R28",
            |token| format!("{token}.AAAA.AAAA"),
        ),
        id_token("It has no signature", "BT-R28", |token| {
            token.rsplit_once('.').expect("three parts").0.to_owned() + "."
        }),
        id_token("Its payload is not base64", "BT-R28", |token| {
            token.replacen(".ey", ".e+", 1)
        }),
        id_token("Its payload is not JSON", "BT-R28", |token| {
            let parts: Vec<&str> = token.split('.').collect();
            format!("{}.{}.{}", parts[0], "bm90IEpTT04", parts[2])
        }),
        id_token("It has 100 KB", "BT-R28", |token| {
            token + &"A".repeat(100_000)
        }),
        id_token("It is another token", "BT-R28", |_| {
            "glpat-AnotherTokenOfABadDay".to_owned()
        }),
        id_token("It has expired", "BT-J11", |_| {
            vault::jwt(
                &json!({"iss": "https://gitlab.com", "exp": 981_173_106, "iat": 981_169_506}),
            )
        }),
        ends(
            "BUILD_TOKEN_ID_TOKEN names a variable that is not set",
            78,
            "BT-Y11",
            |day| {
                day.job.env("BUILD_TOKEN_ID_TOKEN", "OTHER_ID_TOKEN");
            },
        ),
        ends(
            "The file names a variable that is not set",
            78,
            "BT-Y11",
            |day| {
                day.write(
                    ".build-token.yml",
                    "vault:\n  auth: { id_token: OTHER_ID_TOKEN }\n",
                );
            },
        ),
    ]
}
