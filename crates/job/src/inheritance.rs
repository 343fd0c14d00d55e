//! What git has been told already, as far as it could lead past our helper.
//!
//! Asking git costs a process, so its files are looked at first: most say nothing that matters.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment::Environment;
use crate::git_program::find_git;
use crate::reach::Reach;
use crate::wiring::{Entry, needs_a_closer_look, parse_list};

/// A configuration file that is larger than this is left to git to read.
const LARGEST: u64 = 1024 * 1024;

/// git's inherited configuration in `directory`, or nothing where nothing in it matters for `reach`.
/// No git in `checkout` is asked.
#[must_use]
pub fn configuration(
    environment: &Environment,
    reach: &[Reach],
    checkout: &Path,
    directory: &Path,
) -> Vec<Entry> {
    if !by_environment(environment)
        && !files(environment, directory)
            .iter()
            .any(|file| file_matters(file, reach))
    {
        return Vec::new();
    }
    let path = environment.get("PATH").unwrap_or_default();
    let Ok(git) = find_git(path, checkout) else {
        return Vec::new();
    };
    let output = Command::new(git)
        .args(["config", "--list", "--null", "--includes"])
        .current_dir(directory)
        .env_clear()
        .envs(environment.iter())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output
        .map(|output| parse_list(&output.stdout))
        .unwrap_or_default()
}

/// The file of the whole system, which git reads first; `None` where git is told to leave it out.
#[must_use]
pub fn system_file(environment: &Environment, checkout: &Path) -> Option<PathBuf> {
    let no_system = environment
        .get("GIT_CONFIG_NOSYSTEM")
        .and_then(OsStr::to_str);
    if no_system.is_some_and(|value| !matches!(value, "" | "0" | "false" | "no" | "off")) {
        return None;
    }
    let named = environment
        .get("GIT_CONFIG_SYSTEM")
        .filter(|value| !value.is_empty());
    let path = environment.get("PATH").unwrap_or_default();
    match (named, find_git(path, checkout)) {
        (Some(named), _) => Some(named.into()),
        // Where it is depends on how git was built.
        (None, Ok(git)) => Command::new(git)
            .args(["config", "--system", "--list", "--null", "--show-origin"])
            .env_clear()
            .envs(environment.iter())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
            .and_then(|output| {
                let origin = output.stdout.split(|byte| *byte == 0).next()?;
                let path = origin.strip_prefix(b"file:")?;
                Some(PathBuf::from(OsStr::from_bytes(path)))
            }),
        (None, Err(_)) => None,
    }
}

fn by_environment(environment: &Environment) -> bool {
    environment.iter().any(|(name, value)| {
        name.to_str().is_some_and(|name| {
            name == "GIT_CONFIG_PARAMETERS" || name.starts_with("GIT_CONFIG_KEY_")
        }) && (name == "GIT_CONFIG_PARAMETERS" || key_matters(value))
    })
}

fn key_matters(key: &OsStr) -> bool {
    let key = key.to_string_lossy().to_ascii_lowercase();
    [".insteadof", ".extraheader", ".helper", "include"]
        .iter()
        .any(|part| key.contains(part))
}

fn file_matters(file: &Path, reach: &[Reach]) -> bool {
    fs::metadata(file).is_ok_and(|metadata| {
        metadata.is_file()
            && (metadata.len() > LARGEST
                || fs::read(file).is_ok_and(|text| needs_a_closer_look(&text, reach)))
    })
}

/// Where git looks (git-config(1), "FILES"): system, global, and the repository's own.
fn files(environment: &Environment, directory: &Path) -> Vec<PathBuf> {
    let path = |name: &str| {
        environment
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let mut files = Vec::new();
    files.push(path("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into()));
    match path("GIT_CONFIG_GLOBAL") {
        Some(global) => files.push(global),
        None => {
            let home = path("HOME");
            files.extend(home.as_ref().map(|home| home.join(".gitconfig")));
            let xdg = path("XDG_CONFIG_HOME").or_else(|| home.map(|home| home.join(".config")));
            files.extend(xdg.map(|xdg| xdg.join("git/config")));
        }
    }
    match path("GIT_DIR") {
        Some(repository) => files.push(repository.join("config")),
        None => files.extend(
            directory
                .ancestors()
                .map(|above| above.join(".git/config"))
                .find(|file| file.exists()),
        ),
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    #[test]
    fn only_what_can_bypass_the_helper_is_asked_for() {
        let home = tempfile::tempdir().unwrap();
        let child = environment(&[
            ("HOME", home.path().to_str().unwrap()),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("PATH", &std::env::var("PATH").unwrap()),
        ]);
        fs::write(home.path().join(".gitconfig"), "[user]\n\tname = A\n").unwrap();
        let reach = [Reach::parse("https://h/g/").unwrap()];
        let asked = || configuration(&child, &reach, home.path(), home.path());
        assert_eq!(asked(), []);
        let header = "[http \"https://h/g\"]\n\textraHeader = A: b\n";
        fs::write(home.path().join(".gitconfig"), header).unwrap();
        assert_eq!(
            asked(),
            [("http.https://h/g.extraheader".to_owned(), "A: b".to_owned())]
        );
    }
}
