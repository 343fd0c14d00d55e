//! Reads our own YAML files, and says in one vocabulary what is wrong with them and where.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, Location, Spanned};

/// A place in a file that was read, with the text of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file, as the user named it.
    pub file: String,
    /// Line, counted from 1; 0 where it is not known.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The text of the line.
    pub excerpt: String,
}

/// Why a file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// It is not YAML at all: a tab, a missing colon, a broken quote.
    #[error("{}:{}:{}: {problem}", spot.file, spot.line, spot.column)]
    Syntax {
        /// Where.
        spot: Spot,
        /// The parser's words.
        problem: String,
    },
    /// A key that the format does not have.
    #[error("{}:{}:{}: unknown key {key}", spot.file, spot.line, spot.column)]
    UnknownKey {
        /// Where.
        spot: Spot,
        /// The key.
        key: String,
        /// The known key that looks like it.
        suggestion: Option<&'static str>,
        /// All keys that are known there.
        known: Vec<&'static str>,
    },
    /// A key that has to be there.
    #[error("{}:{}:{}: {key} is missing", spot.file, spot.line, spot.column)]
    MissingKey {
        /// Where.
        spot: Spot,
        /// The key.
        key: String,
    },
    /// A value of another type or kind than the format wants.
    #[error("{}:{}:{}: expected {expected}", spot.file, spot.line, spot.column)]
    WrongType {
        /// Where.
        spot: Spot,
        /// What is wanted, in the parser's words.
        expected: String,
        /// What is there, in the parser's words; empty where they are part of `expected`.
        found: String,
    },
    /// A key that stands twice in one mapping.
    #[error("{}:{}:{}: {key} is there twice", spot.file, spot.line, spot.column)]
    DuplicateKey {
        /// Where the second one is.
        spot: Spot,
        /// The key.
        key: String,
        /// The key of the mapping that has it twice, where it is written as a block.
        parent: Option<String>,
    },
}

/// A parsed file: the spots of its values can be asked for.
#[derive(Debug, Clone)]
pub struct Source {
    file: String,
    text: String,
}

impl Source {
    /// Keeps `text` under the name that messages use.
    #[must_use]
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Source {
        Source {
            file: file.into(),
            text: text.into(),
        }
    }

    /// Reads the whole file as a `T`. An empty file, or one with comments only, is an empty mapping.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, YamlError> {
        let explain = |error: Error| self.explain(error.without_snippet());
        match serde_saphyr::from_str(&self.text).map_err(explain)? {
            Some(document) => Ok(document),
            None => serde_saphyr::from_str("{}").map_err(explain),
        }
    }

    /// Where a value stands.
    #[must_use]
    pub fn spot<T>(&self, value: &Spanned<T>) -> Spot {
        self.at(value.referenced)
    }

    fn at(&self, location: Location) -> Spot {
        let line = usize::try_from(location.line()).unwrap_or(0);
        Spot {
            file: self.file.clone(),
            line,
            column: usize::try_from(location.column()).unwrap_or(1),
            excerpt: self
                .text
                .lines()
                .nth(line.saturating_sub(1))
                .unwrap_or_default()
                .to_owned(),
        }
    }

    fn explain(&self, error: &Error) -> YamlError {
        let spot = self.at(error.location().unwrap_or(Location::UNKNOWN));
        match error {
            Error::SerdeUnknownField {
                field, expected, ..
            } => YamlError::UnknownKey {
                spot,
                suggestion: nearest(field, expected),
                key: field.clone(),
                known: expected.clone(),
            },
            Error::SerdeMissingField { field, .. } => YamlError::MissingKey {
                spot,
                key: (*field).to_owned(),
            },
            Error::DuplicateMappingKey { key, .. } => YamlError::DuplicateKey {
                parent: self.parent(&spot),
                spot,
                key: key.clone().unwrap_or_default(),
            },
            Error::SerdeInvalidType {
                unexpected,
                expected,
                ..
            }
            | Error::SerdeInvalidValue {
                unexpected,
                expected,
                ..
            } => YamlError::WrongType {
                spot,
                expected: expected.clone(),
                found: unexpected.clone(),
            },
            Error::SerdeUnknownVariant {
                variant, expected, ..
            } => YamlError::WrongType {
                spot,
                expected: expected.join(" | "),
                found: variant.clone(),
            },
            Error::Unexpected { expected, .. } => YamlError::WrongType {
                spot,
                expected: (*expected).to_owned(),
                found: String::new(),
            },
            Error::InvalidScalar { ty, .. } => YamlError::WrongType {
                spot,
                expected: (*ty).to_owned(),
                found: String::new(),
            },
            Error::NullIntoString { .. } => YamlError::WrongType {
                spot,
                expected: "a string".to_owned(),
                found: "null".to_owned(),
            },
            Error::InvalidBooleanStrict { .. } => YamlError::WrongType {
                spot,
                expected: "true | false".to_owned(),
                found: String::new(),
            },
            other => YamlError::Syntax {
                spot,
                problem: problem(other),
            },
        }
    }
}

