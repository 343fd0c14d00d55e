//! Versioned secrets: which version a read gives, what a write needs, and what deleting, undeleting
//! and destroying leave behind.

mod metadata;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub use metadata::{MetadataChange, Settings, SettingsChange, check_custom_metadata};
pub use shape::{list, merge_patch, scan, subkeys};

use super::fields;

/// Why a request to the engine is refused; the text is the server's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The check-and-set value is no number.
    #[error("error parsing check-and-set parameter")]
    CasUnreadable,
    /// The check-and-set value is not the current version.
    #[error("check-and-set parameter did not match the current version")]
    CasMismatch,
    /// Mount or secret ask for a check-and-set value.
    #[error("check-and-set parameter required for this call")]
    CasMissing,
    /// Mount or secret ask for a check-and-set value on metadata.
    #[error("metadata check-and-set parameter required for this call")]
    MetadataCasMissing,
    /// The check-and-set value is not the metadata's version.
    #[error("metadata check-and-set parameter does not match the current version")]
    MetadataCasMismatch,
    /// There is no metadata yet, so only 0 fits.
    #[error("metadata_cas must be 0 when creating new metadata")]
    MetadataCasNotZero,
    /// What a trailing slash in the path does to a read.
    #[error("could not find version data")]
    DataNotFound,
    /// The version holds `null`, which has no parts to change.
    #[error("resource does not exist")]
    NothingToPatch,
    /// A patch that is not an object.
    #[error("Invalid JSON Patch")]
    NotAPatch,
}

/// One version of a secret.
#[derive(Clone)]
pub struct Version {
    /// When it was written.
    pub created: Timestamp,
    /// From when on it is deleted; may lie ahead.
    pub deletion: Option<Timestamp>,
    /// Whether its data is gone for good.
    pub destroyed: bool,
    data: Value,
}

impl Version {
    fn is_gone(&self, now: Timestamp) -> bool {
        self.destroyed || self.is_deleted(now)
    }

    fn is_deleted(&self, now: Timestamp) -> bool {
        self.deletion.is_some_and(|deletion| deletion < now)
    }
}

/// A secret: its versions and its metadata.
#[derive(Clone, Default)]
pub struct Entry {
    versions: BTreeMap<u64, Version>,
    /// The newest version's number; 0 before the first write.
    pub current: u64,
    /// The oldest version's number, as the server counts it: 0 until versions are pruned.
    pub oldest: u64,
    /// How often the metadata was written.
    pub metadata_version: u64,
    /// When the first write of data or metadata was.
    pub created: Timestamp,
    /// When the last write was.
    pub updated: Timestamp,
    /// The secret's own settings.
    pub settings: Settings,
    /// What people noted; nothing if it was never set.
    pub custom_metadata: Option<BTreeMap<String, String>>,
}

impl Entry {
    /// The versions that are still known, by number.
    pub fn versions(&self) -> impl Iterator<Item = (u64, &Version)> {
        self.versions
            .iter()
            .map(|(number, version)| (*number, version))
    }
}

/// What a read finds.
pub enum Found<'a> {
    /// No such secret, or no such version.
    Nothing,
    /// A version that is deleted or destroyed.
    Gone(u64, &'a Version, &'a Entry),
    /// A version and its data.
    Data(u64, &'a Version, &'a Entry, &'a Value),
}

/// A mount of versioned secrets.
#[derive(Clone, Default)]
pub struct Engine {
    /// What holds for all secrets.
    pub settings: Settings,
    entries: BTreeMap<String, Entry>,
}

