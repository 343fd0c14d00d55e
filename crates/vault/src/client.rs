//! Login, read and revoke, or the first two in one request; nothing else is ever asked.

use build_token_http::{Client as Http, Deadline, Method, Request, Response, Retry};
use build_token_identity::IdToken;
use build_token_secret::Secret;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::error::{AnswerProblem, BadAnswer, Cause, Error, Facts, Step};
use crate::{
    Auth, Namespace, SecretRef, ServerUrl, Session, Stored, encode, granted, refusal, text,
};

/// The server that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its URL.
    pub url: ServerUrl,
    /// The namespace, if it has any.
    pub namespace: Option<Namespace>,
}

/// A client of one server, on one kept-alive connection.
#[derive(Debug)]
pub struct Client {
    server: Server,
    http: Http,
}

/// What is asked for, for requests and for errors.
#[derive(Clone, Copy)]
struct Asked<'a> {
    step: Step,
    auth: Option<&'a Auth>,
    secret: Option<&'a SecretRef>,
    /// Goes with the request, so no text of the server may show it.
    known: &'a Secret,
}

/// An answer, taken apart.
struct Reply {
    url: String,
    response: Response,
    answer: Answer,
}

impl Client {
    /// A client; nothing is asked yet.
    pub fn new(server: Server, http: Http) -> Client {
        Client { server, http }
    }

    /// The server that is asked.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The HTTP client, for its statistics and its clock.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Logs in with the ID token.
    ///
    /// # Errors
    /// Every refusal with its own [`Cause`].
    pub fn login(
        &self,
        auth: &Auth,
        id_token: &IdToken,
        deadline: Deadline,
    ) -> Result<Session, Error> {
        let known = id_token.secret();
        let asked = Asked {
            step: Step::Login,
            auth: Some(auth),
            secret: None,
            known,
        };
        let target = format!("/v1/{}", encode::path(&auth.mount.login_path()));
        let request = self
            .request(Method::Post, &target, asked)?
            .header("content-type", "application/json")
            .body(login_body(auth, known));
        let mut reply = self.ask(&request, Retry::Login, deadline, asked)?;
        let session = match reply.response.status() {
            200 => granted::session(&mut reply.answer),
            status => Err(refusal::login(status, &reply.answer.text)),
        };
        session.map_err(|cause| self.failure(asked, &reply, cause))
    }

    /// Reads one field of a secret.
    ///
    /// # Errors
    /// Every refusal, and everything that is missing, with its own [`Cause`].
    pub fn read(
        &self,
        session: &Session,
        reference: &SecretRef,
        deadline: Deadline,
    ) -> Result<Stored, Error> {
        let known = &session.token;
        let asked = Asked {
            step: Step::Read,
            auth: None,
            secret: Some(reference),
            known,
        };
        let request = self
            .request(Method::Get, &reference.target(), asked)?
            .secret_header("x-vault-token", known.clone());
        let mut reply = self.ask(&request, Retry::Read, deadline, asked)?;
        stored(&mut reply, reference).map_err(|cause| {
            let cause = match cause {
                Cause::PathMissing if self.is_other_engine(session, asked, deadline) => {
                    Cause::WrongEngine
                }
                cause => cause,
            };
            let mut error = self.failure(asked, &reply, cause);
            error.facts.policies = Some(session.policies.clone());
            error
        })
    }

    /// Whether the mount is known not to be KV version 2. A version 1 engine answers our path with the
    /// same bare 404 as one that has nothing there, so after a 404 the server is asked what the mount is.
    /// Whatever goes wrong with that question, the 404 stands. (An inline login cannot ask it.)
    fn is_other_engine(&self, session: &Session, asked: Asked<'_>, deadline: Deadline) -> bool {
        let Some(reference) = asked.secret else {
            return false;
        };
        let path = encode::path(&reference.api_read_path());
        let target = format!("/v1/sys/internal/ui/mounts/{path}");
        let request = self.request(Method::Get, &target, asked);
        let reply = request.and_then(|request| {
            let request = request.secret_header("x-vault-token", session.token.clone());
            self.ask(&request, Retry::Never, deadline, asked)
        });
        let Ok(reply) = reply else { return false };
        let Some(mount) = reply.answer.object("data") else {
            return false;
        };
        let version = mount
            .get("options")
            .and_then(|options| options.get("version"));
        mount.get("type").is_some()
            && (mount.get("type") != Some(&"kv".into()) || version != Some(&"2".into()))
    }

