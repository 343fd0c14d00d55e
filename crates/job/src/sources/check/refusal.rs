//! Why a remote cannot be fetched: one variant per cause, with the facts that a message needs.

use std::time::Duration;

use build_token_gitlab::AccessLevel;
use build_token_report::Code;

use super::evidence::{GitVersion, Preferred};

/// A refusal, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// G01: GitLab does not accept the token.
    Token {
        /// What is wrong with it.
        state: TokenState,
    },
    /// G02: the token's role in the project is too low to download code, or the project has its
    /// repository switched off.
    RoleTooLow {
        /// The project.
        project: Option<String>,
        /// The token's role there, where GitLab told it. Reporter or more means that the project's
        /// repository is switched off or limited.
        level: Option<AccessLevel>,
    },
    /// G03: the project does not exist for the credential that was used.
    ProjectNotFound {
        /// The project.
        project: Option<String>,
        /// What is known about it.
        absence: Absence,
    },
    /// G04: a job token was sent, and the project does not allow jobs of this one.
    JobTokenNotAllowed {
        /// The job's project, as GitLab names it.
        from: String,
        /// The project that was asked for.
        to: String,
    },
    /// G05: a job token was sent, and its permissions do not include pulling.
    JobTokenPermissions {
        /// The project that was asked for.
        project: String,
    },
    /// G06: git has no credential for this URL.
    NoCredential {
        /// The host.
        host: String,
    },
    /// G07: git has a user name and no password: a variable was empty where a URL was built.
    NoPassword {
        /// The host.
        host: String,
    },
    /// G08: a credential that is none of ours was sent, and refused.
    ForeignCredential {
        /// Whether the repository can be read without any; not known where it was not asked.
        public: Option<bool>,
    },
    /// G09: too many requests.
    RateLimited {
        /// How long GitLab asks to wait.
        retry_after: Option<Duration>,
    },
    /// G10: too many anonymous requests, since this git ignores `proactiveAuth`.
    ProactiveAuthIgnored {
        /// git's version.
        version: GitVersion,
    },
    /// G11: another helper answered before ours, with a credential that does not fit.
    OtherHelper,
    /// G12: an old credential stood before the good one, and git does not ask again after 403.
    StaleCredential,
    /// G13: a repository inside the repository was refused.
    Submodule {
        /// Its path.
        path: String,
        /// Its URL, without credentials.
        url: String,
    },
    /// G21: the instance does not allow git over HTTP.
    HttpDisabled,
    /// G22: the token's user is blocked, or this address is not allowed.
    UserBlocked {
        /// GitLab's words.
        message: String,
    },
    /// G23: the token has a line break or a character that a URL cannot hold.
    MalformedUrl,
    /// G26: this git ignores the environment by which the helper is configured.
    GitTooOld {
        /// git's version.
        version: GitVersion,
    },
    /// G27: git sent another credential than the helper's, which would have been accepted.
    PreferredCredential {
        /// Where it sits, if it was found.
        preferred: Option<Preferred>,
    },
}

/// What is wrong with a token, from GitLab's own words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenState {
    /// It was revoked; perhaps replaced while the job ran.
    Revoked,
    /// Its date has come.
    Expired {
        /// The date, where it is known.
        expires_at: Option<String>,
    },
    /// GitLab does not know it.
    Unknown,
    /// No scope of it lets git download code.
    MissingScope {
        /// The scopes that it has.
        scopes: Vec<String>,
    },
    /// It is a job's or a deployment's token.
    NotAnAccessToken,
    /// Its user has to prove possession of a key with each request, which git cannot.
    ProofRequired,
    /// GitLab's API accepts it, git over HTTP does not.
    GoodForTheApi,
    /// The job's own token was refused; it dies with the job and is good for its own instance only.
    JobToken,
    /// GitLab could not be asked about it.
    NotKnown,
}

/// What is known about a project that was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The token is good, and does not reach this project.
    OutOfScope {
        /// Projects that it reaches and that look similar, the most similar first.
        similar: Vec<String>,
        /// It reaches more projects than were read, so it may be among the others.
        truncated: bool,
    },
    /// The token reaches the project, which has no repository yet.
    NoRepository,
    /// git asked without a credential, while the token would have been accepted.
    NeverSent,
    /// No token was meant for this remote.
    NoTokenOffered,
    /// GitLab could not be asked.
    NotKnown,
}

impl Refusal {
    /// The code of its finding.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Refusal::Token { .. } => Code::G01,
            Refusal::RoleTooLow { .. } => Code::G02,
            Refusal::ProjectNotFound { .. } => Code::G03,
            Refusal::JobTokenNotAllowed { .. } => Code::G04,
            Refusal::JobTokenPermissions { .. } => Code::G05,
            Refusal::NoCredential { .. } => Code::G06,
            Refusal::NoPassword { .. } => Code::G07,
            Refusal::ForeignCredential { .. } => Code::G08,
            Refusal::RateLimited { .. } => Code::G09,
            Refusal::ProactiveAuthIgnored { .. } => Code::G10,
            Refusal::OtherHelper => Code::G11,
            Refusal::StaleCredential => Code::G12,
            Refusal::Submodule { .. } => Code::G13,
            Refusal::HttpDisabled => Code::G21,
            Refusal::UserBlocked { .. } => Code::G22,
            Refusal::MalformedUrl => Code::G23,
            Refusal::GitTooOld { .. } => Code::G26,
            Refusal::PreferredCredential { .. } => Code::G27,
        }
    }
}
