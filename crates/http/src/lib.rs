//! One blocking HTTP agent for the job's path: one connection, one deadline, exact errors.
//!
//! A [`Client`] sends a [`Request`] with a [`Retry`] class before a [`Deadline`] and answers a
//! [`Response`] of any status, or an [`Error`] that says what went wrong between here and there.
//! Nothing is loaded before it is needed: roots of trust only for the first https connection, a
//! resolver's thread only for names that need one.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod client;
mod connect;
mod error;
mod failure;
mod proxy;
mod redirect;
mod request;
mod resolve;
mod response;
mod retry;
mod roots;
mod time;
mod tls;
mod url;
mod watch;

pub use client::{Client, Settings, Statistics};
pub use error::{Error, Phase, RedirectRefusal, TlsProblem};
pub use proxy::ProxySettings;
pub use request::{Method, Request};
pub use response::Response;
pub use retry::Retry;
pub use roots::Roots;
pub use time::{Deadline, SystemTime, Time};
pub use url::{Scheme, Url, UrlError};
