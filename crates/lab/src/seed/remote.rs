//! A real Vault as the seed sees it: requests over HTTP with a root token.

use std::time::Duration;

use build_token_http::{
    Client, Deadline, Method, Request, Retry, Settings, SystemTime, Time as _, Url,
};
use build_token_secret::Secret;

use super::vault::Call;
use crate::LabError;
use crate::wire::Response;

/// How long one request of the seed may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Vault or OpenBao that runs already.
pub(crate) struct RemoteVault {
    client: Client,
    url: String,
    root_token: Secret,
}

impl RemoteVault {
    /// The server at `url`, which has to be a base URL without a path.
    pub fn new(url: &str, root_token: &str) -> Self {
        Self {
            client: Client::new(Settings::default(), SystemTime),
            url: url.trim_end_matches('/').to_owned(),
            root_token: Secret::new(root_token),
        }
    }

    /// Makes one call of the seed.
    pub fn send(&self, call: &Call) -> Result<Response, LabError> {
        let unreachable = |reason: String| LabError::Unreachable {
            url: self.url.clone(),
            reason,
        };
        let url = Url::parse(&format!("{}{}", self.url, call.path))
            .map_err(|error| unreachable(error.to_string()))?;
        let request = Request::new(Method::Post, url)
            .secret_header("X-Vault-Token", self.root_token.clone())
            .header("Content-Type", "application/json")
            .body(call.body.to_string());
        let deadline = Deadline::after(SystemTime.now(), PATIENCE);
        let answer = self
            .client
            .send(&request, Retry::Read, deadline)
            .map_err(|error| unreachable(error.to_string()))?;
        let mut response = Response::new(answer.status());
        response.body = answer.body().to_vec();
        Ok(response)
    }
}
