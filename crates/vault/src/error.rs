//! What a server, or the way to it, refused: one cause each, with everything a message needs.

use std::fmt;
use std::time::Duration;

use crate::{AuthMount, Namespace, Role, SecretRef};

/// What was being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Logging in with the ID token; with inline auth, the login's part of the request.
    Login,
    /// Reading the secret.
    Read,
    /// Revoking the session.
    Revoke,
}

/// The circumstances of a failure. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What was being asked.
    pub step: Step,
    /// The URL that was asked.
    pub url: String,
    /// The namespace, if one is configured.
    pub namespace: Option<Namespace>,
    /// The auth mount, at login.
    pub auth_mount: Option<AuthMount>,
    /// The role, at login; `None` there is the mount's default role.
    pub role: Option<Role>,
    /// The secret, at reading.
    pub secret: Option<SecretRef>,
    /// The policies of the session that read; an inline login does not tell them.
    pub policies: Option<Vec<String>>,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// The server's words: one line, bounded, what looks like a token masked.
    pub text: Option<String>,
    /// The request's id, as the server's audit log knows it.
    pub request_id: Option<String>,
    /// The server's own clock (its `Date` header), for expiry and clock skew.
    pub date: Option<String>,
}

/// A failure with its circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Where it happened.
    pub facts: Box<Facts>,
    /// What happened.
    pub cause: Cause,
}

