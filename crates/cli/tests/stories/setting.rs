//! What the stories need beside a world and a job: the platform team's hand at Vault and GitLab, and a
//! snapshot without what changes from run to run.

use build_token_http::Method;
use serde_json::{Value, json};

use crate::support::job::request;
use crate::support::{AUDIENCE, Job, Ran, SECRET, SECURITY, World};

/// The secret of the reference deployment below its mount.
pub const SECRET_PATH: &str =
    "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token";

/// The role that [`World::role`] writes.
pub const ROLE: &str = "story";

impl World {
    /// A job of the security project that logs in with [`ROLE`].
    pub fn job_with_role(&self) -> Job {
        let mut job = self.job(SECURITY);
        job.env("VAULT_AUTH_ROLE", ROLE);
        job
    }

    /// Writes [`ROLE`]: the security project's role, which may also read whatever lies below `stories/`
    /// in the mount `ci` and everything in the mounts `old` and `nowhere`, with these changes.
    pub fn role(&self, changes: Value) {
        let readable = |path: &str| format!("path \"{path}\" {{ capabilities = [\"read\"] }}\n");
        let policy: String = ["ci/data/stories/*", "old/data/*", "nowhere/data/*"]
            .into_iter()
            .map(readable)
            .collect();
        self.done(
            Method::Post,
            "sys/policies/acl/story",
            json!({ "policy": policy }),
        );
        let mut role = json!({
            "role_type": "jwt",
            "user_claim": "project_id",
            "bound_audiences": [AUDIENCE],
            "bound_claims": { "project_id": ["2"] },
            "token_policies": ["gitlab-com-project-gitlab-org_security_omnibus-gitlab", "story"],
            "token_ttl": "15m",
        });
        for (key, value) in changes.as_object().into_iter().flatten() {
            role[key] = value.clone();
        }
        role.as_object_mut()
            .expect("an object")
            .retain(|_, value| !value.is_null());
        // Writing a role again keeps what is not written.
        self.done(
            Method::Delete,
            &format!("auth/gitlab-com/role/{ROLE}"),
            Value::Null,
        );
        self.done(Method::Post, &format!("auth/gitlab-com/role/{ROLE}"), role);
    }

    /// Stores `data` at `stories/NAME` in the mount `ci`; returns the reference of the field `token`.
    pub fn store(&self, name: &str, data: Value) -> String {
        self.done(
            Method::Post,
            &format!("ci/data/stories/{name}"),
            json!({ "data": data }),
        );
        format!("stories/{name}/token@ci")
    }

    /// An administrator's request to Vault that has to succeed.
    pub fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.vault(method, path, body);
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// How many sessions there are at Vault, the administrator's included.
    pub fn sessions(&self) -> usize {
        let answer = self.done(Method::Get, "auth/token/accessors?list=true", Value::Null);
        answer["data"]["keys"]
            .as_array()
            .expect("a list of accessors")
            .len()
    }

    /// An administrator's request to GitLab that has to succeed.
    pub fn gitlab(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v4/{path}", self.lab.gitlab_url());
        let token = self.lab.admin_token().expose();
        let (status, answer) = request(
            method,
            &url,
            &[("PRIVATE-TOKEN", token)],
            Some(&body),
            self.lab.ca_cert(),
        );
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Kills the build token at GitLab, as the platform team does at a rotation's end.
    pub fn kill_build_token(&self) {
        let tokens = self.gitlab(
            Method::Get,
            "groups/gitlab-org%2Fsecurity/access_tokens?state=active",
            Value::Null,
        );
        for token in tokens.as_array().expect("a list of tokens") {
            let path = format!("groups/gitlab-org%2Fsecurity/access_tokens/{}", token["id"]);
            self.gitlab(Method::Delete, &path, Value::Null);
        }
    }

    /// Makes a new build token and stores it in the old one's place.
    pub fn renew_build_token(&self) -> String {
        let order = json!({
            "name": "build-token", "scopes": ["read_repository"], "access_level": 30, "expires_at": "2027-01-31",
        });
        let made = self.gitlab(
            Method::Post,
            "groups/gitlab-org%2Fsecurity/access_tokens",
            order,
        );
        let token = made["token"].as_str().expect("a token").to_owned();
        self.done(
            Method::Post,
            &format!("ci/data/{SECRET_PATH}"),
            json!({ "data": { "token": token } }),
        );
        token
    }

    /// Writes the custom metadata of the build token's secret.
    pub fn metadata(&self, custom: Value) {
        self.done(
            Method::Post,
            &format!("ci/metadata/{SECRET_PATH}"),
            json!({ "custom_metadata": custom }),
        );
    }

    /// A file with the grants A, B and C for one secret.
    pub fn three_grants(&self) -> String {
        let grant =
            |name| format!("  {name}: {{ secret: \"{SECRET}\", when: \"$CI == 'true'\" }}\n");
        format!("tokens:\n{}", ["A", "B", "C"].map(grant).concat())
    }
}

/// Everything that a job wrote, for a snapshot: ports, paths, times and ids by name, and these too.
pub fn told(ran: &Ran, world: &World, names: &[(&str, &str)]) -> String {
    let mut text = ran.snapshot(world);
    for (value, name) in names {
        text = text.replace(value, name);
    }
    without_changes(&text)
}

/// Without the ids of requests, and times.
pub fn without_changes(text: &str) -> String {
    text.split_inclusive('\n')
        .map(without_id)
        .map(|line| without_times(&line))
        .collect()
}

fn without_id(line: &str) -> String {
    match line.split_once("request id: ") {
        Some((before, _)) => format!("{before}request id: <id>\n"),
        None => line.to_owned(),
    }
}

/// `2026-11-23T05:00:00Z`, with or without fractions of a second, becomes `<time>`.
fn without_times(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if rest
            .get(..19)
            .is_some_and(|start| looks_like("0000-00-00T00:00:00", start))
        {
            text.push_str("<time>");
            rest = rest[19..]
                .trim_start_matches(['.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
            rest = rest.trim_start_matches('Z');
        } else {
            text.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    text
}

fn looks_like(pattern: &str, text: &str) -> bool {
    text.len() == pattern.len()
        && pattern
            .bytes()
            .zip(text.bytes())
            .all(|(pattern, byte)| match pattern {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
}
