//! Which of a component's remotes a job uses: the channel, decided from two CI variables.
//!
//! The rule is Omnibus GitLab's (`lib/gitlab/version.rb`): `SECURITY_SOURCES` counts only as the
//! string `true`; `ALTERNATIVE_SOURCES` counts unless it is the string `false`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Looks a variable of the job up. The value is the text as it was set.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Chooses the channel `security` when it is `true`.
pub const SECURITY_SOURCES: &str = "SECURITY_SOURCES";
/// Chooses the channel `remote` when it is `false`.
pub const ALTERNATIVE_SOURCES: &str = "ALTERNATIVE_SOURCES";

/// One set of remotes: the internal instance, the public one, or the private mirrors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The instance where releases are built.
    Remote,
    /// The public instance.
    Alternative,
    /// The private mirrors, which want the build token.
    Security,
}

impl Channel {
    /// Every channel, in the order of the documentation.
    pub const ALL: [Channel; 3] = [Channel::Remote, Channel::Alternative, Channel::Security];

    /// The channel's key in `.custom_sources.yml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Remote => "remote",
            Channel::Alternative => "alternative",
            Channel::Security => "security",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a channel")]
pub struct NotAChannel(pub String);

impl FromStr for Channel {
    type Err = NotAChannel;

    fn from_str(text: &str) -> Result<Channel, NotAChannel> {
        Channel::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| NotAChannel(text.to_owned()))
    }
}

/// A variable as the build reads it: without surrounding white space, and unset when empty.
pub(super) fn variable(lookup: Lookup<'_>, name: &str) -> Option<String> {
    lookup(name)
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// A variable whose value looks like a choice, and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The variable.
    pub variable: &'static str,
    /// Its value, without surrounding white space.
    pub value: String,
    /// The only value that would have changed the channel.
    pub counts: &'static str,
}

/// The channel, and what it was decided from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The channel of the job.
    pub channel: Channel,
    /// Where a component without a `security` remote comes from; never [`Channel::Security`].
    pub fallback: Channel,
    /// Values that were meant otherwise, probably: `True`, `1`, `yes`.
    pub misread: Vec<Misread>,
}

/// Decides the channel. `asked` is the user's own word, which goes before the variables.
#[must_use]
pub fn choose(lookup: Lookup<'_>, asked: Option<Channel>) -> Choice {
    let security = variable(lookup, SECURITY_SOURCES);
    let alternative = variable(lookup, ALTERNATIVE_SOURCES);
    let fallback = match alternative.as_deref() {
        Some("false") => Channel::Remote,
        _ => Channel::Alternative,
    };
    let channel = asked.unwrap_or(match security.as_deref() {
        Some("true") => Channel::Security,
        _ => fallback,
    });
    let misread = [
        (SECURITY_SOURCES, security, "true"),
        (ALTERNATIVE_SOURCES, alternative, "false"),
    ]
    .into_iter()
    .filter_map(|(variable, value, counts)| {
        let value = value.filter(|value| value != "true" && value != "false")?;
        Some(Misread {
            variable,
            value,
            counts,
        })
    })
    .collect();
    Choice {
        channel,
        fallback,
        misread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(security: Option<&str>, alternative: Option<&str>) -> Choice {
        let lookup = |name: &str| {
            match name {
                SECURITY_SOURCES => security,
                ALTERNATIVE_SOURCES => alternative,
                _ => None,
            }
            .map(str::to_owned)
        };
        choose(&lookup, None)
    }

    #[test]
    fn the_table_of_the_reference_deployment() {
        use Channel::{Alternative, Remote, Security};
        for (alternative, security, expected) in [
            (None, None, Alternative),
            (None, Some("true"), Security),
            (None, Some("false"), Alternative),
            (Some("true"), None, Alternative),
            (Some("true"), Some("true"), Security),
            (Some("true"), Some("false"), Alternative),
            (Some("false"), None, Remote),
            (Some("false"), Some("true"), Security),
            (Some("false"), Some("false"), Remote),
            (Some(""), Some(""), Alternative),
        ] {
            let choice = chosen(security, alternative);
            assert_eq!(choice.channel, expected, "{alternative:?} {security:?}");
            assert_eq!(choice.misread, []);
        }
    }

    #[test]
    fn only_the_exact_strings_count_and_others_are_reported() {
        for value in ["True", "TRUE", "1", "yes", "on", "\"true\""] {
            let choice = chosen(Some(value), None);
            assert_eq!(choice.channel, Channel::Alternative, "{value}");
            assert_eq!(choice.misread[0].variable, SECURITY_SOURCES);
            assert_eq!(choice.misread[0].value, value);
            assert_eq!(choice.misread[0].counts, "true");
        }
        for value in ["False", "0", "no"] {
            let choice = chosen(None, Some(value));
            assert_eq!(choice.channel, Channel::Alternative, "{value}");
            assert_eq!(choice.misread[0].variable, ALTERNATIVE_SOURCES);
        }
    }

    #[test]
    fn white_space_around_a_value_is_not_part_of_it() {
        assert_eq!(chosen(Some(" true\n"), None).channel, Channel::Security);
        assert_eq!(chosen(None, Some("false ")).channel, Channel::Remote);
    }

    #[test]
    fn the_fallback_never_is_security_and_the_users_word_goes_first() {
        let choice = chosen(Some("true"), Some("false"));
        assert_eq!(choice.fallback, Channel::Remote);
        let none = |_: &str| None;
        assert_eq!(
            choose(&none, Some(Channel::Security)).fallback,
            Channel::Alternative
        );
        assert_eq!(
            choose(&none, Some(Channel::Remote)).channel,
            Channel::Remote
        );
    }

    #[test]
    fn channels_are_read_by_their_keys_only() {
        assert_eq!("security".parse(), Ok(Channel::Security));
        assert_eq!(
            "Security".parse::<Channel>(),
            Err(NotAChannel("Security".into()))
        );
    }
}
