//! Git over HTTP: the gate (whoever keeps the projects) decides, the real git serves.

mod backend;
mod repositories;

use std::net::IpAddr;
use std::path::PathBuf;

use backend::{Backend, Invocation};
use repositories::Repositories;

use crate::log::basic;
use crate::server::{self, Request, Response};
use crate::wire;

pub(crate) use repositories::{DEFAULT_BRANCH, first_commit};

/// What a client wants to do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Clone, fetch, list: `git-upload-pack`.
    Download,
    /// Push: `git-receive-pack`.
    Push,
}

impl Service {
    fn named(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::Download),
            "git-receive-pack" => Some(Self::Push),
            _ => None,
        }
    }
}

/// A request, before anybody decided about it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The project's path as the URL has it, without `.git`.
    pub project: String,
    /// What it wants.
    pub service: Service,
    /// User and password of basic authentication.
    pub credentials: Option<(String, String)>,
    /// Where it comes from.
    pub remote: IpAddr,
}

/// The gate's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// The project's id, which names the repository.
    pub project_id: u64,
    /// The project's path as its owner writes it.
    pub path: String,
}

/// Says yes, or no in GitLab's words.
pub(crate) type Gate = Box<dyn Fn(&Attempt) -> Result<Admitted, wire::Response> + Send + Sync>;

/// The git server of one lab.
pub(crate) struct Git {
    repositories: Repositories,
    backend: Backend,
    gate: Gate,
}

/// A path that belongs to git, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Target<'a> {
    /// The project's path, without `.git`.
    project: &'a str,
    /// Whether the URL had `.git`.
    suffixed: bool,
    /// What follows: `info/refs` or a service's name.
    rest: &'a str,
}

impl<'a> Target<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let rests = ["info/refs", "git-upload-pack", "git-receive-pack"];
        let (repository, rest) = rests.into_iter().find_map(|rest| {
            let repository = path.strip_suffix(rest)?.strip_suffix('/')?;
            Some((repository.strip_prefix('/')?, rest))
        })?;
        let (project, suffixed) = match repository.strip_suffix(".git") {
            Some(project) => (project, true),
            None => (repository, false),
        };
        project.contains('/').then_some(Self {
            project,
            suffixed,
            rest,
        })
    }
}

impl Git {
    /// A server whose repositories appear under `root` when they are first asked for.
    pub fn new(root: PathBuf, gate: Gate) -> Self {
        Self {
            repositories: Repositories::new(root),
            backend: Backend::default(),
            gate,
        }
    }

    /// Whether a path is git's and not the web's.
    pub fn owns(path: &str) -> bool {
        Target::parse(path).is_some()
    }

    /// Answers one request to a path that it owns.
    pub async fn answer(&self, request: Request, remote: IpAddr) -> Response {
        match self.admit(&request, remote) {
            Err(refusal) => server::write(refusal),
            Ok(path) => {
                let invocation = Invocation {
                    root: self.repositories.root(),
                    path,
                };
                match self.backend.serve(request, invocation).await {
                    Ok(response) => response,
                    Err(error) => server::write(no_git(&error)),
                }
            }
        }
    }

    /// The path for the backend, or the refusal.
    fn admit(&self, request: &Request, remote: IpAddr) -> Result<String, wire::Response> {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let not_found = || wire::Response::new(404).with_body("text/plain", "Not Found\n");
        let target = Target::parse(path).ok_or_else(not_found)?;
        // The old protocol of plain files, which asks for no service, is not served.
        let asked = match target.rest {
            "info/refs" => query
                .split('&')
                .find_map(|pair| pair.strip_prefix("service=")),
            rest => Some(rest),
        };
        let service = asked.and_then(Service::named).ok_or_else(not_found)?;
        if request.method() == hyper::Method::HEAD {
            return Err(wire::Response::new(403));
        }
        if !target.suffixed {
            let location = format!("/{}.git/{}?{query}", target.project, target.rest);
            return Err(wire::Response::new(301).with_header("Location", location));
        }
        let credentials = request
            .headers()
            .get(hyper::header::AUTHORIZATION)
            .and_then(|value| basic(value.to_str().ok()?));
        let project = target.project.to_owned();
        let admitted = (self.gate)(&Attempt {
            project,
            service,
            credentials,
            remote,
        })?;
        let repository = self
            .repositories
            .open(admitted.project_id, &admitted.path)
            .map_err(|error| no_git(&error))?;
        Ok(format!("/{repository}/{}", target.rest))
    }
}

/// What GitLab says when its git storage does not answer, with the reason at the end.
fn no_git(error: &std::io::Error) -> wire::Response {
    let text = format!("The lab cannot run git http-backend: {error}\n");
    wire::Response::new(503).with_body("text/plain", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_git_are_told_from_others() {
        let parsed = Target::parse("/a/b/c.git/info/refs").unwrap();
        assert_eq!(
            parsed,
            Target {
                project: "a/b/c",
                suffixed: true,
                rest: "info/refs"
            }
        );
        let parsed = Target::parse("/a/b/git-upload-pack").unwrap();
        assert_eq!(
            parsed,
            Target {
                project: "a/b",
                suffixed: false,
                rest: "git-upload-pack"
            }
        );
        for path in [
            "/a/b.git",
            "/info/refs",
            "/a.git/info/refs",
            "/a/binfo/refs",
            "",
            "/",
        ] {
            assert_eq!(Target::parse(path), None, "{path}");
        }
    }
}
