//! Vault's part of the seed, as the requests that make it: the embedded server and a real one get
//! the same.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{BUILD_TOKEN, BUILD_TOKEN_NAME, SECURITY_GROUP};
use crate::LabError;
use crate::gitlab::{Project, State, Token};
use crate::wire::Response;

/// How GitLab infrastructure calls the GitLab whose jobs log in.
const INSTANCE: &str = "gitlab-com";
/// The KV v2 mount of CI secrets.
const MOUNT: &str = "ci";
/// The audience of the reference deployment's ID tokens, which is not the server's URL.
const AUDIENCE: &str = "https://vault.gitlab.net";

/// A KV v2 mount is busy for a moment after it was made; so often is it asked again.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// One request to Vault; all of the seed's are posts.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// With `/v1/`.
    pub path: String,
    pub body: Value,
}

impl Call {
    fn post(path: String, body: Value) -> Self {
        Self {
            path: format!("/v1/{path}"),
            body,
        }
    }
}

/// What the seed has to know of the lab that it is for.
pub(crate) struct Deployment<'a> {
    /// GitLab's URL, which is its issuer.
    pub gitlab_url: &'a str,
    /// The authority that GitLab's certificate comes from, if it has one.
    pub gitlab_ca: Option<&'a str>,
    /// Vault's URL, which ID tokens may be for.
    pub vault_url: &'a str,
    /// What GitLab knows.
    pub state: &'a State,
    /// The build token.
    pub token: &'a Token,
}

/// Everything that has to be asked of Vault, in this order.
pub(crate) fn calls(deployment: &Deployment<'_>) -> Vec<Call> {
    let kv = json!({ "type": "kv", "options": { "version": "2" } });
    let mut calls = vec![Call::post(format!("sys/mounts/{MOUNT}"), kv)];
    calls.extend(secret(deployment));
    calls.extend(auth_mount(deployment));
    let projects = deployment.state.projects.values();
    for project in projects.filter(|project| project.path.starts_with("gitlab-org/")) {
        calls.extend(access_of(project, deployment.vault_url));
    }
    calls
}

/// The path of the build token's secret inside the mount.
fn secret_path() -> String {
    format!("access_tokens/{INSTANCE}/{SECURITY_GROUP}/_group_access_tokens/{BUILD_TOKEN_NAME}")
}

fn secret(deployment: &Deployment<'_>) -> [Call; 2] {
    let path = secret_path();
    let expires_at = deployment
        .token
        .expires_at
        .map(|date| format!("{date}T00:00:00Z"))
        .unwrap_or_default();
    let metadata = json!({
        "expires_at": expires_at,
        "reach": format!("{}/{SECURITY_GROUP}/", deployment.gitlab_url),
        "token_id": deployment.token.id.to_string(),
    });
    [
        Call::post(
            format!("{MOUNT}/data/{path}"),
            json!({ "data": { "token": BUILD_TOKEN } }),
        ),
        Call::post(
            format!("{MOUNT}/metadata/{path}"),
            json!({ "custom_metadata": metadata }),
        ),
    ]
}

fn auth_mount(deployment: &Deployment<'_>) -> [Call; 2] {
    let mut config = json!({
        "jwks_url": format!("{}/oauth/discovery/keys", deployment.gitlab_url),
        "bound_issuer": deployment.gitlab_url,
    });
    if let Some(authority) = deployment.gitlab_ca {
        config["jwks_ca_pem"] = json!(authority);
    }
    [
        Call::post(format!("sys/auth/{INSTANCE}"), json!({ "type": "jwt" })),
        Call::post(format!("auth/{INSTANCE}/config"), config),
    ]
}

/// A project's policy and role. The role is bound to the project's id: paths can be renamed and
/// taken by somebody else, ids cannot.
fn access_of(project: &Project, vault_url: &str) -> [Call; 2] {
    let role = project.path.replace('/', "_");
    let policy = format!("{INSTANCE}-project-{role}");
    let definition = json!({
        "role_type": "jwt",
        "user_claim": "project_id",
        "bound_audiences": [AUDIENCE, vault_url],
        "bound_claims": { "project_id": [project.id.to_string()] },
        "claim_mappings": { "environment": "environment", "project_path": "project_path" },
        "token_policies": [policy],
        "token_ttl": "15m",
        "token_max_ttl": "1h",
    });
    [
        Call::post(
            format!("sys/policies/acl/{policy}"),
            json!({ "policy": policy_text(project) }),
        ),
        Call::post(format!("auth/{INSTANCE}/role/{role}"), definition),
    ]
}

