//! ID tokens, discovery and keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Fixture, URL, json};
use crate::gitlab::Mint;
use crate::{LabError, Server};

fn part(token: &str, number: usize) -> Value {
    let encoded = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

fn claims(mint: &Mint) -> Value {
    part(&Fixture::new().gitlab.mint(mint).unwrap(), 1)
}

fn of(project: &str) -> Mint {
    Mint {
        project: project.to_owned(),
        ..Mint::default()
    }
}

#[test]
fn ids_are_text_times_are_numbers_and_the_runner_is_a_number() {
    let claims = claims(&of("gitlab-org/security/omnibus-gitlab"));
    let text = [
        "namespace_id",
        "namespace_path",
        "project_id",
        "project_path",
        "user_id",
        "user_login",
        "user_email",
        "user_access_level",
        "job_project_id",
        "job_project_path",
        "job_namespace_id",
        "job_namespace_path",
        "pipeline_id",
        "pipeline_source",
        "job_id",
        "ref",
        "ref_type",
        "ref_path",
        "ref_protected",
        "runner_environment",
        "sha",
        "project_visibility",
        "ci_config_ref_uri",
        "ci_config_sha",
        "jti",
        "iss",
        "sub",
        "aud",
    ];
    for name in text {
        assert!(claims[name].is_string(), "{name}");
    }
    for name in ["iat", "nbf", "exp", "runner_id"] {
        assert!(claims[name].is_i64(), "{name}");
    }
    assert_eq!(claims.as_object().unwrap().len(), text.len() + 4);
    assert_eq!(claims["project_id"], "2");
    assert_eq!(claims["ref_protected"], "true");
    assert_eq!(claims["project_visibility"], "private");
    assert_eq!(claims["iss"], URL);
    assert_eq!(claims["aud"], "https://vault.example.com");
    let sub = "project_path:gitlab-org/security/omnibus-gitlab:ref_type:branch:ref:main";
    assert_eq!(claims["sub"], sub);
    let number = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(number("iat") - number("nbf"), 5);
    assert_eq!(number("exp") - number("iat"), 3600);
}

#[test]
fn a_job_can_be_described_in_every_detail() {
    let mut overrides = Map::new();
    overrides.insert("environment".to_owned(), json!("production"));
    overrides.insert("project_id".to_owned(), json!(2));
    let claims = claims(&Mint {
        ref_name: Some("feature".to_owned()),
        audience: Some("https://vault.gitlab.net".to_owned()),
        claims: overrides,
        without: vec!["sha".to_owned()],
        ..of("attacker/omnibus-gitlab")
    });
    assert_eq!(claims["ref_protected"], "false");
    assert_eq!(claims["aud"], "https://vault.gitlab.net");
    assert_eq!(claims["environment"], "production");
    assert_eq!(claims["project_id"], 2);
    assert_eq!(claims.get("sha"), None);
}

#[test]
fn every_job_is_another_one() {
    let fixture = Fixture::new();
    let mint = || part(&fixture.gitlab.mint(&of("gitlab-org/gitaly")).unwrap(), 1);
    let (first, second) = (mint(), mint());
    assert_ne!(first["job_id"], second["job_id"]);
    assert_ne!(first["jti"], second["jti"]);
}

#[test]
fn an_unknown_project_runs_no_jobs() {
    let refused = Fixture::new().gitlab.mint(&of("nobody/nothing"));
    assert!(matches!(refused, Err(LabError::UnknownProject { path }) if path == "nobody/nothing"));
}

#[test]
fn the_key_that_signs_is_published_in_both_places() {
    let fixture = Fixture::new();
    let discovery = json(&fixture.ask("GET", "/.well-known/openid-configuration", None, None));
    assert_eq!(discovery["issuer"], URL);
    assert_eq!(discovery["jwks_uri"], format!("{URL}/oauth/discovery/keys"));
    let keys = json(&fixture.ask("GET", "/oauth/discovery/keys", None, None));
    assert_eq!(keys, json(&fixture.ask("GET", "/-/jwks", None, None)));
    let token = fixture.gitlab.mint(&of("gitlab-org/gitaly")).unwrap();
    assert_eq!(part(&token, 0)["kid"], keys["keys"][0]["kid"]);
    assert_eq!(part(&token, 0)["alg"], "RS256");
    assert_eq!(keys["keys"][0].get("d"), None);
}

#[test]
fn servers_have_names_in_json() {
    assert_eq!(
        json!([Server::Vault, Server::GitLab, Server::Git]),
        json!(["vault", "gitlab", "git"])
    );
}
