//! Known secrets, and the search for them, in every form, in whatever was written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use build_token_secret::{Secret, forms};

/// So much of a form is looked for, in bytes: enough to be no accident, and a token that was cut off
/// is found too.
const ENOUGH: usize = 48;

/// Secrets that are looked for.
pub struct Canaries {
    names: Vec<String>,
    search: AhoCorasick,
}

impl Canaries {
    /// Secrets by name. Several may share a name.
    pub fn new<'n>(secrets: impl IntoIterator<Item = (&'n str, String)>) -> Canaries {
        let (mut names, mut patterns) = (Vec::new(), Vec::new());
        for (name, secret) in secrets {
            for form in forms(&Secret::new(secret)) {
                names.push(name.to_owned());
                patterns.push(form.bytes[..form.bytes.len().min(ENOUGH)].to_vec());
            }
        }
        assert!(!patterns.is_empty(), "there is nothing to look for");
        Canaries {
            names,
            search: AhoCorasick::new(patterns).expect("an automaton"),
        }
    }

    /// The names of the secrets that are in `bytes`.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let found = self.search.find_overlapping_iter(bytes);
        found
            .map(|found| self.names[found.pattern().as_usize()].as_str())
            .collect()
    }

    /// The secrets in the files below `directory`, and in the files' names: each with its file.
    pub fn found_below(&self, directory: &Path) -> Vec<(&str, PathBuf)> {
        let mut found = Vec::new();
        for path in everything_below(directory) {
            let mut bytes = path.as_os_str().as_encoded_bytes().to_vec();
            if let Ok(target) = path.read_link() {
                bytes.extend(target.as_os_str().as_encoded_bytes());
            } else if path.is_file() {
                bytes.extend(std::fs::read(&path).expect("a file that can be read"));
            }
            found.extend(
                self.found_in(&bytes)
                    .into_iter()
                    .map(|name| (name, path.clone())),
            );
        }
        found
    }
}

/// Files, links and directories; links are not followed.
fn everything_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in directory
            .read_dir()
            .expect("a directory")
            .map(|entry| entry.expect("an entry"))
        {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                pending.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found
}
