//! From the file and the job's variables to one remote per component, and whether it needs a token.
//!
//! Pure: the file's text, the variables and the reach come in, a [`Resolution`] goes out.

use serde::{Serialize, Serializer};

use super::channel::{self, Channel, Lookup, Misread};
use super::file::{Entry, SourcesError, SourcesFile};
use super::overrides::{self, Override};
use super::remote::{Remote, Transport};
use crate::reach::Reach;

/// The variable whose value Omnibus GitLab puts into every overridden remote, whatever its host.
pub const ALTERNATIVE_PRIVATE_TOKEN: &str = "ALTERNATIVE_PRIVATE_TOKEN";

/// What the caller could authenticate with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offer {
    /// There is a build token.
    pub build_token: bool,
    /// There is a `CI_JOB_TOKEN`, and the user asked by that name for it to be used where there is
    /// no build token. Never true by default: the job token has the rights of whoever started the
    /// pipeline, and a silent fallback hides that the build token is missing.
    pub job_token: bool,
}

/// What [`resolve`] works on.
pub struct Question<'a> {
    /// The job's variables.
    pub lookup: Lookup<'a>,
    /// Whether a build token may be sent to this URL.
    pub reach: &'a dyn Fn(&str) -> bool,
    /// The channel that the user asked for; otherwise the variables decide.
    pub channel: Option<Channel>,
    /// Which variable replaces which component's remote.
    pub overrides: &'a [Override<'a>],
    /// What there is to authenticate with.
    pub offer: Offer,
}

/// Every component with its remote in the job's channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// The job's channel.
    pub channel: Channel,
    /// The components, in the file's order.
    pub components: Vec<Component>,
    /// What the user should know about the whole.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

impl Resolution {
    /// The credential for the components that need one; nothing when none needs one or none is
    /// there.
    #[must_use]
    pub fn credential(&self, offer: Offer) -> Option<Credential> {
        if !self.components.iter().any(|one| one.needs_token) {
            return None;
        }
        match offer {
            Offer {
                build_token: true, ..
            } => Some(Credential::BuildToken),
            Offer {
                job_token: true, ..
            } => Some(Credential::JobToken),
            _ => None,
        }
    }
}

/// Which credential a remote gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The build token.
    BuildToken,
    /// The job's own token, asked for by name.
    JobToken,
}

/// One component of the build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its remote, without credentials; nothing where the channel has none.
    pub remote: Option<String>,
    /// What named the remote.
    pub from: Option<Origin>,
    /// The remote is private, and the build token may be sent to it.
    pub needs_token: bool,
    /// How git reaches the remote.
    #[serde(skip)]
    pub transport: Option<Transport>,
    /// What the user should know about it.
    #[serde(skip)]
    pub notes: Vec<ComponentNote>,
}

/// Where a remote was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Under this key of the file.
    Channel(Channel),
    /// In this variable.
    Variable(String),
}

impl Origin {
    /// The channel's key or the variable's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Origin::Channel(channel) => channel.as_str(),
            Origin::Variable(name) => name,
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What the user should know about one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentNote {
    /// The channel is `security`, the component has no such remote: it comes from here, without a
    /// token.
    NoSecurityRemote {
        /// The other channel.
        fallback: Channel,
    },
    /// No remote at all in this channel.
    NoRemote,
    /// The remote had a credential inside, which was cut and is not used.
    CredentialInRemote,
    /// A private remote that the build token may not be sent to: outside the reach.
    OutsideReach,
    /// A private remote that is not https: no build token can be used for it.
    NotHttps,
}

/// What the user should know about the resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A variable has a value that the build does not take for a choice (`True`, `1`).
    Misread(Misread),
    /// Components need a token, and there is none.
    NoCredential,
    /// Components get the job's own token in place of the build token, as was asked for.
    JobToken,
    /// [`ALTERNATIVE_PRIVATE_TOKEN`] is set. The build would put it into every overridden remote,
    /// whatever its host; it is not used here.
    AlternativePrivateToken,
}