    /// Logs in and reads in one request, which leaves no session behind (OpenBao 2.4 and newer).
    ///
    /// # Errors
    /// As [`Client::login`] and [`Client::read`]; [`Cause::InlineUnsupported`] where a server
    /// ignores the request's headers, or something on the way finds them too large. Then a login
    /// may well succeed.
    pub fn read_inline(
        &self,
        auth: &Auth,
        id_token: &IdToken,
        reference: &SecretRef,
        deadline: Deadline,
    ) -> Result<Stored, Error> {
        let known = id_token.secret();
        let asked = Asked {
            step: Step::Read,
            auth: Some(auth),
            secret: Some(reference),
            known,
        };
        let mut request = self
            .request(Method::Get, &reference.target(), asked)?
            .header("x-vault-inline-auth-path", auth.mount.login_path())
            .secret_header(
                "x-vault-inline-auth-parameter-jwt",
                parameter("jwt", known.expose()),
            );
        if let Some(role) = &auth.role {
            let role = parameter("role", role.as_str());
            request = request.secret_header("x-vault-inline-auth-parameter-role", role);
        }
        let mut reply = self
            .ask(&request, Retry::Read, deadline, asked)
            .map_err(|mut error| {
                if error.cause == Cause::RequestTooLarge {
                    error.cause = Cause::InlineUnsupported;
                }
                error
            })?;
        let (status, text) = (reply.response.status(), &reply.answer.text);
        if refusal::ignores_inline_auth(status, text, is_login_refusal(&reply)) {
            return Err(self.failure(asked, &reply, Cause::InlineUnsupported));
        }
        if is_login_refusal(&reply) {
            let asked = Asked {
                step: Step::Login,
                ..asked
            };
            return Err(self.failure(asked, &reply, refusal::login(status, text)));
        }
        stored(&mut reply, reference).map_err(|cause| self.failure(asked, &reply, cause))
    }

    /// Revokes a session. A batch token is not even sent: it cannot be revoked.
    ///
    /// # Errors
    /// [`Cause::AlreadyGone`] is harmless; [`Cause::RevokeDenied`] and [`Cause::NotRevocable`]
    /// leave a session that dies with its lease.
    pub fn revoke(&self, session: &Session, deadline: Deadline) -> Result<(), Error> {
        let known = &session.token;
        let asked = Asked {
            step: Step::Revoke,
            auth: None,
            secret: None,
            known,
        };
        let target = "/v1/auth/token/revoke-self";
        if session.batch {
            let url = format!("{}{target}", self.server.url);
            return Err(self.error(asked, url, Cause::NotRevocable));
        }
        let request = self
            .request(Method::Post, target, asked)?
            .secret_header("x-vault-token", known.clone())
            .body("");
        let reply = self.ask(&request, Retry::Read, deadline, asked)?;
        match reply.response.status() {
            200 | 204 => Ok(()),
            status => Err(self.failure(asked, &reply, refusal::revoke(status, &reply.answer.text))),
        }
    }

    fn request(&self, method: Method, target: &str, asked: Asked<'_>) -> Result<Request, Error> {
        let url = self.server.url.url().with_target(target).map_err(|error| {
            let origin = self.server.url.to_string();
            let cause = build_token_http::Error::Other {
                origin,
                text: error.to_string(),
            };
            self.error(asked, self.server.url.to_string(), Cause::Transport(cause))
        })?;
        let request = Request::new(method, url).header("x-vault-request", "true");
        Ok(match &self.server.namespace {
            Some(namespace) => request.header("x-vault-namespace", namespace.as_str()),
            None => request,
        })
    }

