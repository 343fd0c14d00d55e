//! Why a lab cannot be started, or cannot do what it was asked.

use std::io;
use std::net::SocketAddr;

/// What went wrong. The texts are for logs; users get theirs from the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The lab's secrets are public, so it listens on this machine only.
    #[error("{address} is not a loopback address")]
    NotLoopback {
        /// Where it was asked to listen.
        address: SocketAddr,
    },
    /// The address is taken, or may not be used.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where it was asked to listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// No directory for the repositories, or no threads.
    #[error("the system refuses what the lab needs")]
    System(#[from] io::Error),
    /// The certificates could not be made.
    #[error("cannot make certificates")]
    Certificate(#[from] rcgen::Error),
    /// TLS refuses the certificates that were made.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// The built-in key cannot be read or does not sign.
    #[error("the lab's signing key does not work")]
    SigningKey,
    /// Vault refused a part of the seed.
    #[error("POST {path}: Vault answered {status}: {text}")]
    Seed {
        /// The request's path, with `/v1/`.
        path: String,
        /// Vault's status.
        status: u16,
        /// Vault's answer.
        text: String,
    },
    /// The real Vault did not answer.
    #[error("Vault at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Vault's URL.
        url: String,
        /// What the HTTP client says.
        reason: String,
    },
    /// No such project in the lab.
    #[error("the lab has no project {path}")]
    UnknownProject {
        /// The path that was asked for.
        path: String,
    },
    /// A lab in another process refused, or did not answer.
    #[error("the lab refused: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
}
