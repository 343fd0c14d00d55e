//! git is replaced by small scripts here, so that every end of it can be shown.

use tempfile::TempDir;

use super::super::fake::program;
use super::*;

const LONG: Duration = Duration::from_secs(60);

/// A directory with a `git` that is this script.
fn script(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    program(&directory.path().join("git"), text);
    directory
}

fn git(directory: &TempDir, environment: &[(&str, &str)]) -> Git {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .chain([("PATH".into(), "/usr/bin:/bin".into())])
        .collect();
    Git::new(directory.path().join("git"), "/".into(), environment)
}

#[test]
fn git_gets_the_callers_environment_in_english_without_prompts_and_traces() {
    let directory = script("env | sort");
    let given = [
        ("GIT_CONFIG_COUNT", "1"),
        ("LC_ALL", "ja_JP.UTF-8"),
        ("LANGUAGE", "ja"),
        ("GIT_TERMINAL_PROMPT", "1"),
        ("GIT_TRACE_CURL", "1"),
        ("GIT_TRACE_REDACT", "0"),
        ("GIT_CURL_VERBOSE", "1"),
    ];
    let finished = git(&directory, &given).run(&[], LONG).unwrap();
    let names = ["GIT_", "LANG", "LC_", "HOME", "CARGO"];
    let seen: Vec<&str> = finished
        .stdout
        .lines()
        .filter(|line| names.iter().any(|name| line.starts_with(name)))
        .collect();
    assert_eq!(
        seen,
        ["GIT_CONFIG_COUNT=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"]
    );
    assert_eq!(finished.success, Some(true));
}

#[test]
fn both_outputs_are_bounded_and_a_failure_is_one() {
    let directory = script(
        "head -c 1000000 /dev/zero | tr '\\0' a; head -c 1000000 /dev/zero | tr '\\0' b >&2; exit 128",
    );
    let finished = git(&directory, &[]).run(&[], LONG).unwrap();
    assert_eq!(finished.success, Some(false));
    assert_eq!(finished.stdout.len(), LARGEST_OUTPUT);
    assert_eq!(finished.stderr.len(), LARGEST_OUTPUT);
}

#[test]
fn at_the_deadline_git_and_what_it_started_are_ended() {
    // The inner shell holds the pipes open like a remote helper; it would write the file if it lived.
    let directory = script("sh -c 'echo $$ > \"$PLACE/inner\"; while :; do sleep 1; done' & wait");
    let place = directory.path().to_str().unwrap();
    let git = git(&directory, &[("PLACE", place)]);
    // A busy machine may need longer to start the inner shell.
    let inner = [200, 2_000, 20_000].into_iter().find_map(|milliseconds| {
        let finished = git.run(&[], Duration::from_millis(milliseconds)).unwrap();
        assert_eq!(finished.success, None);
        let inner = std::fs::read_to_string(directory.path().join("inner")).ok()?;
        (!inner.is_empty()).then_some(inner)
    });
    let inner = inner.unwrap();
    let inner = rustix::process::Pid::from_raw(inner.trim().parse().unwrap()).unwrap();
    // Dead and not yet collected by its new parent counts as ended.
    let ended = || {
        let stat = std::fs::read_to_string(format!("/proc/{inner}/stat"));
        stat.map_or(true, |stat| stat.contains(") Z "))
    };
    for _ in 0..1000 {
        if ended() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the inner shell still runs");
}

#[test]
fn a_git_that_closes_its_outputs_and_stays_is_ended_too() {
    let directory = script("exec >&- 2>&-; sleep 600");
    let finished = git(&directory, &[])
        .run(&[], Duration::from_millis(300))
        .unwrap();
    assert_eq!(finished.success, None);
}

#[test]
fn a_git_that_is_not_there_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    assert!(git(&directory, &[]).run(&[], LONG).is_err());
}

#[test]
fn a_netrc_is_looked_at_for_the_host() {
    let home = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(home.path().join(".netrc"), text).unwrap();
    let git = git(&home, &[("HOME", home.path().to_str().unwrap())]);
    assert!(!git.netrc_names("h.example"));
    write("machine h.example\n  login u\n  password p\n");
    assert!(git.netrc_names("h.example"));
    assert!(!git.netrc_names("other.example"));
    write("default login u password p");
    assert!(git.netrc_names("other.example"));
}
