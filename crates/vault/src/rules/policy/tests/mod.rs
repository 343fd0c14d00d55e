mod measured;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn parse(text: &str) -> Result<Policy, ParseError> {
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    Policy::parse("p", text, now)
}

#[test]
fn the_parser_agrees_with_the_server() {
    for (text, expected) in measured::MEASURED {
        let said = parse(text).err().map(|error| error.0);
        assert_eq!(said.as_deref(), *expected, "{text}");
    }
}

#[test]
fn rules_are_read_whole() {
    let text = r#"
        # comment
        path "/secret/data/{{identity.entity.id}}/*" {
            capabilities = ["read", "list",]
            allowed_parameters = { "Version" = [], tag = ["a*", 1, true] }
            denied_parameters { "x" = [] }
            required_parameters = ["Reason"]
            min_wrapping_ttl = "1m"
            max_wrapping_ttl = 120
            pagination_limit = 10
        }
        path "b" { policy = "write" }
        path "c" { capabilities = ["read", "deny", "list"] }
    "#;
    let policy = parse(text).unwrap();
    assert!(policy.templated);
    let [first, second, third] = policy.rules.as_slice() else {
        panic!("{policy:?}")
    };
    assert_eq!(first.path, "secret/data/{{identity.entity.id}}/*");
    assert_eq!(first.capabilities.names(), ["list", "read"]);
    let allowed = first.parameters.allowed.as_ref().unwrap();
    assert_eq!(
        json!(allowed),
        json!({ "version": [], "tag": ["a*", 1, true] })
    );
    assert_eq!(json!(first.parameters.denied), json!({ "x": [] }));
    assert_eq!(first.parameters.required, ["reason"]);
    assert_eq!((first.wrapping, first.pagination_limit), ((60, 120), 10));
    assert_eq!(
        second.capabilities.names(),
        ["create", "delete", "list", "read", "update"]
    );
    assert_eq!(third.capabilities, Capabilities::DENY);
    assert_eq!(
        &text[second.span.clone()],
        r#"path "b" { policy = "write" }"#
    );
}

#[test]
fn json_says_the_same() {
    let text = r#"{"path": {"a": {"capabilities": ["read"], "allowed_parameters": {"v": ["1"]}}, "b": {"policy": "read"}}}"#;
    let policy = parse(text).unwrap();
    let paths: Vec<&str> = policy.rules.iter().map(|rule| rule.path.as_str()).collect();
    assert_eq!(paths, ["a", "b"]);
    assert_eq!(
        json!(policy.rules[0].parameters.allowed),
        json!({ "v": ["1"] })
    );
    assert_eq!(policy.rules[1].capabilities.names(), ["list", "read"]);
}

#[test]
fn stanzas_that_have_expired_are_not_there() {
    let text = r#"path "a" { expiration = "2026-11-22T00:00:00Z" } path "b" { expiration = "2026-11-24T00:00:00Z" }"#;
    let policy = parse(text).unwrap();
    let paths: Vec<&str> = policy.rules.iter().map(|rule| rule.path.as_str()).collect();
    assert_eq!(paths, ["b"]);
}

#[test]
fn texts_keep_what_belongs_to_others() {
    for (text, path) in [
        (r#"path "a${b"c}d" {}"#, "a${b\"c}d"),
        ("path \"a\\\"b\\u00e9\" {}", "a\"bé"),
        ("path a.b-c {}", "a.b-c"),
    ] {
        assert_eq!(parse(text).unwrap().rules[0].path, path, "{text}");
    }
}

/// Texts that look like policies more often than not.
fn policy_like() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("path \"a\" {"),
        Just("path"),
        Just("}"),
        Just("{"),
        Just("\"a"),
        Just("\""),
        Just("="),
        Just("capabilities"),
        Just("[\"read\"]"),
        Just("["),
        Just("]"),
        Just(","),
        Just("<<EOF\n"),
        Just("EOF\n"),
        Just("<<-"),
        Just("#"),
        Just("/*"),
        Just("*/"),
        Just("\n"),
        Just("${"),
        Just("{{identity.entity.id}}"),
        Just("\\"),
        Just("0x"),
        Just("1.5e"),
        Just("-"),
        Just("é"),
        Just("\0"),
        Just(":"),
        Just("null"),
        Just("{\"path\":"),
        Just("\r\n"),
    ];
    prop_oneof![
        prop::collection::vec(word, 0..24).prop_map(|words| words.concat()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in policy_like()) {
        if let Ok(policy) = parse(&text) {
            for rule in &policy.rules {
                prop_assert!(text.get(rule.span.clone()).is_some(), "{:?}", rule.span);
            }
        }
    }
}
