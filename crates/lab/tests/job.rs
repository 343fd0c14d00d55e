//! A job's way through the lab, by hand: ID token, login, secret, clone. The same on the embedded
//! Vault and on a real one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use build_token_http::Method;
use build_token_lab::{Lab, LoggedRequest, Mint, Options, Server, VaultBackend};
use serde_json::{Value, json};
use support::real_server::RealServer;
use support::{Answer, git_ok, trusting, url_with, vault};

const SECURITY: &str = "gitlab-org/security/omnibus-gitlab";
const CANONICAL: &str = "gitlab-org/omnibus-gitlab";
const SECRET: &str =
    "ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token";

fn login(lab: &Lab, role: &str, mint: Mint) -> Answer {
    let jwt = lab.mint(&mint).unwrap();
    let body = json!({ "role": role.replace('/', "_"), "jwt": jwt });
    vault(lab, Method::Post, "auth/gitlab-com/login", "", &body)
}

fn of(project: &str) -> Mint {
    Mint {
        project: project.to_owned(),
        ..Mint::default()
    }
}

fn session(answer: Answer) -> String {
    assert_eq!(answer.0, 200, "{answer:?}");
    answer.1["auth"]["client_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Everything that the three jobs of the reference deployment do.
fn story(lab: &Lab) {
    let directory = tempfile::tempdir().unwrap();

    let session_token = session(login(lab, SECURITY, of(SECURITY)));
    let (status, secret) = vault(lab, Method::Get, SECRET, &session_token, &Value::Null);
    assert_eq!(status, 200, "{secret}");
    let token = secret["data"]["data"]["token"].as_str().unwrap();
    assert_eq!(token, lab.build_token().expose());
    let metadata = &secret["data"]["metadata"]["custom_metadata"];
    let reach = format!("{}/gitlab-org/security/", lab.gitlab_url());
    assert_eq!(metadata["reach"], reach);
    assert!(
        metadata["expires_at"]
            .as_str()
            .unwrap()
            .ends_with("T00:00:00Z"),
        "{metadata}"
    );
    assert!(metadata["token_id"].is_string());
    let url = url_with(lab, token, SECURITY);
    let mut clone = trusting(lab);
    clone.extend(["clone", "-q", &url, "."].map(str::to_owned));
    git_ok(directory.path(), &clone);
    let revoked = vault(
        lab,
        Method::Post,
        "auth/token/revoke-self",
        &session_token,
        &Value::Null,
    );
    assert_eq!(revoked.0, 204);
    assert_eq!(
        vault(lab, Method::Get, SECRET, &session_token, &Value::Null).0,
        403
    );

    let session_token = session(login(lab, CANONICAL, of(CANONICAL)));
    let (status, refused) = vault(lab, Method::Get, SECRET, &session_token, &Value::Null);
    assert_eq!(status, 403);
    assert_eq!(
        refused["errors"][0],
        "1 error occurred:\n\t* permission denied\n\n"
    );

    let (status, refused) = login(lab, SECURITY, of("attacker/omnibus-gitlab"));
    assert_eq!(status, 400);
    let text = "error validating claims: claim \"project_id\" does not match any associated \
        bound claim values";
    assert_eq!(refused["errors"][0], text);

    let elsewhere = Mint {
        audience: Some("https://elsewhere.example.com".to_owned()),
        ..of(SECURITY)
    };
    let (status, refused) = login(lab, SECURITY, elsewhere);
    assert_eq!(status, 400);
    let text = "error validating token: invalid audience (aud) claim: audience claim does not \
        match any expected audience";
    assert_eq!(refused["errors"][0], text);
}

#[test]
fn the_story_on_the_embedded_vault() {
    story(&Lab::start(Options::default()).unwrap());
}

#[test]
fn the_story_over_tls() {
    story(
        &Lab::start(Options {
            tls: true,
            ..Options::default()
        })
        .unwrap(),
    );
}

#[test]
fn the_story_on_a_real_server_which_may_be_seeded_again() {
    let Some(real) = RealServer::start() else {
        return;
    };
    for tls in [false, true] {
        let options = Options {
            vault: VaultBackend::Real {
                url: real.url.clone(),
                root_token: real.root_token.clone(),
            },
            tls,
            ..Options::default()
        };
        story(&Lab::start(options).unwrap());
    }
}

#[test]
fn the_log_has_every_request_in_order_and_none_of_the_seed() {
    let lab = Lab::start(Options::default()).unwrap();
    let to_vault = |lab: &Lab| -> Vec<LoggedRequest> {
        let requests = lab.requests().into_iter();
        requests
            .filter(|request| request.server == Server::Vault)
            .collect()
    };
    assert!(to_vault(&lab).is_empty());
    let session_token = session(login(&lab, SECURITY, of(SECURITY)));
    vault(&lab, Method::Get, SECRET, &session_token, &Value::Null);
    let seen: Vec<_> = to_vault(&lab)
        .into_iter()
        .map(|request| (request.method, request.path, request.status))
        .collect();
    let expected = [
        ("POST", "/v1/auth/gitlab-com/login"),
        ("GET", &format!("/v1/{SECRET}")),
    ]
    .map(|(method, path)| (method.to_owned(), path.to_owned(), 200));
    assert_eq!(seen, expected);
}
