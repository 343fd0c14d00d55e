//! The setting of the story tests: a lab (with its own Vault, or with a real OpenBao in its place), a
//! project's directory, and jobs that are run as real processes.
#![allow(dead_code, clippy::print_stderr)]

pub mod job;
#[path = "../../../../tests/openbao/real_server.rs"]
pub mod real_server;
pub mod relay;
pub mod rogue;
pub mod secrets;
pub mod terminal;
pub mod watch;

use std::path::{Path, PathBuf};

use build_token_http::Method;
use build_token_lab::{Lab, LoggedRequest, Mint, Options, Server, VaultBackend};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

pub use job::{Job, Ran};
use real_server::RealServer;

/// The project that may have the build token.
pub const SECURITY: &str = "gitlab-org/security/omnibus-gitlab";
/// The project that may not.
pub const CANONICAL: &str = "gitlab-org/omnibus-gitlab";
/// A fork by somebody else.
pub const FORK: &str = "attacker/omnibus-gitlab";
/// The secret, in GitLab's short form.
pub const SECRET: &str =
    "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci";
/// The audience of the reference deployment, which is not Vault's URL.
pub const AUDIENCE: &str = "https://vault.gitlab.net";

/// A lab with the reference deployment, and a directory for one project.
pub struct World {
    pub lab: Lab,
    pub directory: TempDir,
    real: Option<RealServer>,
}

impl World {
    /// The lab with its own Vault.
    pub fn embedded() -> World {
        World::start(Options::default(), None)
    }

    /// The lab with its own Vault and GitLab over TLS.
    pub fn with_tls() -> World {
        World::start(
            Options {
                tls: true,
                ..Options::default()
            },
            None,
        )
    }

    /// The lab with a real OpenBao or Vault in the place of its own; `None` where there is none.
    pub fn real() -> Option<World> {
        let real = RealServer::start()?;
        let options = Options {
            vault: VaultBackend::Real {
                url: real.url.clone(),
                root_token: real.root_token.clone(),
            },
            ..Options::default()
        };
        Some(World::start(options, Some(real)))
    }

    /// The lab, started otherwise.
    pub fn with(options: Options) -> World {
        World::start(options, None)
    }

    fn start(options: Options, real: Option<RealServer>) -> World {
        World {
            lab: Lab::start(options).expect("the lab starts"),
            directory: tempfile::tempdir().expect("a directory"),
            real,
        }
    }

    /// The project's directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the real git and the built program are.
    pub fn program() -> PathBuf {
        PathBuf::from(env!("CARGO_BIN_EXE_build-token"))
    }

    /// A job of `project` with the variables that GitLab and the reference deployment give it. Its ID
    /// token is fresh; its role is the security project's, whatever the project.
    pub fn job(&self, project: &str) -> Job {
        self.job_in(project, self.path())
    }

    /// The same in a directory of its own.
    pub fn job_in(&self, project: &str, directory: &Path) -> Job {
        let mut job = Job::new(directory);
        job.canary("build token", self.lab.build_token().expose());
        let id_token = self.id_token(project);
        job.canary("ID token", &id_token);
        job.env("CI", "true")
            .env("CI_PROJECT_PATH", project)
            .env("CI_PROJECT_DIR", directory)
            .env("SECURITY_PROJECT_PATH", SECURITY)
            .env("VAULT_SERVER_URL", self.lab.vault_url())
            .env("VAULT_AUTH_PATH", "gitlab-com")
            .env("VAULT_AUTH_ROLE", SECURITY.replace('/', "_"))
            .env("VAULT_ID_TOKEN", id_token)
            .env("BUILD_TOKEN_SECRET", SECRET)
            .env("BUILD_TOKEN_REACH", self.reach());
        if let Some(authority) = self.lab.ca_cert() {
            job.env("VAULT_CACERT", authority)
                .env("GIT_SSL_CAINFO", authority);
        }
        job
    }

    /// A fresh ID token of a job of `project`.
    pub fn id_token(&self, project: &str) -> String {
        self.id_token_with(project, json!({}))
    }

    /// An ID token whose claims are changed: `claims` replace or add, `null` stays `null`.
    pub fn id_token_with(&self, project: &str, claims: Value) -> String {
        let claims: Map<String, Value> = claims.as_object().cloned().unwrap_or_default();
        let mint = Mint {
            project: project.to_owned(),
            ref_name: None,
            audience: Some(AUDIENCE.to_owned()),
            claims,
            without: Vec::new(),
        };
        self.lab.mint(&mint).expect("an ID token")
    }

    /// Where the build token may be sent.
    pub fn reach(&self) -> String {
        format!("{}/gitlab-org/security/", self.lab.gitlab_url())
    }

    /// Writes a file into the project's directory.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a directory");
        }
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// A complete `.build-token.yml` with every pin, as the security project has it.
    pub fn pinned(&self) -> String {
        format!(
            "vault:\n  url: {}\n  auth: {{ path: gitlab-com, role: {} }}\n\
             tokens:\n  SECURITY_PRIVATE_TOKEN:\n    secret: {SECRET}\n    \
             when: $CI_PROJECT_PATH == $SECURITY_PROJECT_PATH\n    reach: [{}]\n",
            self.lab.vault_url(),
            SECURITY.replace('/', "_"),
            self.reach(),
        )
    }

    /// Sends a request to Vault with the root token, as an administrator would; returns the status and
    /// the answer. Works on the embedded and on the real server.
    pub fn vault(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/v1/{path}", self.lab.vault_url());
        job::request(
            method,
            &url,
            &[("X-Vault-Token", self.lab.root_token())],
            Some(&body),
            self.lab.ca_cert(),
        )
    }

    /// The requests that Vault saw, as `POST auth/gitlab-com/login 200`. With a real server only the
    /// lab's own servers have a log, so this is empty there.
    pub fn vault_requests(&self) -> Vec<String> {
        self.requests(Server::Vault)
    }

    /// The requests that GitLab's git saw.
    pub fn git_requests(&self) -> Vec<String> {
        self.requests(Server::Git)
    }

    fn requests(&self, server: Server) -> Vec<String> {
        let line = |request: LoggedRequest| {
            format!(
                "{} {} {}",
                request.method,
                request.path.trim_start_matches("/v1/"),
                request.status
            )
        };
        self.lab
            .requests()
            .into_iter()
            .filter(|request| request.server == server)
            .map(line)
            .collect()
    }

    /// Whether Vault is the lab's own.
    pub fn is_embedded(&self) -> bool {
        self.real.is_none()
    }
}

/// Defines one story as two tests: on the lab, and on a real server in the lab's Vault's place.
#[macro_export]
macro_rules! story {
    ($(#[$attribute:meta])* fn $name:ident($world:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn story($world: &$crate::support::World) $body

            $(#[$attribute])*
            #[test]
            fn lab() {
                insta::allow_duplicates! { story(&$crate::support::World::embedded()) }
            }

            $(#[$attribute])*
            #[test]
            fn real_server() {
                if let Some(world) = $crate::support::World::real() {
                    insta::allow_duplicates! { story(&world) }
                }
            }
        }
    };
}
