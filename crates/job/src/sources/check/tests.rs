//! Whole checks: with a git that is a script, and with the real one and a repository on disk.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::super::channel::Channel;
use super::super::resolve::Origin;
use super::*;
use crate::git_program::find_git;

const LONG: Duration = Duration::from_secs(60);

fn component(name: &str, remote: Option<&str>, needs_token: bool) -> Component {
    let transport = remote.map(|remote| super::super::Remote::read(remote).unwrap().transport);
    Component {
        name: name.into(),
        remote: remote.map(str::to_owned),
        from: Some(Origin::Channel(Channel::Security)),
        needs_token,
        transport,
        notes: Vec::new(),
    }
}

/// A git that is this script, in an environment with a path only.
fn scripted(text: &str) -> (TempDir, Git) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("git");
    fake::program(&file, text);
    let git = Git::new(
        file,
        "/".into(),
        vec![("PATH".into(), "/usr/bin:/bin".into())],
    );
    (directory, git)
}

fn ask(git: &Git, components: &[Component], deadline: Duration) -> Vec<Checked> {
    let check_with = Check {
        git,
        deadline,
        credential: Some(Credential::BuildToken),
        probes: None,
    };
    check(components, &check_with, &|_| {})
}

#[test]
fn every_component_is_asked_once_and_reported_in_its_order() {
    let (_directory, git) = scripted(
        r#"case "$1 $3" in
"ls-remote https://h.example/17") echo "fatal: could not read Username for 'https://h.example': terminal prompts disabled" >&2; exit 128;;
"ls-remote "*) printf '%s\tHEAD\n' 0123456789012345678901234567890123456789;;
*) exit 1;;
esac"#,
    );
    let components: Vec<Component> = (0..20)
        .map(|number| {
            let remote = format!("https://h.example/{number}");
            component(&format!("c{number}"), Some(&remote), true)
        })
        .collect();
    let seen = Mutex::new((BTreeSet::new(), BTreeSet::new()));
    let check_with = Check {
        git: &git,
        deadline: LONG,
        credential: Some(Credential::BuildToken),
        probes: None,
    };
    let results = check(&components, &check_with, &|progress| {
        let mut seen = seen.lock().unwrap();
        assert_eq!(progress.total, 20);
        assert_eq!(progress.reachable, progress.name != "c17");
        seen.0.insert(progress.name.to_owned());
        seen.1.insert(progress.done);
    });
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.0.len(), 20);
    assert_eq!(seen.1, (1..=20).collect());
    let names: Vec<_> = results.iter().map(|checked| checked.name.clone()).collect();
    let expected: Vec<_> = components.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names, expected);
    let head = Some("0123456789012345678901234567890123456789".to_owned());
    assert_eq!(results[3].outcome, Outcome::Reachable { head });
    assert_eq!(results[3].words, None);
    let host = "h.example".to_owned();
    assert_eq!(
        results[17].outcome,
        Outcome::Refused(Box::new(Refusal::NoCredential { host }))
    );
    assert_eq!(
        results[17].words.as_deref(),
        Some("fatal: could not read Username for 'https://h.example': terminal prompts disabled")
    );
}

#[test]
fn no_more_than_eight_are_asked_at_once_and_eight_are() {
    // Each asker waits until eight are there; a ninth would be seen in the directory.
    let (directory, git) = scripted(
        r#"mkdir -p "${0%git}now"
me="${0%git}now/$$"
: > "$me"
ls "${0%git}now" | wc -l >> "${0%git}counts"
tries=0
while [ ! -e "${0%git}full" ] && [ $tries -lt 600 ]; do
  [ "$(ls "${0%git}now" | wc -l)" -ge 8 ] && : > "${0%git}full"
  tries=$((tries + 1)); sleep 0.05
done
rm "$me""#,
    );
    let components: Vec<Component> = (0..24)
        .map(|number| component(&format!("c{number}"), Some("https://h.example/a"), false))
        .collect();
    ask(&git, &components, LONG);
    assert!(directory.path().join("full").exists(), "eight at once");
    let counts = std::fs::read_to_string(directory.path().join("counts")).unwrap();
    let counts: Vec<usize> = counts
        .lines()
        .map(|line| line.trim().parse().unwrap())
        .collect();
    assert_eq!(counts.len(), 24);
    assert!(counts.iter().all(|count| *count <= AT_ONCE), "{counts:?}");
}

