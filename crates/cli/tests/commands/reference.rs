//! `ref`: one secret in all the forms in which people paste it.

use serde_json::Value;

use crate::simply;

const SHORT: &str =
    "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci";

fn json(references: &[&str]) -> (i32, Value) {
    let ran = simply(&[&["ref", "--format", "json"], references].concat());
    (
        ran.exit_code,
        serde_json::from_str(&ran.stdout).expect("JSON"),
    )
}

#[test]
fn every_pasted_form_means_the_same_secret() {
    let path = "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token";
    for pasted in [
        SHORT.to_owned(),
        format!("ci/{path}#token"),
        format!("ci/data/{path}"),
        format!("ci/metadata/{path}"),
        format!("ci/data/{path}#token"),
        format!("/v1/ci/data/{path}"),
        format!("https://vault.example.com/v1/ci/data/{path}"),
        format!(
            "https://vault.example.com/ui/vault/secrets/ci/kv/{}/details",
            path.replace('/', "%2F")
        ),
        format!("https://vault.example.com/ui/vault/secrets/ci/show/{path}"),
    ] {
        let (exit_code, document) = json(&[&pasted]);
        assert_eq!(
            (exit_code, document["refs"][0]["ci_short"].as_str()),
            (0, Some(SHORT)),
            "{pasted}"
        );
    }
}

#[test]
fn the_document_is_as_it_is_documented() {
    let ran = simply(&["ref", "--format", "json", SHORT]);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "schema": 1,
      "refs": [
        {
          "input": "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci",
          "engine": "kv-v2",
          "mount": "ci",
          "path": "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token",
          "field": "token",
          "version": null,
          "ci_short": "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci",
          "api_read_path": "ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token",
          "api_metadata_path": "ci/metadata/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token",
          "policy": "path \"ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token\" {\n  capabilities = [\"read\"]\n}"
        }
      ]
    }
    "#);
    assert_eq!(ran.stderr, "");
}

#[test]
fn people_get_a_line_per_form_and_an_explanation_of_metadata() {
    let ran = simply(&["ref", "ci/metadata/a/build-token"]);
    insta::assert_snapshot!(format!("{}{}", ran.stdout, ran.stderr), @r#"
    input              ci/metadata/a/build-token
    engine             kv-v2
    mount              ci
    path               a/build-token
    field              token
    ci_short           a/build-token/token@ci
    api_read_path      ci/data/a/build-token
    api_metadata_path  ci/metadata/a/build-token
    policy             path "ci/data/a/build-token" {
                         capabilities = ["read"]
                       }

    note[BT-Y06]: `metadata/` does not belong in a secret reference
      what: ci/metadata/a/build-token has `metadata/` in it; read as a/build-token/token@ci.
      why: `data/` and `metadata/` are part of Vault's API paths: `metadata/` shows up in the UI and in policies, and the value is read at ci/data/a/build-token.
      fix: Write a/build-token/token@ci.
    "#);
}

#[test]
fn what_is_refused_shows_its_parts_all_the_same() {
    let (exit_code, document) = json(&[
        "a/../b/token@ci",
        "a//b/token@ci",
        "$NOWHERE/token@ci",
        SHORT,
    ]);
    assert_eq!(exit_code, 65);
    let parts = |index: usize| {
        let form = &document["refs"][index];
        ["mount", "path", "field", "ci_short"]
            .map(|key| form[key].as_str().unwrap_or("null").to_owned())
    };
    assert_eq!(parts(0), ["ci", "a/../b", "token", "null"]);
    assert_eq!(parts(1), ["ci", "a//b", "token", "null"]);
    assert_eq!(parts(2), ["ci", "$NOWHERE", "token", "null"]);
    assert_eq!(document["refs"][3]["ci_short"], SHORT);
    let codes: Vec<&Value> = document["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|one| &one["code"])
        .collect();
    assert_eq!(codes, ["BT-C10", "BT-C10", "BT-Y09"]);
}

#[test]
fn without_a_mount_it_is_gitlabs_own() {
    let (_, document) = json(&["a/b/token"]);
    assert_eq!(document["refs"][0]["mount"], "kv-v2");
}
