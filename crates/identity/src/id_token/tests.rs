//! Each mistake that puts something else in an ID token's place, and the error that names it.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{id_token, parts};

fn valid() -> String {
    id_token(&json!({ "sub": "job", "aud": "https://vault.example.com" }))
}

fn refused(value: &str) -> IdTokenError {
    IdToken::parse(value).unwrap_err()
}

#[test]
fn a_token_gives_its_claims_and_its_header() {
    let text = valid();
    let token = IdToken::parse(&text).unwrap();
    assert_eq!(token.claims().subject(), Some("job"));
    assert_eq!(token.claims().audiences(), ["https://vault.example.com"]);
    assert_eq!(token.algorithm(), Some("RS256"));
    assert_eq!(token.key_id(), Some("key-1"));
    assert_eq!(token.secret(), &Secret::new(text));
}

#[test]
fn debug_shows_no_part_of_the_token() {
    let text = valid();
    let shown = format!("{:?}", IdToken::parse(&text).unwrap());
    assert!(shown.starts_with("IdToken(Secret("), "{shown}");
    for part in text.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn nothing_is_told_from_something() {
    for blank in ["", " ", "\n", "\r\n\t"] {
        assert_eq!(refused(blank), IdTokenError::Empty, "{blank:?}");
    }
}

#[test]
fn a_variable_that_nobody_expanded_is_named() {
    for value in ["$VAULT_ID_TOKEN", "${VAULT_ID_TOKEN}", "$VAULT_ID_TOKEN\n"] {
        let name = "VAULT_ID_TOKEN".to_owned();
        assert_eq!(refused(value), IdTokenError::Unexpanded { name }, "{value}");
    }
    for value in ["$", "${}", "$A.B", "${A", "$secret"] {
        let error = refused(value);
        assert!(
            matches!(error, IdTokenError::WrongParts { .. }),
            "{value}: {error}"
        );
    }
}

#[test]
fn a_path_is_told_from_a_token() {
    for path in [
        "/builds/group/project.tmp/VAULT_ID_TOKEN",
        "./token.jwt",
        "builds/my project.tmp/VAULT_ID_TOKEN\n",
        r"C:\builds\project.tmp\VAULT_ID_TOKEN",
    ] {
        assert_eq!(refused(path), IdTokenError::LooksLikePath, "{path}");
    }
    let standard_base64 = valid().replacen("eyJ", "eyJ/", 1);
    assert_ne!(refused(&standard_base64), IdTokenError::LooksLikePath);
}

#[test]
fn white_space_is_said_to_be_where_it_is() {
    let text = valid();
    assert_eq!(
        refused(&format!("{text}\n")),
        IdTokenError::TrailingLineBreak
    );
    assert_eq!(
        refused(&format!("{text}\r\n")),
        IdTokenError::TrailingLineBreak
    );
    assert_eq!(
        refused(&text.replacen('.', "\n.", 1)),
        IdTokenError::LineBreak {
            position: text.find('.').unwrap()
        }
    );
    assert_eq!(
        refused(&format!("\n{text}")),
        IdTokenError::LineBreak { position: 0 }
    );
    assert_eq!(
        refused(&format!(" {text}\n")),
        IdTokenError::Space { position: 0 }
    );
    assert_eq!(
        refused(&format!("{text} ")),
        IdTokenError::Space {
            position: text.len()
        }
    );
    assert_eq!(refused("a\0b"), IdTokenError::Space { position: 1 });
}

#[test]
fn parts_are_counted() {
    assert_eq!(refused("..."), IdTokenError::OnlyDots { dots: 3 });
    assert_eq!(refused(".."), IdTokenError::OnlyDots { dots: 2 });
    assert_eq!(refused("."), IdTokenError::OnlyDots { dots: 1 });
    assert_eq!(refused("glpat-x"), IdTokenError::WrongParts { parts: 1 });
    assert_eq!(refused("a.b"), IdTokenError::WrongParts { parts: 2 });
    assert_eq!(refused("a.b.c.d.e"), IdTokenError::WrongParts { parts: 5 });
    for (value, part) in [
        (".b.c", Part::Header),
        ("a..c", Part::Payload),
        ("a.b.", Part::Signature),
    ] {
        assert_eq!(refused(value), IdTokenError::EmptyPart { part }, "{value}");
    }
}

#[test]
fn each_part_has_to_be_base64url() {
    let text = valid();
    let [header, payload, signature] = split(&text).unwrap();
    for (value, part) in [
        (format!("{header}+.{payload}.{signature}"), Part::Header),
        (format!("{header}.{payload}==.{signature}"), Part::Payload),
        (format!("{header}.{payload}.!"), Part::Signature),
        (format!("{header}.{payload}.é"), Part::Signature),
    ] {
        assert_eq!(
            refused(&value),
            IdTokenError::NotBase64Url { part },
            "{value}"
        );
    }
}

#[test]
fn header_and_payload_have_to_be_objects() {
    let not_json = |part, error| IdTokenError::NotJson { part, error };
    assert_eq!(
        refused(&parts("[]", "{}")),
        not_json(Part::Header, JsonError::NotAnObject)
    );
    assert_eq!(
        refused(&parts("{}", "\"text\"")),
        not_json(Part::Payload, JsonError::NotAnObject)
    );
    assert_eq!(
        refused(&parts("{}", "{]")),
        not_json(Part::Payload, JsonError::Syntax { line: 1, column: 2 })
    );
    assert_eq!(
        refused(&parts("{}", &"[".repeat(10_000))),
        not_json(Part::Payload, JsonError::TooDeep)
    );
}

#[test]
fn the_length_is_limited() {
    let long = |length: usize| {
        let empty = id_token(&json!({ "pad": "" })).len();
        let encoded = (length - empty) / 4 * 3;
        id_token(&json!({ "pad": "x".repeat(encoded) }))
    };
    assert!(IdToken::parse(&long(MAX_ID_TOKEN_BYTES)).is_ok());
    let text = "x".repeat(MAX_ID_TOKEN_BYTES + 1);
    let bytes = text.len();
    assert_eq!(refused(&text), IdTokenError::TooLong { bytes });
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(value in any::<String>()) {
        let _ = IdToken::parse(&value);
    }

    #[test]
    fn any_payload_is_read_or_refused(header in ".{0,40}", payload in r#"[{}\[\]",:a1\\ .]{0,60}"#) {
        let _ = IdToken::parse(&parts("{}", &payload));
        let _ = IdToken::parse(&parts(&header, "{}"));
    }

    #[test]
    fn what_is_put_in_comes_out(name in "[a-z_]{1,12}", text in any::<String>()) {
        let payload = json!({ name.clone(): text.clone() });
        let token = IdToken::parse(&id_token(&payload)).unwrap();
        prop_assert_eq!(token.claims().get(&name), Some(&json!(text)));
    }
}
