//! What all commands share: help, version, usage, language, colour, verbosity.

use crate::simply;
use crate::support::{CANONICAL, Job, SECURITY, World};

/// Every command and every group.
const COMMANDS: [&str; 26] = [
    "run",
    "get",
    "env",
    "git-credential",
    "git",
    "git setup",
    "git clean",
    "sources",
    "sources list",
    "sources check",
    "sources env",
    "redact",
    "ref",
    "token",
    "token kill",
    "ci",
    "ci eval",
    "lab",
    "lab up",
    "lab mint",
    "lab demo",
    "completions",
    "man",
    "schema",
    "--color=never",
    "--quiet",
];

#[test]
fn every_command_has_help_on_stdout() {
    for command in COMMANDS {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let ran = simply(&arguments);
        assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""), "{command}");
        assert!(
            ran.stdout.contains("Usage: build-token"),
            "{command}:\n{}",
            ran.stdout
        );
    }
}

#[test]
fn the_version_is_told() {
    let ran = simply(&["--version"]);
    assert_eq!(
        ran.stdout,
        format!("build-token {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_wrong_command_line_is_64_and_stdout_stays_empty() {
    for arguments in [
        &["nonsense"][..],
        &[],
        &["run"],
        &["run", "true"],
        &["get", "A", "B"],
        &["get", "--quiet", "--verbose"],
        &["--lang", "fr", "get"],
        &["run", "--deadline", "30", "--", "true"],
        &["completions", "tcsh"],
        &["schema", "nothing"],
        &["ci", "eval", "$A", "--var", "=x"],
        &["git", "setup", "--local", "--global"],
    ] {
        let ran = simply(arguments);
        assert_eq!(
            (ran.exit_code, ran.stdout.as_str()),
            (64, ""),
            "{arguments:?}"
        );
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_language_comes_from_the_option_or_else_from_the_locale() {
    let world = World::embedded();
    let is_japanese = |variables: &[(&str, &str)], options: &[&str]| {
        let mut job = world.job(CANONICAL);
        for (name, value) in variables {
            job.env(name, value);
        }
        let ran = job.run(&[&["run"], options, &["--", "true"]].concat());
        assert_eq!((ran.exit_code, ran.stdout.as_str()), (0, ""));
        !ran.stderr.is_ascii()
    };
    assert!(!is_japanese(&[], &[]));
    assert!(is_japanese(&[("LANG", "ja_JP.UTF-8")], &[]));
    assert!(is_japanese(
        &[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "ja")],
        &[]
    ));
    assert!(is_japanese(
        &[("LC_MESSAGES", "C"), ("LC_ALL", "ja_JP")],
        &[]
    ));
    assert!(!is_japanese(
        &[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "C.UTF-8")],
        &[]
    ));
    assert!(
        is_japanese(&[("LANG", "ja"), ("LC_ALL", "")], &[]),
        "an empty variable says nothing"
    );
    assert!(!is_japanese(&[("LANG", "ja")], &["--lang", "en"]));
    assert!(is_japanese(&[("LANG", "en")], &["--lang", "ja"]));
    assert!(!is_japanese(&[("LANG", "de_DE")], &[]));
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut job = Job::new(directory.path());
    let mut has_colour = |options: &[&str]| {
        let ran = job.env("TERM", "xterm").run(&[&["get"], options].concat());
        assert!(
            !ran.codes().is_empty() || ran.stderr.contains('\x1b'),
            "{}",
            ran.stderr
        );
        ran.stderr.contains('\x1b')
    };
    assert!(!has_colour(&[]));
    assert!(!has_colour(&["--color", "never"]));
    assert!(has_colour(&["--color", "always"]));
}

#[test]
fn quiet_leaves_errors_only_and_verbose_tells_more() {
    let world = World::embedded();
    let said = |project, options: &[&str]| {
        world
            .job(project)
            .run(&[&["run"], options, &["--", "true"]].concat())
            .stderr
    };
    assert_eq!(said(CANONICAL, &["--quiet"]), "");
    assert_eq!(said(SECURITY, &[]), "");
    let told = said(SECURITY, &["-v"]);
    assert!(
        told.contains("granted") && told.contains("revoked"),
        "{told}"
    );
    let ran = world.job(CANONICAL).run(&["get", "--quiet"]);
    assert_eq!(ran.codes(), ["BT-R03"]);
}

#[test]
fn output_that_nobody_reads_is_no_failure() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Job::new(directory.path()).command(&["completions", "bash"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = command.stdout(writer).output().expect("it runs");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
