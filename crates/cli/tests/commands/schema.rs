//! `schema`: what we read and write fits the schemas that we print.

use serde_json::{Value, json};

use crate::simply;
use crate::support::{CANONICAL, Job, SECURITY, World};

fn schema(of: &str) -> Value {
    let ran = simply(&["schema", of]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn a_receipt_fits_its_schema() {
    let world = World::embedded();
    let receipt = |job: &mut Job, command: &str| -> Value {
        job.run(&["run", "--receipt", "receipt.json", "--", command]);
        let text = std::fs::read_to_string(world.path().join("receipt.json")).expect("a receipt");
        serde_json::from_str(&text).expect("JSON")
    };
    let schema = schema("receipt");
    for receipt in [
        receipt(&mut world.job(SECURITY), "true"),
        receipt(&mut world.job(CANONICAL), "true"),
        receipt(&mut world.job(SECURITY), "/no/such/program"),
        receipt(
            world
                .job(SECURITY)
                .env("SECURITY_PRIVATE_TOKEN", "glpat-adopted0000000000000"),
            "true",
        ),
    ] {
        assert_eq!(
            mistakes(&receipt, &schema, &schema),
            Vec::<String>::new(),
            "{receipt:#}"
        );
    }
    let wrong = json!({"schema": "1", "grants": {}});
    assert!(
        mistakes(&wrong, &schema, &schema).len() >= 3,
        "what is wrong is noticed"
    );
}

#[test]
fn a_finding_fits_its_schema() {
    let ran = simply(&["ref", "--format", "json", "a/../b@ci", "ci/metadata/a/b"]);
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let findings = document["findings"].as_array().expect("findings");
    assert!(!findings.is_empty());
    let schema = schema("finding");
    for finding in findings {
        assert_eq!(
            mistakes(finding, &schema, &schema),
            Vec::<String>::new(),
            "{finding:#}"
        );
    }
    assert!(!mistakes(&json!({"code": "BT-X99"}), &schema, &schema).is_empty());
}

#[test]
fn a_configuration_fits_its_schema() {
    let schema = schema("config");
    let whole = json!({
        "vault": {
            "url": "https://vault.example.com", "kind": "openbao", "namespace": "admin",
            "auth": {"path": "jwt", "role": "my-project", "flow": "auto", "id_token": "VAULT_ID_TOKEN"},
        },
        "tokens": {"SECURITY_PRIVATE_TOKEN": {
            "secret": "a/b/token@ci", "when": "$A == $B", "reach": ["https://gitlab.com/a/"], "required": false,
        }},
        "sources": {"file": ".custom_sources.yml"},
    });
    assert_eq!(mistakes(&whole, &schema, &schema), Vec::<String>::new());
    // JSON is YAML, so the program reads it too: it knows the same keys.
    let directory = tempfile::tempdir().expect("a directory");
    let mut job = Job::new(directory.path());
    let ran = job
        .file(".build-token.yml", &whole.to_string())
        .env("A", "1")
        .env("B", "2")
        .run(&["env"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    for wrong in [
        json!({"vualt": {}}),
        json!({"tokens": {"A": {"reach": "https://a/"}}}),
        json!({"vault": {"auth": {"flow": "x"}}}),
    ] {
        assert!(!mistakes(&wrong, &schema, &schema).is_empty(), "{wrong}");
        job.file(".build-token.yml", &wrong.to_string());
        assert_eq!(job.run(&["env"]).exit_code, 65, "{wrong}");
    }
}

#[test]
fn the_fleets_schema_is_not_there_yet() {
    let ran = simply(&["schema", "fleet"]);
    assert_eq!((ran.exit_code, ran.codes()), (64, vec!["BT-R25"]));
}

/// Where `value` does not fit `schema`: the part of JSON Schema that our schemas use, and a panic where
/// they begin to use more.
fn mistakes(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    let Some(keywords) = schema.as_object() else {
        return if schema == &Value::Bool(false) {
            vec![format!("{value} is not allowed")]
        } else {
            Vec::new()
        };
    };
    let mut found = Vec::new();
    for (keyword, rule) in keywords {
        let inner = |value: &Value, schema: &Value| mistakes(value, schema, root);
        let fits = |schema: &Value| inner(value, schema).is_empty();
        let rules = || rule.as_array().into_iter().flatten();
        match keyword.as_str() {
            "$schema"
            | "$defs"
            | "title"
            | "description"
            | "default"
            | "format"
            | "minimum"
            | "additionalProperties" => {}
            "$ref" => {
                let pointer = rule
                    .as_str()
                    .and_then(|name| name.strip_prefix('#'))
                    .expect("a local reference");
                found.extend(inner(value, root.pointer(pointer).expect("a definition")));
            }
            "type" if rules().chain([rule]).any(|name| is_of_type(value, name)) => {}
            "enum" if rules().any(|allowed| allowed == value) => {}
            "const" if rule == value => {}
            "anyOf" | "oneOf" if rules().any(fits) => {}
            "type" | "enum" | "const" | "anyOf" | "oneOf" => {
                found.push(format!("{value} against {keyword} {rule}"))
            }
            "required" => {
                let missing = rules().filter(|name| {
                    value.is_object() && value.get(name.as_str().expect("a name")).is_none()
                });
                found.extend(missing.map(|name| format!("{name} is missing")));
            }
            "items" => found.extend(
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .flat_map(|item| inner(item, rule)),
            ),
            "properties" => {
                for (name, part) in value.as_object().into_iter().flatten() {
                    let others = schema
                        .get("additionalProperties")
                        .unwrap_or(&Value::Bool(true));
                    found.extend(inner(part, rule.get(name).unwrap_or(others)));
                }
            }
            other => panic!("the schemas use {other}, which this test does not know"),
        }
    }
    if keywords.get("properties").is_none()
        && let Some(others) = keywords.get("additionalProperties")
    {
        found.extend(
            value
                .as_object()
                .into_iter()
                .flatten()
                .flat_map(|(_, part)| mistakes(part, others, root)),
        );
    }
    found
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}
