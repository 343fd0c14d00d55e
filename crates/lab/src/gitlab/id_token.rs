//! The claims of a CI job's ID token, with GitLab's names, types and defaults.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::random;
use super::state::{Project, State};
use crate::git::{DEFAULT_BRANCH, first_commit};

/// GitLab signs tokens that are good some seconds earlier, so that clocks may differ.
const EARLIER: i64 = 5;

/// The time limit, in seconds, that a job has when nobody sets one; its ID token lives as long.
const JOB_TIMEOUT: i64 = 3600;

/// For which job an ID token is to be minted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mint {
    /// The project's full path.
    pub project: String,
    /// The branch; the project's default branch if not given.
    #[serde(rename = "ref", default)]
    pub ref_name: Option<String>,
    /// For whom the token is; the lab's Vault if not given.
    #[serde(rename = "aud", default)]
    pub audience: Option<String>,
    /// Claims that replace, or come on top of, those of an ordinary job.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Claims that are to be missing.
    #[serde(default)]
    pub without: Vec<String>,
}

/// Where a token comes from, and for whom it is when nobody says.
pub(super) struct Issuer<'a> {
    /// GitLab's URL.
    pub url: &'a str,
    /// The default audience.
    pub audience: &'a str,
    /// The number of this job, which is also the pipeline's.
    pub job: u64,
}

/// The claims of a job of `project`.
pub(super) fn claims(
    state: &State,
    project: &Project,
    mint: &Mint,
    issuer: &Issuer<'_>,
    now: Timestamp,
) -> Value {
    let ref_name = mint.ref_name.as_deref().unwrap_or(DEFAULT_BRANCH);
    let protected = ref_name == DEFAULT_BRANCH;
    let group = state.groups.get(&project.group);
    let (group_id, group_path) = group.map_or((0, ""), |group| (group.id, group.path.as_str()));
    let sha = first_commit(&project.path);
    let host = issuer
        .url
        .split_once("://")
        .map_or(issuer.url, |(_, host)| host);
    let config = format!(
        "{host}/{}//.gitlab-ci.yml@refs/heads/{ref_name}",
        project.path
    );
    let issued_at = now.as_second();
    let ordinary = json!({
        "namespace_id": group_id.to_string(),
        "namespace_path": group_path,
        "project_id": project.id.to_string(),
        "project_path": project.path,
        "user_id": "2",
        "user_login": "lab-developer",
        "user_email": "lab-developer@example.com",
        "user_access_level": "developer",
        "job_project_id": project.id.to_string(),
        "job_project_path": project.path,
        "job_namespace_id": group_id.to_string(),
        "job_namespace_path": group_path,
        "pipeline_id": issuer.job.to_string(),
        "pipeline_source": "push",
        "job_id": issuer.job.to_string(),
        "ref": ref_name,
        "ref_type": "branch",
        "ref_path": format!("refs/heads/{ref_name}"),
        "ref_protected": protected.to_string(),
        "runner_id": 1,
        "runner_environment": "self-hosted",
        "sha": sha,
        "project_visibility": project.visibility.name(),
        "ci_config_ref_uri": config,
        "ci_config_sha": sha,
        "jti": random::uuid(),
        "iss": issuer.url,
        "iat": issued_at,
        "nbf": issued_at - EARLIER,
        "exp": issued_at + JOB_TIMEOUT,
        "sub": format!("project_path:{}:ref_type:branch:ref:{ref_name}", project.path),
        "aud": mint.audience.as_deref().unwrap_or(issuer.audience),
    });
    match ordinary {
        Value::Object(mut claims) => {
            claims.extend(mint.claims.clone());
            claims.retain(|name, _| !mint.without.contains(name));
            Value::Object(claims)
        }
        other => other,
    }
}
