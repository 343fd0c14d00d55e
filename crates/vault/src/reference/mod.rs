//! Where a secret is: mount, path, field and version, in every form that people paste.

mod form;
mod variables;

#[cfg(test)]
mod tests;

use std::fmt;

/// The field that is read where a form has no place to name one.
pub const DEFAULT_FIELD: &str = "token";

/// The mount that GitLab's short form means when it names none.
pub const DEFAULT_MOUNT: &str = "kv-v2";

/// A field of a secret in a KV version 2 engine. Its normal form is GitLab's short form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretRef {
    mount: String,
    path: String,
    field: String,
    version: Option<u32>,
}

/// What was found in a text, whether or not it makes a reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The engine's mount.
    pub mount: String,
    /// The path below the mount, without `data/` or `metadata/`.
    pub path: String,
    /// The field.
    pub field: String,
    /// The version as it was written.
    pub version: Option<String>,
}

/// A part of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The engine's mount.
    Mount,
    /// The path below the mount.
    Path,
    /// The field.
    Field,
}

/// Something that a reader of the reference should be told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It named the `metadata/` path, which knows versions and no values; the value is read at
    /// `data/`.
    MetadataPath,
    /// GitLab's short form had the API's path before the `@`: the mount, and `data/` or
    /// `metadata/`. Both were taken out.
    MountRepeated,
    /// The form has no place for a field: [`DEFAULT_FIELD`] is read.
    DefaultField,
    /// The short form named no mount: [`DEFAULT_MOUNT`] is meant, as in GitLab.
    DefaultMount,
    /// The path begins with `data/` or `metadata/`. GitLab takes it literally, and so do we;
    /// mostly it is a mistake.
    ApiWordInPath {
        /// The word.
        word: String,
    },
    /// The path begins with the mount's own name. GitLab takes it literally, and so do we; mostly
    /// it is a mistake.
    MountInPath,
    /// A whole URL was given; its server is not the one that is asked because of it.
    ServerIgnored {
        /// The URL's host.
        host: String,
    },
    /// The URL named a namespace; the configured one is used.
    NamespaceIgnored {
        /// What it named.
        namespace: String,
    },
}

/// A reference, and what to say about how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The reference.
    pub reference: SecretRef,
    /// In the order in which they were noticed.
    pub notes: Vec<Note>,
}

/// Why a text is no reference, with the parts that were found all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a secret reference: {problem}")]
pub struct RefError {
    /// What was found.
    pub parts: Box<Parts>,
    /// What is wrong with it.
    pub problem: RefProblem,
}

/// What is wrong with a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefProblem {
    /// Nothing in this part.
    #[error("empty {0:?}")]
    Empty(Part),
    /// Nothing between two slashes, or before the first or after the last.
    #[error("empty segment in {0:?}")]
    EmptySegment(Part),
    /// `.` or `..` between two slashes.
    #[error("dots as a segment in {0:?}")]
    DotSegment(Part),
    /// A character that cannot be there: a control character anywhere, `@` in a mount, `/` in a
    /// field.
    #[error("character {character:?} in {part:?}")]
    Character {
        /// Where.
        part: Part,
        /// Which.
        character: char,
    },
    /// A variable that is not defined.
    #[error("undefined variable {name}")]
    UndefinedVariable {
        /// Its name.
        name: String,
    },
    /// The version is not a number from 1 on (0 is the latest).
    #[error("bad version {text}")]
    Version {
        /// What was written.
        text: String,
    },
    /// A URL that is neither of the API nor of a secret's page.
    #[error("a URL of nothing that is known")]
    UnknownUrl,
}

