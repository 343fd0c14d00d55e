//! All that the server remembers.

use std::{collections::BTreeMap, sync::Arc};

use build_token_vault::rules::{
    fields::Parameters,
    kv,
    login::{AuthConfiguration, RoleDefinition},
    policy::Policy,
    token::{Limits, SYSTEM_TTL, Tokens},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{identity::Identities, jwt::keys::KeySet, policies, random};

/// The server's memory.
pub(super) struct State {
    pub(super) sealed: bool,
    /// By path with a slash at the end; auth mounts begin with `auth/`.
    pub(super) mounts: BTreeMap<String, Mount>,
    pub(super) policies: BTreeMap<String, StoredPolicy>,
    pub(super) tokens: Tokens,
    pub(super) identities: Identities,
}

impl State {
    /// A fresh development server.
    pub(super) fn new(now: Timestamp) -> Self {
        let mut state = Self {
            sealed: false,
            mounts: BTreeMap::new(),
            policies: BTreeMap::new(),
            tokens: Tokens::default(),
            identities: Identities::default(),
        };
        for (path, engine, kind, description) in [
            (
                "sys/",
                Engine::System,
                "system",
                "system endpoints used for control, policy and debugging",
            ),
            ("identity/", Engine::Other, "identity", "identity store"),
            (
                "cubbyhole/",
                Engine::Other,
                "cubbyhole",
                "per-token private secret storage",
            ),
            (
                "auth/token/",
                Engine::Token,
                "token",
                "token based credentials",
            ),
        ] {
            let mount = Mount {
                description: description.to_owned(),
                ..Mount::new(path, kind, engine)
            };
            state.mounts.insert(path.to_owned(), mount);
        }
        let mut secret = Mount::new("secret/", "kv", Engine::Versioned(kv::Engine::default()));
        secret.description = "key/value secret storage".to_owned();
        secret.options = Some(BTreeMap::from([("version".to_owned(), "2".to_owned())]));
        state.mounts.insert("secret/".to_owned(), secret);
        let default = policies::default(now);
        state.policies.insert("default".to_owned(), default);
        state
    }

    /// The mount that a path belongs to, and the rest of the path.
    pub(super) fn mount_of<'p>(&self, path: &'p str) -> Option<(&Mount, &'p str)> {
        let mut end = path.len();
        loop {
            if let Some(mount) = self.mounts.get(&path[..end]) {
                return Some((mount, &path[end..]));
            }
            end = match path[..end].trim_end_matches('/').rfind('/') {
                Some(slash) if slash + 1 < end => slash + 1,
                _ => break,
            };
        }
        // A mount's own path is also found without its slash.
        self.mounts
            .get(&format!("{path}/"))
            .map(|mount| (mount, ""))
    }
}

/// A secret engine or an auth method at its path.
pub(super) struct Mount {
    pub(super) path: String,
    pub(super) kind: &'static str,
    pub(super) accessor: String,
    pub(super) uuid: String,
    pub(super) description: String,
    /// What was asked for; nothing and empty differ in answers.
    pub(super) options: Option<BTreeMap<String, String>>,
    /// The times that were asked for; 0 is the system's.
    pub(super) default_ttl: i64,
    pub(super) max_ttl: i64,
    pub(super) token_type: &'static str,
    pub(super) local: bool,
    pub(super) seal_wrap: bool,
    pub(super) engine: Engine,
}

/// What is behind a mount.
pub(super) enum Engine {
    Plain(BTreeMap<String, Parameters>),
    Versioned(kv::Engine),
    Jwt(JwtMount),
    Token,
    System,
    /// There, but with nothing behind it that a build token needs.
    Other,
}

/// A JWT auth mount's memory.
#[derive(Default)]
pub(super) struct JwtMount {
    pub(super) configuration: Option<Arc<AuthConfiguration>>,
    /// What the configuration was made of, to be shown again.
    pub(super) shown: Parameters,
    pub(super) keys: Option<Arc<KeySet>>,
    pub(super) roles: BTreeMap<String, Arc<RoleDefinition>>,
}

impl Mount {
    pub(super) fn new(path: &str, kind: &'static str, engine: Engine) -> Self {
        let prefix = if path.starts_with("auth/") {
            "auth_"
        } else {
            ""
        };
        Self {
            path: path.to_owned(),
            kind,
            accessor: format!("{prefix}{kind}_{}", random::short_hex()),
            uuid: random::uuid(),
            description: String::new(),
            options: None,
            default_ttl: 0,
            max_ttl: 0,
            token_type: "default-service",
            local: kind == "cubbyhole",
            seal_wrap: kind == "system",
            engine,
        }
    }

    /// Whether it is an auth method.
    pub(super) fn is_auth(&self) -> bool {
        self.path.starts_with("auth/")
    }

    /// The path inside its table: auth methods without `auth/`.
    pub(super) fn name(&self) -> &str {
        self.path.strip_prefix("auth/").unwrap_or(&self.path)
    }

    /// The times of tokens and leases that it gives out.
    pub(super) fn limits(&self) -> Limits {
        let max_ttl = if self.max_ttl > 0 {
            self.max_ttl
        } else {
            SYSTEM_TTL
        };
        let default_ttl = if self.default_ttl > 0 {
            self.default_ttl
        } else {
            SYSTEM_TTL
        };
        Limits {
            default_ttl: default_ttl.min(max_ttl),
            max_ttl,
        }
    }

    /// The description that lists of mounts show.
    pub(super) fn shown(&self) -> Value {
        let mut config = json!({
            "default_lease_ttl": self.default_ttl,
            "force_no_cache": false,
            "max_lease_ttl": self.max_ttl,
        });
        match self.kind {
            "system" => config["passthrough_request_headers"] = json!(["Accept"]),
            "identity" => config["passthrough_request_headers"] = json!(["Authorization"]),
            _ => {}
        }
        if self.is_auth() {
            config["token_type"] = self.token_type.into();
        }
        let mut shown = json!({
            "accessor": self.accessor,
            "config": config,
            "description": self.description,
            "external_entropy_access": false,
            "local": self.local,
            "options": self.options,
            "plugin_version": "",
            "running_plugin_version": format!("v{}+builtin.bao", super::VERSION),
            "running_sha256": "",
            "seal_wrap": self.seal_wrap,
            "type": self.kind,
            "uuid": self.uuid,
        });
        if matches!(self.kind, "kv" | "jwt") {
            shown["deprecation_status"] = "supported".into();
        }
        shown
    }
}

/// A policy with its text.
pub(super) struct StoredPolicy {
    pub(super) policy: Arc<Policy>,
    pub(super) text: String,
    pub(super) version: u64,
    pub(super) cas_required: bool,
    pub(super) modified: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
}
