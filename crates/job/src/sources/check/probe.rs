//! Our own questions to GitLab after git was refused. The token goes only where the reach allows,
//! and only through our own client: no rewrite, header or helper of git can interfere.

use std::sync::Mutex;
use std::time::Duration;

use build_token_gitlab::{AccessLevel, Associations, CiServer, Error, GitLab, Instance, TokenSelf};
use build_token_http::{Client, Deadline, Method, Request, Retry, Url};
use build_token_secret::Secret;

use super::evidence::{Asked, Probed};
use super::words;

/// How long all questions about one remote may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who asks, with what, and how far.
pub struct Probes<'a> {
    http: &'a Client,
    token: &'a TokenFor<'a>,
    ci: CiServer<'a>,
    reach: &'a (dyn Fn(&str) -> bool + Sync),
    about_tokens: Mutex<Vec<Known>>,
}

/// The build token that may be sent to this URL, if there is one.
pub type TokenFor<'a> = dyn Fn(&str) -> Option<&'a Secret> + Sync + 'a;

/// What one GitLab said about one token.
struct Known {
    api_base: String,
    token: Secret,
    about: AboutToken,
}

/// What one GitLab says about the token, asked once for all components.
#[derive(Clone)]
struct AboutToken {
    token_self: Result<TokenSelf, Error>,
    associations: Option<Result<Associations, Error>>,
}

impl<'a> Probes<'a> {
    /// Asks with the token that `token` gives; without one, no question is asked that needs it. `reach`
    /// tells whether a build token may be sent to a URL: nothing outside is asked at all.
    #[must_use]
    pub fn new(
        http: &'a Client,
        token: &'a TokenFor<'a>,
        ci: CiServer<'a>,
        reach: &'a (dyn Fn(&str) -> bool + Sync),
    ) -> Probes<'a> {
        Probes {
            http,
            token,
            ci,
            reach,
            about_tokens: Mutex::default(),
        }
    }

    /// Asks everything that can be asked about this remote.
    pub(super) fn ask(&self, remote: &str) -> Probed {
        if !(self.reach)(remote) {
            return Probed::default();
        }
        let Ok(instance) = Instance::of_repository(remote, self.ci) else {
            return Probed::default();
        };
        let deadline = Deadline::after(self.http.time().now(), PATIENCE);
        let mut probed = Probed {
            project: instance.project_path(remote),
            anonymous: self.refs(remote, None, deadline),
            ..Probed::default()
        };
        if let Some(token) = (self.token)(remote) {
            probed.with_token = self.refs(remote, Some(token), deadline);
            let about = self.about(&instance, token, deadline);
            probed.token_self = Some(about.token_self);
            probed.associations = about.associations;
        }
        probed
    }

    fn about(&self, instance: &Instance, token: &Secret, deadline: Deadline) -> AboutToken {
        // Held while asking, so that the other components wait for the answer and do not ask too.
        let mut known = super::lock(&self.about_tokens);
        let api_base = instance.api_base();
        if let Some(known) = known
            .iter()
            .find(|known| known.api_base == api_base && known.token == *token)
        {
            return known.about.clone();
        }
        let gitlab = GitLab::new(instance.clone(), self.http);
        let token_self = gitlab.token_self(token, deadline);
        // From Guest up, so that a role which is too low is seen with its number.
        let associations = token_self
            .is_ok()
            .then(|| gitlab.token_associations(token, AccessLevel::GUEST, deadline));
        let about = AboutToken {
            token_self,
            associations,
        };
        known.push(Known {
            api_base,
            token: token.clone(),
            about: about.clone(),
        });
        about
    }

    /// What git's first request would get, anonymous or with the token.
    fn refs(&self, remote: &str, token: Option<&Secret>, deadline: Deadline) -> Option<Asked> {
        let url = format!(
            "{}/info/refs?service=git-upload-pack",
            remote.trim_end_matches('/')
        );
        let mut request = Request::new(Method::Get, Url::parse(&url).ok()?)
            // The second version answers with its capabilities, not with every ref.
            .header("git-protocol", "version=2");
        if let Some(token) = token {
            request = request.secret_header("authorization", basic(token));
        }
        let response = match self.http.send(&request, Retry::Never, deadline) {
            Ok(response) => response,
            // A refusal is short. What is too long to be read is the list of refs of a server that
            // knows the first version only.
            Err(build_token_http::Error::TooLarge { .. }) => {
                return Some(Asked {
                    status: 200,
                    message: String::new(),
                    retry_after: None,
                });
            }
            Err(_) => return None,
        };
        let text = String::from_utf8_lossy(&response.body()[..response.body().len().min(1024)]);
        Some(Asked {
            status: response.status(),
            message: words::one_line(&text),
            retry_after: response.retry_after(),
        })
    }
}

/// GitLab takes any user name with an access token.
fn basic(token: &Secret) -> Secret {
    use base64::Engine;
    let pair = zeroize::Zeroizing::new(format!("build-token:{}", token.expose()));
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
    Secret::new(format!("Basic {encoded}"))
}

#[cfg(test)]
mod tests;
