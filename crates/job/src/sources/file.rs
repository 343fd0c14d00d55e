//! `.custom_sources.yml`: components and their remotes per channel, with the place of each value.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::channel::Channel;
use super::remote::{NotARemote, Remote};
use crate::yaml::{Ordered, Source, Spot, YamlError};

/// The file, read: components in the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcesFile {
    /// The components.
    pub components: Vec<Entry>,
}

/// One component of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The component's name.
    pub name: String,
    remotes: [Option<Remote>; 3],
}

impl Entry {
    /// The component's remote in this channel, if it has one.
    #[must_use]
    pub fn remote(&self, channel: Channel) -> Option<&Remote> {
        self.remotes[channel as usize].as_ref()
    }
}

/// Why the components cannot be known. Never holds the text of a remote, which may have a
/// credential inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourcesError {
    /// The file is not what it should be.
    #[error(transparent)]
    Yaml(Box<YamlError>),
    /// The file names no component.
    #[error("{file}: no component")]
    NoComponent {
        /// The file.
        file: String,
    },
    /// A remote in the file that git could not use.
    #[error("{}:{}:{}: {component}.{channel}: {why}", spot.file, spot.line, spot.column)]
    Remote {
        /// Where.
        spot: Box<Spot>,
        /// The component.
        component: String,
        /// The channel.
        channel: Channel,
        /// What is wrong with it.
        why: NotARemote,
    },
    /// A remote in a variable that git could not use.
    #[error("{variable}: {why}")]
    Variable {
        /// The variable.
        variable: String,
        /// What is wrong with its value.
        why: NotARemote,
    },
}

impl SourcesFile {
    /// Reads the file's text. `name` is how the user calls the file, for the places of errors.
    ///
    /// # Errors
    /// [`SourcesError`], with file, line and column.
    pub fn read(text: &str, name: &str) -> Result<SourcesFile, SourcesError> {
        let source = Source::new(name, text);
        let Ordered::<Channels>(parsed) = source
            .parse()
            .map_err(|error| SourcesError::Yaml(Box::new(without_content(error))))?;
        if parsed.is_empty() {
            return Err(SourcesError::NoComponent {
                file: name.to_owned(),
            });
        }
        let components = parsed
            .into_iter()
            .map(|(component, channels)| entry(&source, component.value, channels))
            .collect::<Result<_, _>>()?;
        Ok(SourcesFile { components })
    }
}

/// One component as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Channels {
    remote: Option<Spanned<String>>,
    alternative: Option<Spanned<String>>,
    security: Option<Spanned<String>>,
}

fn entry(source: &Source, name: String, channels: Channels) -> Result<Entry, SourcesError> {
    let read = |channel: Channel, value: Option<Spanned<String>>| {
        let Some(value) = value else { return Ok(None) };
        match Remote::read(&value.value) {
            Ok(remote) => Ok(Some(remote)),
            Err(why) => Err(SourcesError::Remote {
                spot: Box::new(without_excerpt(source.spot(&value))),
                component: name.clone(),
                channel,
                why,
            }),
        }
    };
    let remotes = [
        read(Channel::Remote, channels.remote)?,
        read(Channel::Alternative, channels.alternative)?,
        read(Channel::Security, channels.security)?,
    ];
    Ok(Entry { name, remotes })
}

/// The line may hold a credential, and is left out when it could.
fn without_excerpt(mut spot: Spot) -> Spot {
    if spot.excerpt.contains(['@', '?']) {
        spot.excerpt.clear();
    }
    spot
}