impl SecretRef {
    /// Reads any form that people paste; variables (`$NAME`, `${NAME}`) are expanded by `expand`.
    ///
    /// Known by their marks are `mount/path#field`, the API's paths (`…/data/…`, `…/metadata/…`,
    /// `/v1/…`) and URLs of the API and the user interface. All else is GitLab's short form,
    /// `path/field@mount`, which is first taken apart and then expanded, as GitLab does it: a
    /// variable cannot change what is the mount and what the field.
    ///
    /// # Errors
    /// [`RefError`] with the parts that were found.
    pub fn parse(text: &str, expand: &dyn Fn(&str) -> Option<String>) -> Result<Parsed, RefError> {
        let text = text.trim();
        let expanding = |part: &str| variables::expand(part, expand);
        let failed = |parts, problem| RefError {
            parts: Box::new(parts),
            problem,
        };
        let found = form::read(text, &expanding).map_err(|problem| {
            let literally = |part: &str| Ok(part.to_owned());
            let parts = form::read(text, &literally).map(|found| found.parts);
            failed(parts.unwrap_or_default(), problem)
        })?;
        match SecretRef::from_parts(&found.parts) {
            Ok(reference) => Ok(Parsed {
                reference,
                notes: found.notes,
            }),
            Err(problem) => Err(failed(found.parts, problem)),
        }
    }

    /// A reference from parts that are known already.
    ///
    /// # Errors
    /// [`RefProblem`], the first that is found.
    pub fn from_parts(parts: &Parts) -> Result<SecretRef, RefProblem> {
        check(Part::Mount, &parts.mount)?;
        check(Part::Path, &parts.path)?;
        check(Part::Field, &parts.field)?;
        let version = match parts.version.as_deref() {
            None => None,
            Some(text) => {
                let bad = |_| RefProblem::Version {
                    text: text.to_owned(),
                };
                Some(text.parse::<u32>().map_err(bad)?).filter(|version| *version > 0)
            }
        };
        Ok(SecretRef {
            mount: parts.mount.clone(),
            path: parts.path.clone(),
            field: parts.field.clone(),
            version,
        })
    }

    /// The engine's mount, without slashes at its ends.
    pub fn mount(&self) -> &str {
        &self.mount
    }

    /// The path below the mount.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The field.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The version; `None` is the latest.
    pub fn version(&self) -> Option<u32> {
        self.version
    }

    /// GitLab's short form, `path/field@mount`. It has no place for a version.
    pub fn ci_short(&self) -> String {
        format!("{}/{}@{}", self.path, self.field, self.mount)
    }

    /// The API's path where the value is read: `mount/data/path`.
    pub fn api_read_path(&self) -> String {
        format!("{}/data/{}", self.mount, self.path)
    }

    /// The API's path of versions and custom metadata, without values: `mount/metadata/path`.
    pub fn api_metadata_path(&self) -> String {
        format!("{}/metadata/{}", self.mount, self.path)
    }

    /// The policy stanza that lets a role read it, in Vault's policy language.
    pub fn policy(&self) -> String {
        let path = self
            .api_read_path()
            .replace('\\', "\\\\")
            .replace('"', "\\\"");
        format!("path \"{path}\" {{\n  capabilities = [\"read\"]\n}}")
    }

    /// What is asked of the server: the percent-encoded read path, with the version.
    pub(crate) fn target(&self) -> String {
        let path = crate::encode::path(&self.api_read_path());
        match self.version {
            Some(version) => format!("/v1/{path}?version={version}"),
            None => format!("/v1/{path}"),
        }
    }
}

/// The normal form: GitLab's short form.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ci_short())
    }
}

fn check(part: Part, text: &str) -> Result<(), RefProblem> {
    let forbidden = |c: &char| {
        c.is_control() || (part == Part::Mount && *c == '@') || (part == Part::Field && *c == '/')
    };
    if text.is_empty() {
        return Err(RefProblem::Empty(part));
    }
    if let Some(character) = text.chars().find(forbidden) {
        return Err(RefProblem::Character { part, character });
    }
    if part == Part::Field {
        return Ok(());
    }
    for segment in text.split('/') {
        match segment {
            "" => return Err(RefProblem::EmptySegment(part)),
            "." | ".." => return Err(RefProblem::DotSegment(part)),
            _ => {}
        }
    }
    Ok(())
}
