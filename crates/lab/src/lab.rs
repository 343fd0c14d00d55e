//! The lab itself: listeners, runtime, seed; it stops and tidies up when it is dropped.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use build_token_secret::Secret;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::admin::Admin;
use crate::backend::Backend;
use crate::clock::Clock;
use crate::error::LabError;
use crate::git::Git;
use crate::gitlab::{GitLab, Mint};
use crate::log::{LoggedRequest, RequestLog};
use crate::options::{Options, VaultBackend};
use crate::seed;
use crate::servers::Servers;
use crate::services::{GitLabService, VaultService};
use crate::tls::Authority;
use crate::vault::Vault;

/// A running lab. Dropping it stops the servers and removes everything that they stored.
pub struct Lab {
    vault: Backend,
    gitlab_url: String,
    admin_token: Secret,
    build_token: Secret,
    ca_cert: Option<PathBuf>,
    gitlab: GitLab,
    clock: Clock,
    log: RequestLog,
    /// Before the files, so that the servers are gone when their files go.
    _servers: Servers,
    files: TempDir,
}

impl Lab {
    /// Starts the servers and seeds them. When it returns, they answer.
    pub fn start(options: Options) -> Result<Self, LabError> {
        let files = tempfile::Builder::new()
            .prefix("build-token-lab-")
            .tempdir()?;
        let clock = Clock::default();
        let log = RequestLog::default();
        let authority = options.tls.then(Authority::new).transpose()?;
        let scheme = if options.tls { "https" } else { "http" };

        let (vault_listener, vault) = match options.vault {
            VaultBackend::Real { url, root_token } => (None, Backend::real(&url, root_token)),
            VaultBackend::Embedded => {
                let (listener, address) = listen(options.vault_listen)?;
                let url = format!("{scheme}://{address}");
                (
                    Some(listener),
                    Backend::embedded(url, options.root_token, clock.clone()),
                )
            }
        };
        let (gitlab_listener, gitlab_address) = listen(options.gitlab_listen)?;
        let gitlab_url = format!("{scheme}://{gitlab_address}");

        let (state, calls) = if options.empty {
            (seed::administrator(clock.now()), Vec::new())
        } else {
            let (state, token) = seed::reference(clock.now());
            let calls = seed::calls(&seed::Deployment {
                gitlab_url: &gitlab_url,
                gitlab_ca: authority.as_ref().map(|it| it.certificate_pem.as_str()),
                vault_url: &vault.url,
                state: &state,
                token: &token,
            });
            (state, calls)
        };
        let gitlab = GitLab::new(gitlab_url.clone(), vault.url.clone(), clock.clone(), state)?;
        let gate = gitlab.clone();
        let gitlab_service = GitLabService {
            gitlab: gitlab.clone(),
            git: Git::new(
                files.path().to_owned(),
                Box::new(move |attempt| gate.admit(attempt)),
            ),
            admin: Admin {
                gitlab: gitlab.clone(),
                clock: clock.clone(),
                log: log.clone(),
            },
            log: log.clone(),
        };
        let vault_service = vault.vault().map(|vault| VaultService {
            vault: vault.clone(),
            log: log.clone(),
        });
        let servers = Servers::start(
            vault_listener.zip(vault_service),
            (gitlab_listener, gitlab_service),
            authority
                .as_ref()
                .map(|authority| authority.acceptor.clone()),
        )?;
        // Vault fetches GitLab's keys meanwhile, so this is only possible now.
        seed::apply(calls, |call| vault.send(call))?;
        log.clear();
        Ok(Self {
            vault,
            gitlab_url,
            admin_token: Secret::new(seed::ADMIN_TOKEN),
            build_token: Secret::new(seed::BUILD_TOKEN),
            ca_cert: authority
                .map(|authority| write_ca(files.path(), &authority.certificate_pem))
                .transpose()?,
            gitlab,
            clock,
            log,
            _servers: servers,
            files,
        })
    }

    /// Vault's URL, without a slash at the end.
    pub fn vault_url(&self) -> &str {
        &self.vault.url
    }

    /// GitLab's URL, without a slash at the end.
    pub fn gitlab_url(&self) -> &str {
        &self.gitlab_url
    }

    /// What stands in the `iss` claim of the lab's ID tokens.
    pub fn issuer(&self) -> &str {
        &self.gitlab_url
    }

    /// Vault's root token.
    pub fn root_token(&self) -> &str {
        &self.vault.root_token
    }

    /// A token that may do everything in GitLab's API.
    pub fn admin_token(&self) -> &Secret {
        &self.admin_token
    }

    /// The value of the seeded build token. In an empty lab GitLab does not know it.
    pub fn build_token(&self) -> &Secret {
        &self.build_token
    }

    /// The PEM file of the authority that the servers' certificates come from, with TLS.
    pub fn ca_cert(&self) -> Option<&Path> {
        self.ca_cert.as_deref()
    }

    /// The line that `lab up` prints when all ports answer.
    pub fn ready(&self) -> Value {
        json!({
            "schema": 1,
            "vault": {
                "url": self.vault.url,
                "root_token": self.vault.root_token,
                "ca_cert": self.ca_cert,
                "unseal_keys": self.vault().map(Vault::unseal_key).into_iter().collect::<Vec<_>>(),
            },
            "gitlab": {
                "url": self.gitlab_url,
                "admin_token": self.admin_token.expose(),
                "issuer": self.issuer(),
            },
            "pid": std::process::id(),
        })
    }

    /// Where git finds a project.
    pub fn git_url(&self, project: &str) -> String {
        format!("{}/{project}.git", self.gitlab_url)
    }

    /// Mints a job's ID token.
    pub fn mint(&self, mint: &Mint) -> Result<String, LabError> {
        self.gitlab.mint(mint)
    }

    /// Every request that was answered, oldest first. What seeds Vault is not among them.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.log.all()
    }

    /// Forgets the requests.
    pub fn clear_requests(&self) {
        self.log.clear();
    }

    /// A directory for whoever works with the lab; it goes with it.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scratch_directory(&self) -> Result<PathBuf, LabError> {
        let path = self.files.path().join("scratch");
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// The embedded Vault; none if a real one is in its place.
    pub fn vault(&self) -> Option<&Vault> {
        self.vault.vault()
    }

    /// The clock that all servers of the lab go by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Binds an address of this machine; the second value has the port that was chosen.
fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LabError> {
    if !address.ip().is_loopback() {
        return Err(LabError::NotLoopback { address });
    }
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bind().map_err(|source| LabError::Listen { address, source })
}

fn write_ca(directory: &Path, pem: &str) -> Result<PathBuf, LabError> {
    let path = directory.join("ca.pem");
    std::fs::write(&path, pem)?;
    Ok(path)
}
