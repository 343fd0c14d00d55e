//! How git in the child's environment is told of our helper, and of nothing else.
//!
//! `GIT_CONFIG_COUNT/KEY_n/VALUE_n` (git-config(1), since 2.31) is read last, so an empty value resets
//! what was inherited. For each prefix of the reach: no other helper, ours, the path sent along, no
//! header of somebody else's, and an identity rewrite, since an inherited `insteadOf` would lead away
//! before any helper is asked. git takes the longest `insteadOf` and the most specific
//! `http.<url>.extraHeader`, so an inherited one below our prefix needs an answer of its own.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::environment::Environment;
use crate::reach::Reach;
use crate::shell::quoted;

/// One entry of git's configuration, as key and value.
pub type Entry = (String, String);

/// Our program as git calls it: a shell command, to which git adds `get`, `store` or `erase`.
#[derive(Debug, Clone)]
pub struct Helper {
    command: String,
}

/// How the command ends; by this `clean` knows what `setup` wrote.
const COMMAND_END: &str = " git-credential";

impl Helper {
    /// Under `run`: the helper finds its parent through the environment.
    #[must_use]
    pub fn under_run(program: &Path) -> Helper {
        Helper {
            command: format!("!{}{COMMAND_END}", quoted(&program.to_string_lossy())),
        }
    }

    /// Alone: the helper fetches the token with this configuration and no other.
    #[must_use]
    pub fn alone(program: &Path, config: Option<&Path>) -> Helper {
        let option = config.map(|path| format!(" --config {}", quoted(&path.to_string_lossy())));
        Helper {
            command: format!(
                "!{}{}{COMMAND_END}",
                quoted(&program.to_string_lossy()),
                option.unwrap_or_default()
            ),
        }
    }
}

/// The entries that make git ask `helper` for every repository in `reach`. `inherited` is the
/// configuration that git has already, as far as it concerns us.
#[must_use]
pub fn entries(helper: &Helper, reach: &[Reach], inherited: &[Entry]) -> Vec<Entry> {
    let helper = &helper.command;
    let mut entries = Vec::new();
    for reach in reach {
        let prefix = reach.prefix();
        let mut set = |key: String, value: &str| entries.push((key, value.to_owned()));
        set(format!("credential.{prefix}.helper"), "");
        set(format!("credential.{prefix}.helper"), helper);
        set(format!("credential.{prefix}.useHttpPath"), "true");
        set(format!("url.{reach}.insteadOf"), &reach.to_string());
        set(format!("http.{prefix}.extraHeader"), "");
        set(format!("http.{prefix}.sslVerify"), "true");
    }
    for (key, value) in inherited {
        let lower = key.to_ascii_lowercase();
        if let Some(url) = middle(key, &lower, "http.", ".extraheader") {
            if concerns(reach, url) {
                entries.push((format!("http.{url}.extraHeader"), String::new()));
            }
        } else if let Some(url) = middle(key, &lower, "credential.", ".helper") {
            if concerns(reach, url) {
                entries.push((format!("credential.{url}.helper"), String::new()));
                entries.push((format!("credential.{url}.helper"), helper.clone()));
            }
        } else if middle(key, &lower, "url.", ".insteadof").is_some() && concerns(reach, value) {
            entries.push((format!("url.{value}.insteadOf"), value.clone()));
        }
    }
    entries
}

/// The variables that give these entries to git, after those that `environment` has already.
///
/// git reads `GIT_CONFIG_PARAMETERS` (what `git -c` passes on to its children) after the numbered ones,
/// so where it is set the entries are put at its end too.
#[must_use]
pub fn variables(entries: &[Entry], environment: &Environment) -> Vec<(OsString, OsString)> {
    let count = environment.get("GIT_CONFIG_COUNT").and_then(OsStr::to_str);
    // No environment has room for more; git refuses what is no number.
    let first = count
        .and_then(|count| count.trim().parse::<u16>().ok())
        .map_or(0, usize::from);
    let mut variables: Vec<(OsString, OsString)> = Vec::with_capacity(entries.len() * 2 + 1);
    for (index, (key, value)) in entries.iter().enumerate() {
        let number = first + index;
        variables.push((format!("GIT_CONFIG_KEY_{number}").into(), key.into()));
        variables.push((format!("GIT_CONFIG_VALUE_{number}").into(), value.into()));
    }
    variables.push((
        "GIT_CONFIG_COUNT".into(),
        (first + entries.len()).to_string().into(),
    ));
    if let Some(parameters) = environment
        .get("GIT_CONFIG_PARAMETERS")
        .filter(|value| !value.is_empty())
    {
        let mut parameters = parameters.to_owned();
        for (key, value) in entries {
            parameters.push(format!(" {}={}", quoted(key), quoted(value)));
        }
        variables.push(("GIT_CONFIG_PARAMETERS".into(), parameters));
    }
    variables
}

