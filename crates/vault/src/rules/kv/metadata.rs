//! Settings and metadata of versioned secrets, and how they are changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Engine, Entry, Refusal};
use crate::rules::{fields, quote::quoted};

/// What may be set for a mount and for a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How many versions are kept; 0 leaves it to the other level.
    pub max_versions: u32,
    /// Whether each write of data has to say which version it replaces.
    pub cas_required: bool,
    /// Whether each write of metadata has to say which version it replaces.
    pub metadata_cas_required: bool,
    /// After how many seconds a version deletes itself; 0 is never, and −1 on a mount turns it off
    /// for its secrets too.
    pub delete_version_after: i64,
}

impl Settings {
    /// The shorter of the mount's and the secret's time, if there is one.
    pub(super) fn deletes_after(&self, entry: &Self) -> Option<i64> {
        match (self.delete_version_after, entry.delete_version_after) {
            (-1, _) | (0, 0) => None,
            (0, only) | (only, 0) => Some(only),
            (mount, entry) => Some(mount.min(entry)),
        }
    }

    /// Changes what is given.
    pub fn change(&mut self, change: &SettingsChange) {
        if let Some(max_versions) = change.max_versions {
            // The server stores 32 bits, so −1 becomes the largest number.
            self.max_versions = max_versions as u32;
        }
        self.cas_required = change.cas_required.unwrap_or(self.cas_required);
        self.metadata_cas_required = change
            .metadata_cas_required
            .unwrap_or(self.metadata_cas_required);
        self.delete_version_after = change
            .delete_version_after
            .map_or(self.delete_version_after, |after| after.max(-1));
    }
}

/// New settings; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// See [`Settings::max_versions`].
    pub max_versions: Option<i64>,
    /// See [`Settings::cas_required`].
    pub cas_required: Option<bool>,
    /// See [`Settings::metadata_cas_required`].
    pub metadata_cas_required: Option<bool>,
    /// See [`Settings::delete_version_after`].
    pub delete_version_after: Option<i64>,
}

impl SettingsChange {
    /// Whether nothing is given, in which case the server does nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A write of metadata.
#[derive(Clone, Debug, Default)]
pub struct MetadataChange {
    /// The secret's settings.
    pub settings: SettingsChange,
    /// Replaces what people noted. In a patch, `None` values remove keys.
    pub custom_metadata: Option<BTreeMap<String, Option<String>>>,
    /// In a patch, forgets everything that people noted.
    pub clear_custom_metadata: bool,
    /// The metadata version that this replaces.
    pub cas: Option<i64>,
}

impl MetadataChange {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.custom_metadata.is_none()
    }
}

impl Engine {
    /// Writes a secret's metadata, and makes the secret where there is none.
    ///
    /// # Errors
    /// The refusals for metadata's check-and-set.
    pub fn write_metadata(
        &mut self,
        path: &str,
        change: &MetadataChange,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let known = self.entry(path);
        check_cas(change.cas, known, self.settings.metadata_cas_required)?;
        let entry = self
            .entries
            .entry(super::key(path).to_owned())
            .or_insert_with(|| Entry {
                created: now,
                ..Entry::default()
            });
        entry.change(change, now);
        if let Some(custom) = &change.custom_metadata {
            let texts = custom
                .iter()
                .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()));
            entry.custom_metadata =
                Some(texts.collect()).filter(|texts: &BTreeMap<_, _>| !texts.is_empty());
        }
        Ok(())
    }

    /// Changes parts of a secret's metadata; `false` where there is no such secret.
    ///
    /// # Errors
    /// The refusals for metadata's check-and-set.
    pub fn patch_metadata(
        &mut self,
        path: &str,
        change: &MetadataChange,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let Some(known) = self.entry(path) else {
            return Ok(false);
        };
        check_cas(change.cas, Some(known), self.settings.metadata_cas_required)?;
        let Some(entry) = self.entries.get_mut(super::key(path)) else {
            return Ok(false);
        };
        entry.change(change, now);
        if change.clear_custom_metadata {
            entry.custom_metadata = None;
        }
        for (key, value) in change.custom_metadata.iter().flatten() {
            let custom = entry.custom_metadata.get_or_insert_default();
            match value {
                Some(value) => custom.insert(key.clone(), value.clone()),
                None => custom.remove(key),
            };
        }
        Ok(true)
    }
}

impl Entry {
    fn change(&mut self, change: &MetadataChange, now: Timestamp) {
        self.metadata_version += 1;
        self.updated = now;
        self.settings.change(&change.settings);
    }
}

fn check_cas(cas: Option<i64>, known: Option<&Entry>, mount_requires: bool) -> Result<(), Refusal> {
    let required =
        mount_requires || known.is_some_and(|entry| entry.settings.metadata_cas_required);
    match (cas, known) {
        (None, _) if required => Err(Refusal::MetadataCasMissing),
        (None, _) => Ok(()),
        (Some(cas), None) if cas != 0 => Err(Refusal::MetadataCasNotZero),
        (Some(cas), Some(entry)) if u64::try_from(cas) != Ok(entry.metadata_version) => {
            Err(Refusal::MetadataCasMismatch)
        }
        (Some(_), _) => Ok(()),
    }
}

const MOST_KEYS: usize = 64;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 512;

/// Reads `custom_metadata`: texts of bounded length and number, all of which can be printed. With
/// `patch`, `null` values are kept to remove keys.
///
/// # Errors
/// The server's text.
pub fn check_custom_metadata(
    given: &Value,
    patch: bool,
) -> Result<BTreeMap<String, Option<String>>, String> {
    const PREFIX: &str = "custom_metadata validation failed";
    let mut read = BTreeMap::new();
    for (key, value) in fields::map(given)? {
        let text = fields::text(&value).map_err(|error| format!("{PREFIX}: {error}"))?;
        read.insert(key, (!patch || !value.is_null()).then_some(text));
    }
    let set: Vec<(&String, &String)> = read
        .iter()
        .filter_map(|(key, value)| Some((key, value.as_ref()?)))
        .collect();
    let mut errors = Vec::new();
    if set.len() > MOST_KEYS {
        errors.push(format!(
            "{PREFIX}: payload must contain at most {MOST_KEYS} keys, provided {}",
            set.len()
        ));
    } else {
        for (key, value) in set {
            let (name, lengths) = (quoted(key), (key.len(), value.len()));
            if lengths.0 == 0 || lengths.0 > LONGEST_KEY {
                errors.push(format!(
                    "{PREFIX}: length of key {name} is {} but must be 0 < len(key) <= {LONGEST_KEY}",
                    lengths.0
                ));
            }
            if lengths.1 == 0 || lengths.1 > LONGEST_VALUE {
                errors.push(format!(
                    "{PREFIX}: length of value for key {name} is {} but must be 0 < len(value) <= {LONGEST_VALUE}",
                    lengths.1
                ));
            }
            if !printable(key) {
                errors.push(format!(
                    "{PREFIX}: key {name} ({key}) contains unprintable characters"
                ));
            }
            if !printable(value) {
                errors.push(format!(
                    "{PREFIX}: value for key {name} contains unprintable characters"
                ));
            }
        }
    }
    if errors.is_empty() {
        Ok(read)
    } else {
        Err(crate::rules::policy::several(&errors))
    }
}

fn printable(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '"' | '\'' | '\\') || c.escape_debug().count() == 1)
}
