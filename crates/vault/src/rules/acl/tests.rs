use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn acl_for(texts: &[&str], subject: &Subject) -> Acl {
    let policies: Vec<Policy> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| Policy::parse(&format!("p{index}"), text, now()).unwrap())
        .collect();
    Acl::new(&policies, subject, now())
}

fn acl(texts: &[&str]) -> Acl {
    acl_for(texts, &Subject::default())
}

fn allows(acl: &Acl, operation: Operation, path: &str, data: Value) -> bool {
    let Value::Object(data) = data else {
        panic!("parameters are a map")
    };
    acl.decide(&Access {
        operation,
        path,
        data: &data,
        wrap_seconds: 0,
    })
    .allowed
}

fn reads(acl: &Acl, path: &str) -> bool {
    allows(acl, Operation::Read, path, json!({}))
}

#[test]
fn the_best_pattern_decides_alone() {
    let rule = |path: &str, capability: &str| {
        format!("path \"{path}\" {{ capabilities = [\"{capability}\"] }}")
    };
    for (read, other, path, expected) in [
        // An exact path beats all patterns, and a longer prefix a shorter one.
        ("a/b", "a/*", "a/b", true),
        ("a/*", "a/b", "a/b", false),
        ("a/b*", "a/*", "a/bc", true),
        ("a/*", "a/b*", "a/bc", false),
        // The later first wildcard wins, then no `*`, then fewer `+`, then the longer.
        ("a/b/+", "a/+/c", "a/b/c", true),
        ("a/+/c", "a/b/+", "a/b/c", false),
        ("a/+", "a/*", "a/b", true),
        ("a/+/c", "a/+/*", "a/b/c", true),
        ("a/+/c", "a/+/+", "a/b/c", true),
        ("a/+/cd*", "a/+/c*", "a/b/cde", true),
        // `+` is one segment and no more.
        ("a/+", "z", "a/b/c", false),
        ("+/b", "z", "a/b", true),
        ("a/+b", "z", "a/xb", false),
        ("*", "z", "anything/at/all", true),
        ("+/*", "z", "a/b/c", true),
    ] {
        let acl = acl(&[&rule(read, "read"), &rule(other, "update")]);
        assert_eq!(
            reads(&acl, path),
            expected,
            "read on {read}, update on {other}, for {path}"
        );
    }
}

#[test]
fn a_decision_names_its_stanzas() {
    let texts = [
        r#"path "a/*" { capabilities = ["read"] }"#,
        r#"path "a/*" { capabilities = ["list"] }"#,
    ];
    let data = Parameters::new();
    let access = Access {
        operation: Operation::Read,
        path: "a/b",
        data: &data,
        wrap_seconds: 0,
    };
    let decision = acl(&texts).decide(&access);
    assert_eq!(decision.pattern.as_deref(), Some("a/*"));
    let policies: Vec<&str> = decision
        .sources
        .iter()
        .map(|source| source.policy.as_str())
        .collect();
    assert_eq!(policies, ["p0", "p1"]);
    assert_eq!(&texts[1][decision.sources[1].span.clone()], texts[1]);
}

#[test]
fn policies_for_one_path_add_up_unless_one_denies() {
    let acl = acl(&[
        r#"path "a" { capabilities = ["read"] } path "b" { capabilities = ["read"] }"#,
        r#"path "a" { capabilities = ["update"] } path "b" { capabilities = ["deny"] }"#,
    ]);
    assert_eq!(acl.capabilities("a"), ["read", "update"]);
    assert_eq!(acl.capabilities("b"), ["deny"]);
    assert_eq!(acl.capabilities("c"), ["deny"]);
    assert_eq!(
        Acl::new([&Policy::root()], &Subject::default(), now()).capabilities("c"),
        ["root"]
    );
}