/// A path's trailing slash does not count where a secret is looked up.
fn key(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

impl Engine {
    /// A secret with its metadata.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(key(path))
    }

    /// Reads a version; 0 and less is the current one.
    ///
    /// # Errors
    /// [`Refusal::DataNotFound`] for an existing secret whose path was given with a trailing slash.
    pub fn read(&self, path: &str, version: i64, now: Timestamp) -> Result<Found<'_>, Refusal> {
        let Some(entry) = self.entry(path) else {
            return Ok(Found::Nothing);
        };
        let number = u64::try_from(version)
            .ok()
            .filter(|number| *number > 0)
            .unwrap_or(entry.current);
        let Some(version) = entry.versions.get(&number) else {
            return Ok(Found::Nothing);
        };
        if version.is_gone(now) {
            return Ok(Found::Gone(number, version, entry));
        }
        if path.ends_with('/') {
            return Err(Refusal::DataNotFound);
        }
        Ok(Found::Data(number, version, entry, &version.data))
    }

    /// Writes a new version and returns its number and the secret.
    ///
    /// # Errors
    /// The check-and-set refusals.
    pub fn write(
        &mut self,
        path: &str,
        data: Value,
        cas: Option<&Value>,
        now: Timestamp,
    ) -> Result<(u64, &Entry), Refusal> {
        let nothing = Entry::default();
        let known = self.entries.get(path).unwrap_or(&nothing);
        check_cas(
            cas,
            known.current,
            self.settings.cas_required || known.settings.cas_required,
        )?;
        let deletion = self.deletion(known, now);
        let mount = &self.settings;
        let entry = self
            .entries
            .entry(path.to_owned())
            .or_insert_with(|| Entry {
                created: now,
                ..Entry::default()
            });
        entry.add(
            Version {
                created: now,
                deletion,
                destroyed: false,
                data,
            },
            mount,
            now,
        );
        Ok((entry.current, entry))
    }

    /// Changes parts of the current version: `null` removes a field.
    ///
    /// # Errors
    /// The check-and-set refusals, and where there is nothing that can be patched.
    pub fn patch(
        &mut self,
        path: &str,
        patch: &Value,
        cas: Option<&Value>,
        now: Timestamp,
    ) -> Result<(u64, &Entry), Refusal> {
        let known = self.entry(path).ok_or(Refusal::NothingToPatch)?;
        check_cas(
            cas,
            known.current,
            self.settings.cas_required || known.settings.cas_required,
        )?;
        let Found::Data(_, _, _, current) = self.read(path, 0, now)? else {
            return Err(Refusal::NothingToPatch);
        };
        if current.is_null() {
            return Err(Refusal::NothingToPatch);
        }
        if !patch.is_object() {
            return Err(Refusal::NotAPatch);
        }
        let merged = merge_patch(current.clone(), patch);
        self.write(path, merged, cas, now)
    }

    /// When a version that is written or undeleted now will be deleted.
    fn deletion(&self, entry: &Entry, now: Timestamp) -> Option<Timestamp> {
        let after = self.settings.deletes_after(&entry.settings)?;
        now.checked_add(SignedDuration::from_secs(after)).ok()
    }

    /// Deletes the current version, which can be undone.
    pub fn delete_current(&mut self, path: &str, now: Timestamp) {
        if let Some(current) = self.entry(path).map(|entry| entry.current) {
            self.delete(path, &[i64::try_from(current).unwrap_or(i64::MAX)], now);
        }
    }

    /// Deletes versions, which can be undone; unknown and gone ones are left as they are.
    pub fn delete(&mut self, path: &str, versions: &[i64], now: Timestamp) {
        self.each(path, versions, |version| {
            if !version.is_deleted(now) {
                version.deletion = Some(now);
            }
        });
    }

    /// Brings deleted versions back.
    pub fn undelete(&mut self, path: &str, versions: &[i64], now: Timestamp) {
        let Some(deletion) = self.entry(path).map(|entry| self.deletion(entry, now)) else {
            return;
        };
        self.each(path, versions, |version| version.deletion = deletion);
    }

    /// Removes versions' data for good.
    pub fn destroy(&mut self, path: &str, versions: &[i64]) {
        self.each(path, versions, |version| {
            version.destroyed = true;
            version.data = Value::Null;
        });
    }

    fn each(&mut self, path: &str, versions: &[i64], mut change: impl FnMut(&mut Version)) {
        let Some(entry) = self.entries.get_mut(key(path)) else {
            return;
        };
        for number in versions
            .iter()
            .filter_map(|number| u64::try_from(*number).ok())
        {
            if let Some(version) = entry
                .versions
                .get_mut(&number)
                .filter(|version| !version.destroyed)
            {
                change(version);
            }
        }
    }

    /// Removes a secret with everything that was known of it.
    pub fn remove(&mut self, path: &str) {
        self.entries.remove(key(path));
    }

    /// The names directly beneath a directory (empty, or ending with `/`), sorted; directories end
    /// with `/`.
    #[must_use]
    pub fn list(&self, directory: &str) -> Vec<String> {
        list(&self.entries, directory)
    }

    /// All paths beneath a directory: those of a level before those of its directories.
    #[must_use]
    pub fn scan(&self, directory: &str) -> Vec<String> {
        scan(&self.entries, directory)
    }
}

fn check_cas(cas: Option<&Value>, current: u64, required: bool) -> Result<(), Refusal> {
    match cas {
        None if required => Err(Refusal::CasMissing),
        None => Ok(()),
        Some(cas) => match fields::integer(cas).map_err(|_| Refusal::CasUnreadable)? {
            cas if u64::try_from(cas) == Ok(current) => Ok(()),
            _ => Err(Refusal::CasMismatch),
        },
    }
}

impl Entry {
    /// Adds a version and forgets those beyond the limit: the larger of the mount's and the
    /// secret's, 10 where neither has one.
    fn add(&mut self, version: Version, mount: &Settings, now: Timestamp) {
        self.current += 1;
        self.versions.insert(self.current, version);
        self.updated = now;
        let limit = match mount.max_versions.max(self.settings.max_versions) {
            0 => 10,
            limit => u64::from(limit),
        };
        if self.current - self.oldest >= limit {
            let pruned = self.current - limit;
            self.versions.retain(|number, _| *number > pruned);
            self.oldest = pruned + 1;
        }
    }
}