/// The same error without the content of the file's values: of what was found only the kind stays.
fn without_content(mut error: YamlError) -> YamlError {
    if let YamlError::WrongType { found, .. } = &mut error {
        let end = found.find(['"', '`']).unwrap_or(found.len());
        found.truncate(end);
        found.truncate(found.trim_end().len());
    }
    match &mut error {
        YamlError::Syntax { spot, .. }
        | YamlError::UnknownKey { spot, .. }
        | YamlError::MissingKey { spot, .. }
        | YamlError::WrongType { spot, .. }
        | YamlError::DuplicateKey { spot, .. } => *spot = without_excerpt(spot.clone()),
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> SourcesError {
        SourcesFile::read(text, ".custom_sources.yml").unwrap_err()
    }

    fn yaml(text: &str) -> YamlError {
        match error(text) {
            SourcesError::Yaml(error) => *error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn components_keep_their_order_and_channels_may_be_absent() {
        let text = "zeta:\n  remote: git@dev.example:g/z.git\nalpha:\n  security:\n  \
                    alternative: \"https://h.example/a.git\"\n";
        let file = SourcesFile::read(text, "x").unwrap();
        let names: Vec<_> = file.components.iter().map(|entry| &*entry.name).collect();
        assert_eq!(names, ["zeta", "alpha"]);
        assert!(file.components[1].remote(Channel::Security).is_none());
        assert_eq!(
            file.components[1]
                .remote(Channel::Alternative)
                .unwrap()
                .text,
            "https://h.example/a.git"
        );
    }

    #[test]
    fn a_key_that_is_no_channel_has_a_place_and_a_suggestion() {
        let text = "gitaly:\n  remote: git@dev.example:g/gitaly\n  secuirty: https://h.example/g\n";
        let YamlError::UnknownKey {
            spot,
            key,
            suggestion,
            ..
        } = yaml(text)
        else {
            panic!("another error");
        };
        assert_eq!((spot.line, spot.column, key.as_str()), (3, 3, "secuirty"));
        assert_eq!(suggestion, Some("security"));
    }

    #[test]
    fn a_component_twice_and_a_channel_twice_are_refused_where_they_stand() {
        for (text, line, twice) in [
            (
                "a:\n  remote: h:a\nb:\n  remote: h:b\na:\n  remote: h:c\n",
                5,
                "a",
            ),
            ("a:\n  remote: h:a\n  remote: h:b\n", 3, "remote"),
        ] {
            let YamlError::DuplicateKey { spot, key, .. } = yaml(text) else {
                panic!("another error for {text:?}");
            };
            assert_eq!((spot.line, key.as_str()), (line, twice));
        }
    }

    #[test]
    fn wrong_types_name_the_kind_and_never_the_content() {
        for text in [
            "gitaly: https://u:s3cret-s3cret@h.example/g\n",
            "- https://u:s3cret-s3cret@h.example/g\n",
            "gitaly:\n  remote: [https://u:s3cret-s3cret@h.example/g]\n",
        ] {
            let error = error(text);
            let SourcesError::Yaml(yaml) = &error else {
                panic!("{error:?}");
            };
            assert!(matches!(**yaml, YamlError::WrongType { .. }), "{error:?}");
            assert!(
                !format!("{error:?} {error}").contains("s3cret"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn a_remote_that_git_could_not_use_is_refused_in_its_place() {
        let SourcesError::Remote {
            spot,
            component,
            channel,
            why,
        } = error("gitaly:\n  remote: h:g\n  security: \"\"\n")
        else {
            panic!("another error");
        };
        assert_eq!((spot.line, spot.column), (3, 13));
        assert_eq!((component.as_str(), channel), ("gitaly", Channel::Security));
        assert_eq!(why, NotARemote::Empty);
        assert!(matches!(
            error("gitaly:\n  security: true\n"),
            SourcesError::Remote {
                why: NotARemote::NoAddress,
                ..
            }
        ));
    }

    #[test]
    fn a_file_without_components_is_an_error() {
        for text in ["", "# nothing\n", "{}\n"] {
            assert!(
                matches!(error(text), SourcesError::NoComponent { .. }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_tab_is_a_syntax_error_with_its_line() {
        assert!(
            matches!(yaml("a:\n\tremote: h:a\n"), YamlError::Syntax { spot, .. } if spot.line == 2)
        );
    }
}