/// Every project reads its own secrets; those of the security group read the build token too.
fn policy_text(project: &Project) -> String {
    let readable = |path: String| format!("path \"{path}\" {{\n  capabilities = [\"read\"]\n}}\n");
    let own = format!("{INSTANCE}/{}/*", project.path);
    let mut stanzas = vec![
        readable(format!("{MOUNT}/data/{own}")),
        readable(format!("{MOUNT}/metadata/{own}")),
    ];
    let inside = project.path.strip_prefix(SECURITY_GROUP);
    if inside.is_some_and(|rest| rest.starts_with('/')) {
        stanzas.push(readable(format!("{MOUNT}/data/{}", secret_path())));
        stanzas.push(readable(format!("{MOUNT}/metadata/{}", secret_path())));
    }
    stanzas.join("\n")
}

/// Makes the calls. What is there already is fine, so that a real Vault can be seeded again.
pub(crate) fn apply(
    calls: Vec<Call>,
    mut send: impl FnMut(&Call) -> Result<Response, LabError>,
) -> Result<(), LabError> {
    for call in calls {
        let mut tries = 0;
        loop {
            let response = send(&call)?;
            let text = String::from_utf8_lossy(&response.body).trim().to_owned();
            tries += 1;
            if text.contains("Upgrading from non-versioned") && tries < TRIES {
                thread::sleep(PAUSE);
                continue;
            }
            let there = text.contains("path is already in use at");
            if response.status < 300 || there {
                break;
            }
            return Err(LabError::Seed {
                path: call.path,
                status: response.status,
                text,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::seed::reference;

    fn all() -> Vec<Call> {
        let (state, token) = reference(Timestamp::UNIX_EPOCH);
        calls(&Deployment {
            gitlab_url: "http://127.0.0.1:1",
            gitlab_ca: None,
            vault_url: "http://127.0.0.1:2",
            state: &state,
            token: &token,
        })
    }

    fn body_of(path: &str) -> Value {
        let calls = all();
        calls
            .iter()
            .find(|call| call.path == path)
            .unwrap()
            .body
            .clone()
    }

    #[test]
    fn a_role_is_bound_to_the_id_of_its_project() {
        let role = body_of("/v1/auth/gitlab-com/role/gitlab-org_security_omnibus-gitlab");
        assert_eq!(role["bound_claims"], json!({ "project_id": ["2"] }));
        let policy = "gitlab-com-project-gitlab-org_security_omnibus-gitlab";
        assert_eq!(role["token_policies"], json!([policy]));
    }

    #[test]
    fn only_the_security_group_reads_the_build_token() {
        for call in all() {
            let Some(policy) = call.body["policy"].as_str() else {
                continue;
            };
            let reads = policy.contains("_group_access_tokens/build-token");
            assert_eq!(
                reads,
                call.path.contains("gitlab-org_security_"),
                "{}",
                call.path
            );
        }
    }

    #[test]
    fn what_is_there_already_is_fine_and_a_refusal_is_not() {
        let taken =
            || Response::new(400).with_body("application/json", "path is already in use at ci/");
        assert!(apply(all(), |_| Ok(taken())).is_ok());
        let refused = apply(all(), |_| Ok(Response::new(403)));
        assert!(
            matches!(refused, Err(LabError::Seed { status: 403, .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_mount_that_is_being_made_is_asked_again() {
        let mut asked = 0;
        let first = all().into_iter().take(1).collect();
        let result = apply(first, |_| {
            asked += 1;
            let text = "Upgrading from non-versioned to versioned data.";
            Ok(match asked {
                1 => Response::new(400).with_body("application/json", text),
                _ => Response::new(204),
            })
        });
        assert!(result.is_ok());
        assert_eq!(asked, 2);
    }
}