/// Whether a URL or a prefix of URLs in git's configuration is at or below one of `reach`.
fn concerns(reach: &[Reach], url: &str) -> bool {
    reach.iter().any(|reach| {
        reach.covers(url) || Reach::parse(url).is_ok_and(|prefix| prefix.is_within(reach))
    })
}

/// Whether an inherited rewrite is for what lies within `reach`.
#[must_use]
pub fn is_rewritten(reach: &[Reach], inherited: &[Entry]) -> bool {
    inherited.iter().any(|(key, value)| {
        middle(key, &key.to_ascii_lowercase(), "url.", ".insteadof").is_some()
            && concerns(reach, value)
    })
}

/// A configuration file with the rewrites of `entries`, followed by `system`'s. Of two rewrites of equal
/// length git takes the one that it read first, so ours have to stand before everything inherited.
#[must_use]
pub fn first_of_all(entries: &[Entry], system: Option<&Path>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = String::new();
    for (key, value) in entries {
        if middle(key, &key.to_ascii_lowercase(), "url.", ".insteadof").is_some() {
            let value = quoted(value);
            text.push_str(&format!("[url {value}]\n\tinsteadOf = {value}\n"));
        }
    }
    if let Some(system) = system {
        let path = quoted(&system.to_string_lossy());
        text.push_str(&format!("[include]\n\tpath = {path}\n"));
    }
    text
}

/// Of a configuration, the entries that [`entries`] has made for a helper alone.
#[must_use]
pub fn ours(configuration: &[Entry]) -> Vec<Entry> {
    let prefixes: Vec<&str> = configuration
        .iter()
        .filter(|(_, value)| value.starts_with('!') && value.ends_with(COMMAND_END))
        .filter_map(|(key, _)| middle(key, &key.to_ascii_lowercase(), "credential.", ".helper"))
        .collect();
    let is_ours = |(key, value): &&Entry| {
        let lower = key.to_ascii_lowercase();
        prefixes.iter().any(|prefix| {
            let credential = |name| middle(key, &lower, "credential.", name) == Some(prefix);
            (credential(".helper") && (value.is_empty() || value.ends_with(COMMAND_END)))
                || (credential(".usehttppath") && value == "true")
                || (middle(key, &lower, "http.", ".extraheader") == Some(prefix)
                    && value.is_empty())
                || (middle(key, &lower, "http.", ".sslverify") == Some(prefix) && value == "true")
                || (middle(key, &lower, "url.", ".insteadof") == Some(value.as_str())
                    && value.strip_suffix('/') == Some(prefix))
        })
    };
    let mut ours: Vec<Entry> = configuration.iter().filter(is_ours).cloned().collect();
    ours.dedup();
    ours
}

/// Whether a configuration file's text can hold something that bypasses us within `reach`, so that git
/// has to be asked what exactly. Most files cannot, and asking costs a process.
///
/// What is as specific as our prefix, or more, has the host's name in it; the rest of it ours overrides.
#[must_use]
pub fn needs_a_closer_look(text: &[u8], reach: &[Reach]) -> bool {
    let lower = text.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    has("include")
        || (reach.iter().any(|reach| has(reach.host()))
            && ["insteadof", "extraheader", "[credential"]
                .into_iter()
                .any(has))
}

/// Parses the output of `git config --list --null`: key, newline, value, zero byte.
#[must_use]
pub fn parse_list(output: &[u8]) -> Vec<Entry> {
    output
        .split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let text = String::from_utf8_lossy(entry);
            match text.split_once('\n') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                None => (text.into_owned(), String::new()),
            }
        })
        .collect()
}

