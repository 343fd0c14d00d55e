//! The lab itself: listeners, runtime, seed; it stops and tidies up when it is dropped.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use build_token_secret::Secret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::admin::Admin;
use crate::clock::Clock;
use crate::error::LabError;
use crate::git::Git;
use crate::gitlab::{GitLab, Mint};
use crate::log::{LoggedRequest, RequestLog};
use crate::options::{Options, VaultBackend};
use crate::seed::{self, RemoteVault};
use crate::server::serve;
use crate::services::{GitLabService, VaultService};
use crate::tls::Authority;
use crate::vault::{Vault, VaultOptions};
use crate::wire;

/// Requests are handled on this many threads, beside those that wait for Vault.
const WORKERS: usize = 2;

/// How long requests that are being answered may take to end when the lab stops.
const FAREWELL: Duration = Duration::from_millis(100);

/// A running lab. Dropping it stops the servers and removes everything that they stored.
pub struct Lab {
    vault_url: String,
    gitlab_url: String,
    root_token: String,
    admin_token: Secret,
    build_token: Secret,
    ca_cert: Option<PathBuf>,
    vault: Option<Vault>,
    gitlab: GitLab,
    clock: Clock,
    log: RequestLog,
    /// Before the files, so that the servers are gone when their files go.
    _servers: Servers,
    _files: TempDir,
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

        let (vault, vault_listener, vault_url, root_token) = match options.vault {
            VaultBackend::Embedded => {
                let root_token = options.root_token;
                let vault_options = VaultOptions {
                    root_token: root_token.clone(),
                };
                let vault = Vault::new(vault_options, clock.clone());
                let (listener, address) = listen(options.vault_listen)?;
                let url = format!("{scheme}://{address}");
                (Some(vault), Some(listener), url, root_token)
            }
            VaultBackend::Real { url, root_token } => {
                (None, None, url.trim_end_matches('/').to_owned(), root_token)
            }
        };
        let (gitlab_listener, gitlab_address) = listen(options.gitlab_listen)?;
        let gitlab_url = format!("{scheme}://{gitlab_address}");

        let now = clock.now();
        let (state, calls) = if options.empty {
            (seed::administrator(now), Vec::new())
        } else {
            let (state, token) = seed::reference(now);
            let calls = seed::calls(&seed::Deployment {
                gitlab_url: &gitlab_url,
                gitlab_ca: authority.as_ref().map(|it| it.certificate_pem.as_str()),
                vault_url: &vault_url,
                state: &state,
                token: &token,
            });
            (state, calls)
        };
        let gitlab = GitLab::new(gitlab_url.clone(), vault_url.clone(), clock.clone(), state)?;
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
        let vault_service = vault.clone().map(|vault| VaultService {
            vault,
            log: log.clone(),
        });

        let tls = authority
            .as_ref()
            .map(|authority| authority.acceptor.clone());
        let servers = Servers::start(
            vault_listener.zip(vault_service),
            (gitlab_listener, gitlab_service),
            tls,
        )?;
        match &vault {
            Some(vault) => seed::apply(calls, |call| Ok(embedded(vault, &root_token, call)))?,
            None => {
                let remote = RemoteVault::new(&vault_url, &root_token);
                seed::apply(calls, |call| remote.send(call))?;
            }
        }
        // Vault has just fetched GitLab's keys; nobody who reads the log asked for that.
        log.clear();
        Ok(Self {
            vault_url,
            gitlab_url,
            root_token,
            admin_token: Secret::new(seed::ADMIN_TOKEN),
            build_token: Secret::new(seed::BUILD_TOKEN),
            ca_cert: authority
                .map(|authority| write_ca(files.path(), &authority.certificate_pem))
                .transpose()?,
            vault,
            gitlab,
            clock,
            log,
            _servers: servers,
            _files: files,
        })
    }

    /// Vault's URL, without a slash at the end.
    pub fn vault_url(&self) -> &str {
        &self.vault_url
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
        &self.root_token
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
                "url": self.vault_url,
                "root_token": self.root_token,
                "ca_cert": self.ca_cert,
                "unseal_keys": [],
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

    /// The embedded Vault; none if a real one is in its place.
    pub fn vault(&self) -> Option<&Vault> {
        self.vault.as_ref()
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

/// Makes a call of the seed on the embedded Vault, beside its listener and the log.
fn embedded(vault: &Vault, root_token: &str, call: &seed::Call) -> wire::Response {
    vault.handle(wire::Request {
        method: "POST".to_owned(),
        path: call.path.clone(),
        query: String::new(),
        headers: vec![
            ("X-Vault-Token".to_owned(), root_token.to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ],
        body: call.body.to_string().into_bytes(),
        remote: std::net::Ipv4Addr::LOCALHOST.into(),
    })
}

fn write_ca(directory: &Path, pem: &str) -> Result<PathBuf, LabError> {
    let path = directory.join("ca.pem");
    std::fs::write(&path, pem)?;
    Ok(path)
}

/// The listeners, on a runtime in a thread of its own, so that a lab can be started and dropped
/// anywhere.
struct Servers {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Servers {
    fn start(
        vault: Option<(TcpListener, VaultService)>,
        gitlab: (TcpListener, GitLabService),
        tls: Option<TlsAcceptor>,
    ) -> Result<Self, LabError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("lab")
            .enable_all()
            .build()?;
        {
            let _inside = runtime.enter();
            if let Some((listener, service)) = vault {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                runtime.spawn(serve(listener, tls.clone(), Arc::new(service)));
            }
            let (listener, service) = gitlab;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            runtime.spawn(serve(listener, tls, Arc::new(service)));
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("lab-runtime".to_owned())
            .spawn(move || wait(runtime, stopped))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

fn wait(runtime: Runtime, stopped: oneshot::Receiver<()>) {
    // Told to stop, or forgotten: both end here.
    let _ = runtime.block_on(stopped);
    runtime.shutdown_timeout(FAREWELL);
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread that would hear it is gone only if it has stopped already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of a server has been reported by its own thread.
            let _ = thread.join();
        }
    }
}