#[test]
fn what_cannot_be_asked_is_said_and_git_is_not_started_for_it() {
    let (directory, git) = scripted(r#": > "${0%git}started""#);
    let results = ask(
        &git,
        &[
            component("none", None, false),
            component("helper", Some("ext::sh -c true"), false),
        ],
        LONG,
    );
    assert_eq!(results[0].outcome, Outcome::NoRemote);
    assert_eq!(results[1].outcome, Outcome::NotAsked);
    assert!(!directory.path().join("started").exists());
}

#[test]
fn a_hanging_git_ends_at_the_deadline() {
    let (_directory, git) = scripted("sleep 600");
    let after = Duration::from_millis(300);
    let results = ask(
        &git,
        &[component("a", Some("https://h.example/a"), false)],
        after,
    );
    assert_eq!(results[0].outcome, Outcome::TimedOut { after });
}

#[test]
fn a_git_that_cannot_be_started_fails_with_the_systems_words() {
    let directory = tempfile::tempdir().unwrap();
    let git = Git::new(directory.path().join("git"), "/".into(), Vec::new());
    let results = ask(
        &git,
        &[component("a", Some("https://h.example/a"), false)],
        LONG,
    );
    assert_eq!(results[0].outcome, Outcome::Failed);
    assert!(
        results[0]
            .words
            .as_deref()
            .unwrap()
            .contains("No such file")
    );
}

/// The real git, with this configuration and nothing of this machine's.
fn real_git(configuration: &[(&str, &str)]) -> Git {
    let path = std::env::var_os("PATH").unwrap();
    let program = find_git(&path, Path::new("/nowhere")).unwrap();
    let mut environment = vec![
        ("PATH".into(), path),
        ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
        ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into()),
        (
            "GIT_CONFIG_COUNT".into(),
            configuration.len().to_string().into(),
        ),
    ];
    for (number, (key, value)) in configuration.iter().enumerate() {
        environment.push((format!("GIT_CONFIG_KEY_{number}").into(), key.into()));
        environment.push((format!("GIT_CONFIG_VALUE_{number}").into(), value.into()));
    }
    Git::new(program, "/".into(), environment)
}

fn repository(directory: &Path, commit: bool) -> String {
    let run = |arguments: &[&str]| {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(directory)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env_remove("GIT_DIR")
            .output()
            .unwrap();
        assert!(status.status.success(), "{arguments:?} {status:?}");
        String::from_utf8(status.stdout).unwrap()
    };
    run(&["init", "--quiet", "--bare", "."]);
    if !commit {
        return String::new();
    }
    let tree = run(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let who = ["-c", "user.name=n", "-c", "user.email=e@example.com"];
    let made = run(&[&who[..], &["commit-tree", tree.trim(), "-m", "first"]].concat());
    run(&["update-ref", "HEAD", made.trim()]);
    made.trim().to_owned()
}

#[test]
fn a_real_repository_is_reached_by_path_and_by_url() {
    let directory = tempfile::tempdir().unwrap();
    let head = repository(directory.path(), true);
    let empty = tempfile::tempdir().unwrap();
    repository(empty.path(), false);
    let path = directory.path().to_str().unwrap();
    let results = ask(
        &real_git(&[("safe.directory", "*")]),
        &[
            component("path", Some(path), false),
            component("url", Some(&format!("file://{path}")), false),
            component("empty", empty.path().to_str(), false),
            component("gone", Some(&format!("{path}/gone")), false),
        ],
        LONG,
    );
    let there = Outcome::Reachable { head: Some(head) };
    assert_eq!(results[0].outcome, there);
    assert_eq!(results[1].outcome, there);
    assert_eq!(results[2].outcome, Outcome::Reachable { head: None });
    assert_eq!(results[3].outcome, Outcome::Failed);
    let words = results[3].words.as_deref().unwrap();
    assert!(
        words.contains("does not appear to be a git repository"),
        "{words}"
    );
}

#[test]
fn gits_own_facts_are_found_without_any_connection() {
    let git = real_git(&[(
        "http.https://headed.example/.extraHeader",
        "Authorization: Basic s3cret",
    )]);
    let headed = evidence::git_facts(&git, "https://headed.example/g/p.git");
    assert_eq!(headed.preferred, Some(Preferred::ExtraHeader));
    assert!(headed.version.is_some());
    assert!(!headed.proactive_auth);
    let plain = evidence::git_facts(&git, "https://plain.example/g/p.git");
    assert_eq!(plain.preferred, None);
    assert!(!format!("{headed:?}").contains("s3cret"));
}

mod stories;