    /// Sends a request; what any request can meet is judged here.
    fn ask(
        &self,
        request: &Request,
        retry: Retry,
        deadline: Deadline,
        asked: Asked<'_>,
    ) -> Result<Reply, Error> {
        let url = request.url().to_string();
        let response = match self.http.send(request, retry, deadline) {
            Ok(response) => response,
            Err(error) => return Err(self.error(asked, url, transport(error))),
        };
        let answer = Answer::read(&response);
        let status = response.status();
        let cause = match refusal::state(&response, &answer.text) {
            Some(cause) => Some(cause),
            None if status >= 500 => None,
            None => answer.bad.clone().map(Cause::BadAnswer),
        };
        let reply = Reply {
            url,
            response,
            answer,
        };
        match cause {
            Some(cause) => Err(self.failure(asked, &reply, cause)),
            None => Ok(reply),
        }
    }

    /// An error without an answer.
    fn error(&self, asked: Asked<'_>, url: String, cause: Cause) -> Error {
        let facts = Facts {
            step: asked.step,
            url,
            namespace: self.server.namespace.clone(),
            auth_mount: asked.auth.map(|auth| auth.mount.clone()),
            role: asked.auth.and_then(|auth| auth.role.clone()),
            secret: asked.secret.cloned(),
            policies: None,
            status: None,
            text: None,
            request_id: None,
            date: None,
        };
        Error {
            facts: Box::new(facts),
            cause,
        }
    }

    /// An error with the answer's own words.
    fn failure(&self, asked: Asked<'_>, reply: &Reply, cause: Cause) -> Error {
        let Reply {
            url,
            response,
            answer,
        } = reply;
        let mut error = self.error(asked, url.clone(), cause);
        let clean = |text: &str| text::clean(text, asked.known);
        error.facts.status = Some(response.status());
        error.facts.text = Some(clean(&answer.words())).filter(|text| !text.is_empty());
        error.facts.request_id = answer.request_id().map(clean);
        error.facts.date = response.header("date").map(clean);
        error
    }
}

/// What a read gave.
fn stored(reply: &mut Reply, reference: &SecretRef) -> Result<Stored, Cause> {
    let answer = &mut reply.answer;
    match reply.response.status() {
        200 => granted::stored(answer, reference.field()),
        404 if answer.object("data").is_some() => {
            let gone = answer.object("data").and_then(refusal::deleted);
            Err(gone.unwrap_or_else(|| answer.bad_shape("data.metadata")))
        }
        status => Err(refusal::read(status, &answer.text, &answer.warnings())),
    }
}

/// OpenBao marks which half of an inline request was refused; only the marks are missing where it
/// refuses by address.
fn is_login_refusal(reply: &Reply) -> bool {
    reply.response.header("x-vault-inline-auth-failed") == Some("true")
        || reply
            .answer
            .text
            .contains("failed to perform inline authentication")
}

/// An answer that breaks off or never ends is a bad answer; all else is the way there.
fn transport(error: build_token_http::Error) -> Cause {
    use build_token_http::Error::{TooLarge, Truncated};
    let problem = match error {
        Truncated { received, .. } => AnswerProblem::Truncated { received },
        TooLarge { limit, .. } => AnswerProblem::TooLarge { limit },
        other => return Cause::Transport(other),
    };
    Cause::BadAnswer(BadAnswer {
        problem,
        content_type: None,
    })
}

/// `{"role": …, "jwt": …}`, without a copy of the ID token that is not wiped.
fn login_body(auth: &Auth, id_token: &Secret) -> Vec<u8> {
    let mut body = Vec::with_capacity(id_token.len() + 1024);
    body.extend_from_slice(b"{");
    if let Some(role) = &auth.role {
        body.extend_from_slice(b"\"role\":");
        quote(&mut body, role.as_str());
        body.extend_from_slice(b",");
    }
    body.extend_from_slice(b"\"jwt\":");
    quote(&mut body, id_token.expose());
    body.extend_from_slice(b"}");
    body
}

/// One parameter of inline auth: base64url of `{"key": …, "value": …}`.
fn parameter(key: &str, value: &str) -> Secret {
    let mut json = Zeroizing::new(Vec::with_capacity(value.len() + 64));
    json.extend_from_slice(b"{\"key\":");
    quote(&mut json, key);
    json.extend_from_slice(b",\"value\":");
    quote(&mut json, value);
    json.extend_from_slice(b"}");
    Secret::new(encode::base64url(&*json))
}

fn quote(into: &mut Vec<u8>, text: &str) {
    // Writing text to memory cannot fail; nothing is written if it could.
    let _ = serde_json::to_writer(into, text);
}
