//! Which GitLab a repository belongs to: from a repository's URL to the API's, and to the project's
//! path.
//!
//! A GitLab may live below a path of its host (`relative_url_root`). Nothing in a repository's URL
//! tells, so the job's own variables are asked, and believed for their own host only.

use build_token_http::{Url, UrlError};

const API: &str = "/api/v4";

/// What the CI variables say about the GitLab that runs the job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CiServer<'a> {
    /// `CI_SERVER_URL`: `https://gitlab.example.com/optional/root`.
    pub server_url: Option<&'a str>,
    /// `CI_API_V4_URL`: the same with `/api/v4`.
    pub api_v4_url: Option<&'a str>,
}

/// One GitLab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    origin: Url,
    /// The path below which everything is: empty, or with a leading and without a trailing slash.
    root: String,
}

/// A URL that belongs to no GitLab that could be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a GitLab's URL: {0}")]
pub struct InstanceError(#[from] pub UrlError);

impl Instance {
    /// The GitLab at this web address, as in `CI_SERVER_URL`.
    ///
    /// # Errors
    /// [`InstanceError`] when it is no http(s) URL, has a credential, or is plain http elsewhere
    /// than on loopback.
    pub fn at(server_url: &str) -> Result<Instance, InstanceError> {
        let origin = Url::parse(server_url)?;
        let root = path(&origin).trim_end_matches('/').to_owned();
        Ok(Instance { origin, root })
    }

    /// The GitLab that a repository's URL belongs to. The CI variables count where they name the
    /// same scheme, host and port and the repository lies below their path.
    ///
    /// # Errors
    /// [`InstanceError`] for the repository's URL; variables that are no URLs are ignored.
    pub fn of_repository(repository: &str, ci: CiServer<'_>) -> Result<Instance, InstanceError> {
        let origin = Url::parse(repository)?;
        let from_api = ci
            .api_v4_url
            .and_then(|url| url.trim_end_matches('/').strip_suffix(API));
        let named = [from_api, ci.server_url]
            .into_iter()
            .flatten()
            .filter_map(|url| Instance::at(url).ok())
            .find(|instance| {
                instance.origin.origin() == origin.origin()
                    && below(path(&origin), &instance.root).is_some()
            });
        let root = named.map(|instance| instance.root).unwrap_or_default();
        Ok(Instance { origin, root })
    }

    /// The URL of an API call. `call` begins with a slash and is percent-encoded.
    pub(crate) fn api(&self, call: &str) -> Result<Url, UrlError> {
        self.origin
            .with_target(&format!("{}{API}{call}", self.root))
    }

    /// The base of the API, for messages: `https://gitlab.example.com/api/v4`.
    #[must_use]
    pub fn api_base(&self) -> String {
        format!("{}{}{API}", self.origin.origin(), self.root)
    }

    /// The path of the project that a repository's URL belongs to, without `.git`; nothing when the
    /// URL is another instance's.
    #[must_use]
    pub fn project_path(&self, repository: &str) -> Option<String> {
        let url = Url::parse(repository).ok()?;
        if url.origin() != self.origin.origin() {
            return None;
        }
        let project = below(path(&url), &self.root)?.trim_matches('/');
        let project = project.strip_suffix(".git").unwrap_or(project);
        (!project.is_empty()).then(|| project.to_owned())
    }
}

/// The URL's path without its query.
fn path(url: &Url) -> &str {
    let target = url.target();
    &target[..target.find('?').unwrap_or(target.len())]
}

/// What of `path` is left below `root`, by whole segments.
fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    path.strip_prefix(root).filter(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPOSITORY: &str = "https://gitlab.example.com/group/sub/project.git";

    fn api(repository: &str, server_url: Option<&str>, api_v4_url: Option<&str>) -> String {
        let ci = CiServer {
            server_url,
            api_v4_url,
        };
        Instance::of_repository(repository, ci).unwrap().api_base()
    }

    #[test]
    fn the_repositorys_host_is_the_instance() {
        let plain = "https://gitlab.example.com/api/v4";
        assert_eq!(api(REPOSITORY, None, None), plain);
        assert_eq!(
            api("https://gitlab.example.com:8443/a/b", None, None),
            "https://gitlab.example.com:8443/api/v4"
        );
        assert_eq!(
            api("http://127.0.0.1:8080/a/b.git", None, None),
            "http://127.0.0.1:8080/api/v4"
        );
    }

    #[test]
    fn a_root_below_the_host_is_taken_from_the_ci_variables_of_that_host() {
        let repository = "https://example.com/gitlab/group/project.git";
        let rooted = "https://example.com/gitlab/api/v4";
        for (server_url, api_v4_url) in [
            (Some("https://example.com/gitlab"), None),
            (Some("https://example.com/gitlab/"), None),
            (Some("https://EXAMPLE.com:443/gitlab"), None),
            (None, Some("https://example.com/gitlab/api/v4")),
            (
                Some("https://example.com/gitlab"),
                Some("https://example.com/gitlab/api/v4/"),
            ),
        ] {
            assert_eq!(api(repository, server_url, api_v4_url), rooted);
        }
    }

    #[test]
    fn variables_of_another_server_or_path_do_not_count() {
        let plain = "https://gitlab.example.com/api/v4";
        for (server_url, api_v4_url) in [
            (Some("https://other.example.com/gitlab"), None),
            (Some("http://gitlab.example.com/group"), None),
            (Some("https://gitlab.example.com:8443/group"), None),
            (Some("https://gitlab.example.com/gro"), None),
            (Some("https://u:p@gitlab.example.com/group"), None),
            (Some("not a url"), Some("neither")),
            (None, Some("https://gitlab.example.com/group")),
        ] {
            assert_eq!(api(REPOSITORY, server_url, api_v4_url), plain);
        }
    }

    #[test]
    fn the_projects_path_is_what_stands_below_the_root() {
        let instance = Instance::at("https://example.com/gitlab/").unwrap();
        for (repository, project) in [
            (
                "https://example.com/gitlab/group/project.git",
                Some("group/project"),
            ),
            (
                "https://example.com/gitlab/group/project/",
                Some("group/project"),
            ),
            ("https://example.com/gitlabx/group/project", None),
            ("https://example.com/gitlab/", None),
            ("https://elsewhere.example.com/gitlab/group/project", None),
            ("git@example.com:group/project.git", None),
        ] {
            assert_eq!(instance.project_path(repository).as_deref(), project);
        }
    }

    #[test]
    fn what_is_no_url_to_send_a_token_to_is_refused() {
        for (repository, error) in [
            ("git@gitlab.example.com:a/b.git", UrlError::NoScheme),
            ("https://u:p@gitlab.example.com/a", UrlError::Credentials),
            (
                "http://gitlab.example.com/a",
                UrlError::PlainHttp {
                    host: "gitlab.example.com".into(),
                },
            ),
        ] {
            assert_eq!(
                Instance::of_repository(repository, CiServer::default()),
                Err(InstanceError(error))
            );
        }
    }
}