/// What happened. The ids of the failure modes stand in front.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// V01, V02, V03, V05, V18, V23: there was no answer.
    #[error(transparent)]
    Transport(build_token_http::Error),
    /// An answer that no Vault gives.
    #[error("bad answer: {0:?}")]
    BadAnswer(BadAnswer),
    /// V05: plain http was spoken to a TLS port, and the server says so.
    #[error("plain http to a TLS port")]
    PlainHttpToTls,

    /// V16: the server, or the namespace, is sealed.
    #[error("sealed")]
    Sealed,
    /// V16: the server was never initialised.
    #[error("not initialized")]
    NotInitialized,
    /// V16: a standby that cannot answer: no leader, an election, a replica behind (412, 472, 473).
    #[error("no active node")]
    NoActiveNode,
    /// V17: too many requests, or too many leases.
    #[error("rate limited")]
    RateLimited {
        /// It is the number of leases that is limited: waiting does not help, revoking does.
        leases: bool,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// V18: any other 5xx.
    #[error("server fault")]
    ServerFault,
    /// Y23: the headers or the body are too large for the server or a proxy before it.
    #[error("request too large")]
    RequestTooLarge,
    /// V06: there is no such namespace.
    #[error("namespace not found")]
    NamespaceNotFound,
    /// An administrator locked the namespace.
    #[error("namespace locked")]
    NamespaceLocked,

    /// V06: the login was denied: wrong mount, wrong or missing namespace, or not from this address.
    #[error("login denied")]
    LoginDenied,
    /// V24: the auth mount has no configuration.
    #[error("auth mount not configured")]
    NotConfigured,
    /// Y02: no role was named, and the mount has no default role.
    #[error("missing role")]
    RoleMissing,
    /// Y03: the mount has no role of this name.
    #[error("unknown role")]
    RoleUnknown,
    /// J08: the role is for browsers.
    #[error("role is for OIDC")]
    RoleIsOidc,
    /// J08, J16: the auth mount is set up for browsers.
    #[error("auth mount is for OIDC")]
    MountIsOidc,
    /// Y11: the server saw no ID token.
    #[error("missing ID token")]
    IdTokenMissing,
    /// Y11: what was sent is no JWT; a variable that was not expanded, mostly.
    #[error("malformed ID token")]
    IdTokenMalformed,
    /// J16: Vault cannot use GitLab's discovery document. Concerns Vault → GitLab; may pass.
    #[error("Vault cannot use the discovery document")]
    DiscoveryFailed,
    /// J15: Vault cannot fetch GitLab's keys. Concerns Vault → GitLab; may pass.
    #[error("Vault cannot fetch the keys")]
    KeysUnreachable,
    /// J13: no key that Vault has made this signature.
    #[error("signature not verified")]
    Signature,
    /// J13: signed with an algorithm that the mount does not take.
    #[error("signing algorithm not accepted")]
    Algorithm,
    /// J03: another issuer is bound.
    #[error("issuer does not match")]
    Issuer,
    /// J04: another subject is bound.
    #[error("subject does not match")]
    Subject,
    /// J01: none of the role's audiences is in the ID token.
    #[error("audience does not match")]
    Audience,
    /// J02: the ID token has an audience, the role has none.
    #[error("role has no audience")]
    AudienceUnbound,
    /// J11: the ID token is expired, by the server's clock.
    #[error("ID token expired")]
    Expired,
    /// J12: the ID token is not valid yet, by the server's clock.
    #[error("ID token not yet valid")]
    NotYetValid,
    /// J12: the ID token was issued in the future, by the server's clock.
    #[error("ID token issued in the future")]
    IssuedInFuture,
    /// J11: the ID token has no time at all.
    #[error("ID token without times")]
    NoTimes,
    /// J09: the claim that names the user is missing, empty, or no text.
    #[error("user claim {claim:?} unusable")]
    UserClaim {
        /// The claim, where the server names it.
        claim: Option<String>,
    },
    /// J10: a claim that is mapped to metadata is no text.
    #[error("mapped claim {claim:?} unusable")]
    MappedClaim {
        /// The claim.
        claim: Option<String>,
    },
    /// J10: the claim that lists groups is missing, or no list of texts.
    #[error("groups claim {claim:?} unusable")]
    GroupsClaim {
        /// The claim, where the server names it.
        claim: Option<String>,
    },
    /// J07, Y22: a bound claim is not in the ID token.
    #[error("claim {claim:?} missing")]
    ClaimMissing {
        /// The claim.
        claim: Option<String>,
    },
    /// J05, J06, Y20, Y21: a bound claim has another value. With several, the server names any.
    #[error("claim {claim:?} does not match")]
    ClaimMismatch {
        /// The claim.
        claim: Option<String>,
    },
    /// J06: a bound claim has a type that cannot be compared.
    #[error("a bound claim has an unusable type")]
    ClaimType,
    /// V10: a policy of the role is templated and could not be filled in.
    #[error("policy template failed")]
    PolicyTemplate,
    /// V08: the role gives a policy that nobody can get by logging in.
    #[error("policy cannot be given")]
    PolicyNotAllowed,
    /// A refusal at login whose text is not known.
    #[error("login refused")]
    LoginRefused,
    /// V22: the answer is wrapped; it would have to be unwrapped first.
    #[error("login answer is wrapped")]
    Wrapped,
    /// V22: a second factor is wanted.
    #[error("second factor wanted")]
    Mfa,
    /// The login succeeded, and its token is empty.
    #[error("empty client token")]
    EmptyClientToken,
    /// The token has a line break, or something else that no header can carry.
    #[error("unusable client token")]
    UnusableClientToken,
    /// The server does not know inline auth, or a proxy does not let it through: log in instead.
    #[error("inline auth not supported")]
    InlineUnsupported,

    /// V07, V08, V09, V10: the session is good, and no policy of it allows to read this path.
    #[error("read denied by policy")]
    ReadDenied,
    /// V20: the session itself was refused: run out, used up, from another address.
    #[error("session refused")]
    SessionRefused,
    /// Y06, Y07, Y08, Y09, V15: nothing is stored at this path, or not in this version. A KV version 1 engine
    /// answers the same.
    #[error("nothing at this path")]
    PathMissing,
    /// V12: this version was deleted; it can be undeleted.
    #[error("version {version:?} deleted at {at}")]
    VersionDeleted {
        /// Which.
        version: Option<u32>,
        /// When, as the server says it (RFC 3339).
        at: String,
    },
    /// V13: this version was destroyed for good.
    #[error("version {version:?} destroyed")]
    VersionDestroyed {
        /// Which.
        version: Option<u32>,
    },
    /// V15: the mount is no KV version 2 engine.
    #[error("not a KV version 2 engine")]
    WrongEngine,
    /// V14: there is no such mount, at least not in this namespace.
    #[error("no such mount")]
    NoSuchMount,
    /// The engine is just being set up; it takes a moment.
    #[error("engine is being upgraded")]
    Upgrading,
    /// The secret has no such field.
    #[error("field missing, there are {fields:?}")]
    FieldMissing {
        /// The names of those that there are.
        fields: Vec<String>,
    },
    /// Y17: the field is not a text.
    #[error("value is {found}")]
    ValueNotText {
        /// What it is in JSON: `number`, `object`, …
        found: &'static str,
    },
    /// The field is an empty text.
    #[error("value is empty")]
    ValueEmpty,
    /// G23: the value has a line break or another control character; no token has.
    #[error("value has a control character")]
    ValueLineBreak,
    /// A refusal at reading whose text is not known.
    #[error("read refused")]
    ReadRefused,

    /// The session is gone already: revoked, run out, used up.
    #[error("session already gone")]
    AlreadyGone,
    /// No policy of the session allows to revoke itself; it lives until its time is over.
    #[error("revocation denied by policy")]
    RevokeDenied,
    /// A batch token: it cannot be revoked and dies with its time.
    #[error("batch tokens cannot be revoked")]
    NotRevocable,
    /// A refusal at revoking whose text is not known.
    #[error("revocation refused")]
    RevokeRefused,
}

/// An answer that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAnswer {
    /// Why not.
    pub problem: AnswerProblem,
    /// What the server says it is.
    pub content_type: Option<String>,
}

/// Why an answer cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerProblem {
    /// It ended too early.
    Truncated {
        /// How many bytes of the body came.
        received: usize,
    },
    /// It is larger than what is read.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nothing came.
    Empty,
    /// A web page: a proxy, a login page, another server.
    Html,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON.
    NotJson,
    /// JSON without what has to be there.
    Shape {
        /// What is missing or has another type, as a path: `auth.client_token`.
        expected: &'static str,
    },
}

/// For logs; users get texts of their own.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} at {}: {}",
            self.facts.step, self.facts.url, self.cause
        )?;
        if let Some(status) = self.facts.status {
            write!(f, " (status {status})")?;
        }
        if let Some(text) = &self.facts.text {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