#[test]
fn lists_find_paths_with_and_without_their_slash() {
    for (pattern, expected) in [
        ("m", true),
        ("m/", true),
        ("m/*", true),
        ("m*", true),
        ("m/x", false),
    ] {
        let acl = acl(&[&format!(
            "path \"{pattern}\" {{ capabilities = [\"list\", \"scan\"] }}"
        )]);
        assert_eq!(
            allows(&acl, Operation::List, "m/", json!({})),
            expected,
            "{pattern}"
        );
        assert!(!reads(&acl, "m/"), "{pattern}");
    }
    let narrow =
        acl(&[r#"path "m" { capabilities = ["deny"] } path "m/*" { capabilities = ["list"] }"#]);
    assert!(!allows(&narrow, Operation::List, "m/", json!({})));
}

#[test]
fn parameters_are_asked_for() {
    let read = |rules: &str, data: Value| {
        let acl = acl(&[&format!(
            "path \"a\" {{ capabilities = [\"read\"] {rules} }}"
        )]);
        allows(&acl, Operation::Read, "a", data)
    };
    for (rules, data, expected) in [
        (
            "allowed_parameters = { version = [] }",
            json!({ "version": "1" }),
            true,
        ),
        (
            "allowed_parameters = { version = [] }",
            json!({ "Version": "1" }),
            true,
        ),
        (
            "allowed_parameters = { version = [] }",
            json!({ "other": "1" }),
            false,
        ),
        ("allowed_parameters = { version = [] }", json!({}), true),
        (
            "allowed_parameters = { version = [\"1\", \"a*\"] }",
            json!({ "version": "abc" }),
            true,
        ),
        (
            "allowed_parameters = { version = [\"1\"] }",
            json!({ "version": "2" }),
            false,
        ),
        (
            "allowed_parameters = { version = [1] }",
            json!({ "version": 1 }),
            false,
        ),
        (
            "allowed_parameters = { on = [true] }",
            json!({ "on": true }),
            true,
        ),
        (
            "allowed_parameters = { \"*\" = [] version = [\"2\"] }",
            json!({ "x": 1, "version": "1" }),
            false,
        ),
        (
            "allowed_parameters = { \"*\" = [] version = [\"2\"] }",
            json!({ "x": 1, "version": "2" }),
            true,
        ),
        (
            "denied_parameters = { version = [] }",
            json!({ "version": "1" }),
            false,
        ),
        (
            "denied_parameters = { version = [\"1\"] }",
            json!({ "version": "2" }),
            true,
        ),
        (
            "denied_parameters = { \"*\" = [] }",
            json!({ "x": "2" }),
            false,
        ),
        ("denied_parameters = { \"*\" = [] }", json!({}), true),
        ("required_parameters = [\"reason\"]", json!({}), false),
        (
            "required_parameters = [\"reason\"]",
            json!({ "reason": "" }),
            true,
        ),
        ("min_wrapping_ttl = \"1m\"", json!({}), false),
    ] {
        assert_eq!(read(rules, data.clone()), expected, "{rules} for {data}");
    }
}

#[test]
fn pages_are_no_larger_than_allowed() {
    let acl = acl(&[
        r#"path "m/" { capabilities = ["list"] pagination_limit = 2 } path "n/" { capabilities = ["list"] }"#,
    ]);
    let page = |path: &str, data: Value| {
        let Value::Object(data) = data else {
            panic!("parameters are a map")
        };
        let decision = acl.decide(&Access {
            operation: Operation::List,
            path,
            data: &data,
            wrap_seconds: 0,
        });
        decision.allowed.then_some(decision.page)
    };
    assert_eq!(page("m/", json!({})), Some(Some(2)));
    assert_eq!(page("m/", json!({ "limit": "max" })), Some(Some(2)));
    assert_eq!(page("m/", json!({ "limit": "1" })), Some(None));
    assert_eq!(page("m/", json!({ "limit": 3 })), None);
    assert_eq!(page("n/", json!({ "limit": "max" })), Some(Some(0)));
    assert_eq!(page("n/", json!({ "limit": "7" })), Some(None));
}

fn subject() -> Subject {
    let metadata = BTreeMap::from([("project_path".to_owned(), "g/p".to_owned())]);
    let alias = Alias {
        accessor: "auth_jwt_1".into(),
        name: "20".into(),
        metadata,
        ..Alias::default()
    };
    let group = Group {
        id: "g1".into(),
        name: "builders".into(),
        ..Group::default()
    };
    Subject {
        entity: Some(Entity {
            id: "e1".into(),
            aliases: vec![alias],
            groups: vec![group],
            ..Entity::default()
        }),
    }
}

#[test]
fn templates_are_filled_in_or_drop_their_stanza() {
    for (path, expected) in [
        ("a/{{identity.entity.id}}", Some("a/e1")),
        ("a/{{ identity.entity.id }}/b", Some("a/e1/b")),
        (
            "a/{{identity.entity.aliases.auth_jwt_1.name}}",
            Some("a/20"),
        ),
        (
            "a/{{identity.entity.aliases.auth_jwt_1.metadata.project_path}}",
            Some("a/g/p"),
        ),
        (
            "a/{{identity.entity.aliases.auth_jwt_1.metadata.none}}",
            None,
        ),
        ("a/{{identity.entity.aliases.auth_jwt_2.name}}", None),
        ("a/{{identity.entity.name}}", None),
        ("a/{{identity.groups.names.builders.id}}", Some("a/g1")),
        ("a/{{identity.groups.names.others.id}}", None),
        ("a/{{unknown}}", None),
        ("plain", Some("plain")),
    ] {
        assert_eq!(
            template::render(path, &subject()).as_deref(),
            expected,
            "{path}"
        );
    }
    let text = r#"path "a/{{identity.entity.id}}" { capabilities = ["read"] }"#;
    assert!(reads(&acl_for(&[text], &subject()), "a/e1"));
    assert!(!reads(&acl(&[text]), "a/e1"));
}

#[test]
fn a_mount_is_reached_by_anything_beneath_it() {
    for (pattern, expected) in [
        ("ci/data/x", true),
        ("ci/*", true),
        ("*", true),
        ("+/data/x", true),
        ("ci/+/x", true),
        ("cix/data", false),
        ("other/+/x", false),
    ] {
        let read = acl(&[&format!(
            "path \"{pattern}\" {{ capabilities = [\"read\"] }}"
        )]);
        assert_eq!(read.reaches_mount("ci/"), expected, "{pattern}");
        let denied = acl(&[&format!(
            "path \"{pattern}\" {{ capabilities = [\"deny\"] }}"
        )]);
        assert!(!denied.reaches_mount("ci/"), "{pattern}");
    }
}

proptest! {
    /// `deny` for the same path takes everything away, whatever else is granted elsewhere.
    #[test]
    fn deny_is_never_outvoted(path in "[a-c](/[a-c+]){0,3}(/\\*)?", asked in "[a-c](/[a-c]){0,4}") {
        let text = format!("path \"{path}\" {{ capabilities = [\"read\"] }}");
        let deny = format!("path \"{path}\" {{ capabilities = [\"deny\"] }}");
        prop_assert!(!reads(&acl(&[&text, &deny]), &asked));
        prop_assert!(!reads(&acl(&[&deny, &text]), &asked));
    }

    /// A path that is named without wildcards is allowed, and nothing else is.
    #[test]
    fn exact_paths_are_exact(path in "[a-c](/[a-c]){0,3}", asked in "[a-c](/[a-c]){0,3}") {
        let acl = acl(&[&format!("path \"{path}\" {{ capabilities = [\"read\"] }}")]);
        prop_assert_eq!(reads(&acl, &asked), path == asked);
    }
}
