//! The lab's own endpoints on GitLab's listener, for a lab in another process: `/-/lab/…`.
//!
//! They ask for no token. The lab listens on loopback only, its keys and tokens are public, and
//! GitLab itself uses no path that begins so.
//!
//! | request | does |
//! |---|---|
//! | `POST /-/lab/mint` with a [`Mint`] as JSON | `{"id_token": …}` |
//! | `GET /-/lab/requests` | `{"requests": [LoggedRequest …]}` |
//! | `DELETE /-/lab/requests` | forgets them |
//! | `GET /-/lab/clock` | `{"now": …}` |
//! | `POST /-/lab/clock` with `{"shift_seconds": n}` or `{"time": …}` | moves the clock, `{"now": …}` |

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::LabError;
use crate::clock::Clock;
use crate::gitlab::{GitLab, Mint};
use crate::log::RequestLog;
use crate::wire::{Request, Response};

const PREFIX: &str = "/-/lab/";

/// Answers the lab's own endpoints.
pub(crate) struct Admin {
    pub gitlab: GitLab,
    pub clock: Clock,
    pub log: RequestLog,
}

/// How the clock is to be moved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Move {
    ShiftSeconds(i64),
    Time(Timestamp),
}

impl Admin {
    /// Whether a path is the lab's own.
    pub fn owns(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    /// Answers one request to a path that it owns.
    pub fn handle(&self, request: &Request) -> Response {
        let endpoint = request.path.strip_prefix(PREFIX).unwrap_or_default();
        self.route(request, endpoint)
            .unwrap_or_else(|refusal| refusal)
    }

    fn route(&self, request: &Request, endpoint: &str) -> Result<Response, Response> {
        match (request.method.as_str(), endpoint) {
            ("POST", "mint") => match self.gitlab.mint(&body::<Mint>(request)?) {
                Ok(token) => Ok(json_response(200, &json!({ "id_token": token }))),
                Err(error @ LabError::UnknownProject { .. }) => Err(refuse(404, &error)),
                Err(error) => Err(refuse(500, &error)),
            },
            ("GET", "requests") => Ok(json_response(200, &json!({ "requests": self.log.all() }))),
            ("DELETE", "requests") => {
                self.log.clear();
                Ok(Response::new(204))
            }
            ("GET", "clock") => Ok(self.time()),
            ("POST", "clock") => {
                match body::<Move>(request)? {
                    Move::ShiftSeconds(seconds) => {
                        self.clock.shift(SignedDuration::from_secs(seconds));
                    }
                    Move::Time(time) => self.clock.set(time),
                }
                Ok(self.time())
            }
            _ => Err(refuse(404, &"no such endpoint of the lab")),
        }
    }

    fn time(&self) -> Response {
        json_response(200, &json!({ "now": self.clock.now().to_string() }))
    }
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Response> {
    serde_json::from_slice(&request.body).map_err(|error| refuse(400, &error))
}

fn refuse(status: u16, error: &dyn std::fmt::Display) -> Response {
    json_response(status, &json!({ "error": error.to_string() }))
}

fn json_response(status: u16, value: &Value) -> Response {
    Response::new(status).with_body("application/json", value.to_string())
}
