//! Where a build's components come from: which remote each has in this job, whether it needs the
//! build token, and whether it can be fetched.
//!
//! `.custom_sources.yml` and the job's variables decide ([`resolve`]); `env` passes the decision on
//! to a build ([`Exports`]); `check` asks every remote and explains each refusal ([`survey`]).

mod channel;
pub mod check;
mod export;
mod file;
mod overrides;
mod prospect;
mod remote;
mod resolve;
mod survey;

pub use channel::{
    ALTERNATIVE_SOURCES, Channel, Choice, Lookup, Misread, NotAChannel, SECURITY_SOURCES, choose,
};
pub use export::{ExportNote, Exports};
pub use file::{Entry, SourcesError, SourcesFile};
pub use overrides::{OMNIBUS, Override};
pub use prospect::{Considered, Prospect};
pub use remote::{NotARemote, Remote, Transport};
pub use resolve::{
    ALTERNATIVE_PRIVATE_TOKEN, Component, ComponentNote, Credential, Note, Offer, Origin, Question,
    Resolution, resolve,
};
pub use survey::{JOB_TOKEN, Means, Surveyed, survey};