/// The case-sensitive middle of a key like `http.<url>.extraHeader`.
fn middle<'k>(key: &'k str, lower: &str, first: &str, last: &str) -> Option<&'k str> {
    (lower.len() > first.len() + last.len() && lower.starts_with(first) && lower.ends_with(last))
        .then(|| &key[first.len()..key.len() - last.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Vec<Reach> {
        vec![Reach::parse("https://gitlab.com/gitlab-org/security/").unwrap()]
    }

    #[test]
    fn every_prefix_gets_its_entries() {
        let entries = entries(
            &Helper::under_run(Path::new("/opt/it's/build-token")),
            &reach(),
            &[],
        );
        let lines: Vec<String> = entries
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            lines,
            [
                "credential.https://gitlab.com/gitlab-org/security.helper=",
                r"credential.https://gitlab.com/gitlab-org/security.helper=!'/opt/it'\''s/build-token' git-credential",
                "credential.https://gitlab.com/gitlab-org/security.useHttpPath=true",
                "url.https://gitlab.com/gitlab-org/security/.insteadOf=https://gitlab.com/gitlab-org/security/",
                "http.https://gitlab.com/gitlab-org/security.extraHeader=",
                "http.https://gitlab.com/gitlab-org/security.sslVerify=true",
            ]
        );
    }

    #[test]
    fn what_is_inherited_below_a_prefix_is_answered_and_what_is_outside_is_left_alone() {
        let inherited = [
            (
                "http.https://gitlab.com/gitlab-org/security/x.git.extraheader",
                "PRIVATE-TOKEN: a",
            ),
            ("http.https://gitlab.com/.extraheader", "PRIVATE-TOKEN: b"),
            (
                "url.https://ci:t@gitlab.com/gitlab-org/security/x.insteadof",
                "https://gitlab.com/gitlab-org/security/x",
            ),
            (
                "url.https://mirror.example/.insteadof",
                "https://gitlab.com/other/",
            ),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let added = entries(&Helper::under_run(Path::new("/b")), &reach(), &inherited).split_off(6);
        assert_eq!(
            added,
            [
                (
                    "http.https://gitlab.com/gitlab-org/security/x.git.extraHeader".to_owned(),
                    String::new()
                ),
                (
                    "url.https://gitlab.com/gitlab-org/security/x.insteadOf".to_owned(),
                    "https://gitlab.com/gitlab-org/security/x".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn our_rewrites_can_be_read_before_all_others() {
        let reach = reach();
        let rewrite =
            |value: &str| vec![("url.https://mirror/.insteadof".to_owned(), value.to_owned())];
        assert!(!is_rewritten(&reach, &rewrite("https://gitlab.com/")));
        assert!(is_rewritten(
            &reach,
            &rewrite("https://gitlab.com/gitlab-org/security/")
        ));
        let host = [Reach::parse("https://gitlab.com/").unwrap()];
        assert!(is_rewritten(&host, &rewrite("https://gitlab.com/")));
        let inherited = rewrite("https://gitlab.com/gitlab-org/security/x");
        assert!(is_rewritten(&reach, &inherited));
        let entries = entries(&Helper::under_run(Path::new("/b")), &reach, &inherited);
        assert_eq!(
            first_of_all(&entries, Some(Path::new("/etc/git\"config"))),
            "[url \"https://gitlab.com/gitlab-org/security/\"]\n\
             \tinsteadOf = \"https://gitlab.com/gitlab-org/security/\"\n\
             [url \"https://gitlab.com/gitlab-org/security/x\"]\n\
             \tinsteadOf = \"https://gitlab.com/gitlab-org/security/x\"\n\
             [include]\n\tpath = \"/etc/git\\\"config\"\n"
        );
    }

    #[test]
    fn what_setup_wrote_is_known_again_and_nothing_else() {
        let helper = Helper::alone(Path::new("/b"), Some(Path::new("/p/.build-token.yml")));
        let written = entries(&helper, &reach(), &[]);
        let mut configuration = vec![("user.name".to_owned(), "A".to_owned())];
        configuration.extend(written.clone());
        configuration.push((
            "credential.https://other.example.helper".to_owned(),
            String::new(),
        ));
        assert_eq!(ours(&configuration), written);
    }

    #[test]
    fn entries_are_added_after_those_that_are_there() {
        let inherited = [
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_PARAMETERS", "'x.y'='z'"),
        ];
        let inherited =
            Environment::new(inherited.map(|(name, value)| (name.into(), value.into())));
        let added = variables(&[("a.b".into(), "c".into())], &inherited);
        let text: Vec<String> = added
            .iter()
            .map(|(key, value)| format!("{}={}", key.display(), value.display()))
            .collect();
        assert_eq!(
            text,
            [
                "GIT_CONFIG_KEY_2=a.b",
                "GIT_CONFIG_VALUE_2=c",
                "GIT_CONFIG_COUNT=3",
                "GIT_CONFIG_PARAMETERS='x.y'='z' 'a.b'='c'"
            ]
        );
    }

    #[test]
    fn a_count_that_cannot_be_one_is_none() {
        for count in ["18446744073709551615", "-1", "x"] {
            let inherited = Environment::new([("GIT_CONFIG_COUNT".into(), count.into())]);
            let added = variables(&[("a.b".into(), "c".into())], &inherited);
            assert_eq!(added[2], ("GIT_CONFIG_COUNT".into(), "1".into()));
        }
    }

    #[test]
    fn only_files_that_can_bypass_us_are_looked_at_closely() {
        let look = |text: &str| needs_a_closer_look(text.as_bytes(), &reach());
        assert!(!look("[user]\n\tname = A\n[core]\n\tautocrlf = false\n"));
        assert!(!look(
            "[credential \"https://other.example\"]\n\thelper = store\n"
        ));
        assert!(!look("[http]\n\textraHeader = A: b\n"));
        assert!(look(
            "[url \"x\"]\n\tInsteadOf = https://GitLab.com/gitlab-org/security/y\n"
        ));
        assert!(look("[includeIf \"gitdir:~/\"]\n\tpath = z\n"));
    }

    #[test]
    fn the_list_of_git_is_read() {
        assert_eq!(
            parse_list(b"a.b\nvalue\nwith line\0flag\0"),
            [
                ("a.b".to_owned(), "value\nwith line".to_owned()),
                ("flag".to_owned(), String::new())
            ]
        );
    }
}