/// Reads the file and decides every component's remote. `name` is how the user calls the file.
///
/// # Errors
/// [`SourcesError`] when the file cannot be read as one, or when a remote is none.
pub fn resolve(
    text: &str,
    name: &str,
    question: &Question<'_>,
) -> Result<Resolution, SourcesError> {
    let file = SourcesFile::read(text, name)?;
    let choice = channel::choose(question.lookup, question.channel);
    let components = file
        .components
        .iter()
        .map(|entry| component(entry, choice.channel, choice.fallback, question))
        .collect::<Result<Vec<_>, _>>()?;
    let mut resolution = Resolution {
        channel: choice.channel,
        components,
        notes: choice.misread.into_iter().map(Note::Misread).collect(),
    };
    if resolution.components.iter().any(|one| one.needs_token) {
        match resolution.credential(question.offer) {
            None => resolution.notes.push(Note::NoCredential),
            Some(Credential::JobToken) => resolution.notes.push(Note::JobToken),
            Some(Credential::BuildToken) => {}
        }
    }
    if channel::variable(question.lookup, ALTERNATIVE_PRIVATE_TOKEN).is_some() {
        resolution.notes.push(Note::AlternativePrivateToken);
    }
    Ok(resolution)
}

fn component(
    entry: &Entry,
    channel: Channel,
    fallback: Channel,
    question: &Question<'_>,
) -> Result<Component, SourcesError> {
    let mut notes = Vec::new();
    let (remote, from) = match overridden(&entry.name, question)? {
        Some((variable, remote)) => (Some(remote), Some(Origin::Variable(variable))),
        None => match (entry.remote(channel), channel) {
            (Some(remote), _) => (Some(remote.clone()), Some(Origin::Channel(channel))),
            (None, Channel::Security) => {
                let remote = entry.remote(fallback).cloned();
                let from = remote.as_ref().map(|_| Origin::Channel(fallback));
                if remote.is_some() {
                    notes.push(ComponentNote::NoSecurityRemote { fallback });
                }
                (remote, from)
            }
            (None, _) => (None, None),
        },
    };
    // The file's public channels are fetched anonymously; only the mirrors and what a variable
    // names may be private.
    let may_be_private = matches!(
        from,
        Some(Origin::Channel(Channel::Security) | Origin::Variable(_))
    );
    let mut needs_token = false;
    match &remote {
        None => notes.push(ComponentNote::NoRemote),
        Some(remote) => {
            if remote.had_credential {
                notes.push(ComponentNote::CredentialInRemote);
            }
            if may_be_private {
                match may_get_token(remote, question) {
                    Ok(()) => needs_token = true,
                    Err(note) => notes.push(note),
                }
            }
        }
    }
    let (remote, transport) = match remote {
        Some(remote) => (Some(remote.text), Some(remote.transport)),
        None => (None, None),
    };
    Ok(Component {
        name: entry.name.clone(),
        remote,
        from,
        needs_token,
        transport,
        notes,
    })
}

fn overridden(
    component: &str,
    question: &Question<'_>,
) -> Result<Option<(String, Remote)>, SourcesError> {
    let Some(variable) = overrides::variable_of(question.overrides, component) else {
        return Ok(None);
    };
    let Some(value) = channel::variable(question.lookup, variable) else {
        return Ok(None);
    };
    let remote = Remote::read(&value).map_err(|why| SourcesError::Variable {
        variable: variable.to_owned(),
        why,
    })?;
    Ok(Some((variable.to_owned(), remote)))
}

/// The reach decides about http(s) URLs (plain http is its word too: loopback only); nothing else
/// can carry a build token.
fn may_get_token(remote: &Remote, question: &Question<'_>) -> Result<(), ComponentNote> {
    match remote.transport {
        Transport::Https | Transport::Http if (question.reach)(&remote.text) => Ok(()),
        Transport::Https => Err(ComponentNote::OutsideReach),
        // Plain http on loopback could be a reach.
        Transport::Http if Reach::parse(&remote.text).is_ok() => Err(ComponentNote::OutsideReach),
        _ => Err(ComponentNote::NotHttps),
    }
}

#[cfg(test)]
mod tests;