impl Source {
    /// The key of the nearest line above that is indented less.
    fn parent(&self, spot: &Spot) -> Option<String> {
        let above: Vec<&str> = self
            .text
            .lines()
            .take(spot.line.saturating_sub(1))
            .collect();
        let line = above.iter().rev().find(|line| {
            let start = line.trim_start();
            !start.is_empty()
                && !start.starts_with('#')
                && line.len() - start.len() + 1 < spot.column
        })?;
        let (key, _) = line.trim().split_once(':')?;
        Some(key.to_owned())
    }
}

/// The parser's words without its own mention of the place, which the spot has already.
fn problem(error: &Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let text = first.strip_prefix("error: ").unwrap_or(first);
    let end = text.rfind(" at line ").unwrap_or(text.len());
    let text = text[..end].trim_end_matches(',');
    // Advice for whoever calls the parser is none for whoever wrote the file.
    let end = text.find("; use ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// A value that is there although it may be left out: a key without a value is a mistake, since
/// nobody can tell a value that is still to come from one that is not wanted.
///
/// # Errors
/// The value is null, or of another type.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The known word that `word` was probably meant to be.
#[must_use]
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// A mapping whose keys are the user's own, in the order of the file.
#[derive(Debug, Clone)]
pub struct Ordered<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        required: Option<bool>,
        things: Option<Ordered<Spanned<String>>>,
    }

    fn error(text: &str) -> YamlError {
        Source::new("sample.yml", text)
            .parse::<Sample>()
            .unwrap_err()
    }

    #[test]
    fn an_unknown_key_suggests_the_known_one() {
        let YamlError::UnknownKey {
            spot,
            key,
            suggestion,
            ..
        } = error("requird: true\n")
        else {
            panic!("another error");
        };
        assert_eq!((spot.line, spot.column, key.as_str()), (1, 1, "requird"));
        assert_eq!(suggestion, Some("required"));
        assert_eq!(spot.excerpt, "requird: true");
    }

    #[test]
    fn a_wrong_type_and_a_duplicate_and_a_tab_have_their_places() {
        assert!(
            matches!(error("required: maybe\n"), YamlError::WrongType { spot, .. } if (spot.line, spot.column) == (1, 11))
        );
        assert!(
            matches!(error("things: [a]\n"), YamlError::WrongType { spot, .. } if spot.line == 1)
        );
        assert!(
            matches!(error("things:\n  a: b\n  a: c\n"), YamlError::DuplicateKey { spot, key, parent } if (spot.line, key.as_str(), parent.as_deref()) == (3, "a", Some("things")))
        );
        assert!(
            matches!(error("things:\n\ta: b\n"), YamlError::Syntax { spot, .. } if spot.line == 2)
        );
    }

    #[test]
    fn a_file_without_a_value_is_an_empty_mapping() {
        for text in ["", "\n", "# later\n", "---\n", "# later\n---\n# more\n"] {
            let sample: Sample = Source::new("sample.yml", text).parse().unwrap();
            assert!(sample.things.is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_order_and_the_spots_of_entries_are_kept() {
        let source = Source::new("sample.yml", "things:\n  z: one\n  a: two\n");
        let sample: Sample = source.parse().unwrap();
        let things = sample.things.unwrap().0;
        assert_eq!(things[0].0.value, "z");
        assert_eq!(
            (
                source.spot(&things[1].0).line,
                source.spot(&things[1].0).column
            ),
            (3, 3)
        );
        assert_eq!(source.spot(&things[1].1).column, 6);
    }
}
