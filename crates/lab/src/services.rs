//! The two listeners' services: which server a request is for, and the line in the log.

use std::net::IpAddr;

use serde_json::json;

use crate::admin::Admin;
use crate::git::Git;
use crate::gitlab::GitLab;
use crate::log::{Credential, LoggedRequest, RequestLog, Server};
use crate::server::{self, Request, Response, Service, TooLong};
use crate::vault::Vault;
use crate::wire;

/// The longest body that Vault reads: 32 MiB.
const VAULT_BODY: usize = 32 << 20;
/// The longest body that GitLab's API reads here: 1 MiB is far more than any call needs.
const GITLAB_BODY: usize = 1 << 20;

/// Vault's listener.
pub(crate) struct VaultService {
    pub vault: Vault,
    pub log: RequestLog,
}

impl Service for VaultService {
    async fn answer(&self, request: Request, remote: IpAddr) -> Response {
        let line = Line::of(&request, Server::Vault);
        let response = match server::read(request, remote, VAULT_BODY).await {
            Err(TooLong) => too_long(&json!({ "errors": ["http: request body too large"] })),
            Ok(request) => {
                let vault = self.vault.clone();
                // A login may wait for the issuer's keys, so it must not hold up the others.
                tokio::task::spawn_blocking(move || vault.handle(request))
                    .await
                    .unwrap_or_else(|_| wire::Response::new(500))
            }
        };
        line.write(&self.log, response.status);
        server::write(response)
    }
}

/// GitLab's listener, which is also git's and the lab's own.
pub(crate) struct GitLabService {
    pub gitlab: GitLab,
    pub git: Git,
    pub admin: Admin,
    pub log: RequestLog,
}

impl Service for GitLabService {
    async fn answer(&self, request: Request, remote: IpAddr) -> Response {
        if Git::owns(request.uri().path()) {
            let line = Line::of(&request, Server::Git);
            let response = self.git.answer(request, remote).await;
            line.write(&self.log, response.status().as_u16());
            return response;
        }
        let line = Line::of(&request, Server::GitLab);
        let response = match server::read(request, remote, GITLAB_BODY).await {
            Err(TooLong) => too_long(&json!({ "error": "Request Entity Too Large" })),
            Ok(request) if Admin::owns(&request.path) => {
                return server::write(self.admin.handle(&request));
            }
            Ok(request) => self.gitlab.handle(&request),
        };
        line.write(&self.log, response.status);
        server::write(response)
    }
}

fn too_long(body: &serde_json::Value) -> wire::Response {
    wire::Response::new(413).with_body("application/json", body.to_string())
}

/// A request for the log, before its answer is known.
struct Line(LoggedRequest);

impl Line {
    fn of(request: &Request, server: Server) -> Self {
        let headers = request.headers().iter();
        Self(LoggedRequest {
            server,
            method: request.method().as_str().to_owned(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            status: 0,
            credential: Credential::of(
                headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
            ),
        })
    }

    /// Writes it before the answer goes out, so that whoever has the answer finds the line.
    fn write(self, log: &RequestLog, status: u16) {
        log.add(LoggedRequest { status, ..self.0 });
    }
}
