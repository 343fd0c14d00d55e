//! Builder images are odd places: long paths, homes that cannot be written, users without a name.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{Ran, SECURITY, World};

/// Past the test harness, which keeps the words of tests that pass to itself.
fn skipped(what: &str) {
    let said = format!("\n*** SKIPPED: {what} needs root on this machine ***\n");
    let _ = std::io::stderr().write_all(said.as_bytes());
}

fn list(world: &World) -> String {
    format!(
        "git ls-remote --quiet {} HEAD | cut -f 2",
        world.lab.git_url(SECURITY)
    )
}

#[test]
fn a_temporary_directory_with_a_long_path_is_avoided() {
    let world = World::embedded();
    // A socket's path has 108 bytes at most (unix(7)).
    let long = world.path().join("x".repeat(150));
    std::fs::create_dir(&long).expect("a directory");
    let script = format!(
        "{}; case $BUILD_TOKEN_AGENT in */xxx*) echo long;; *) echo short;; esac",
        list(&world)
    );
    let ran = world
        .job(SECURITY)
        .env("TMPDIR", &long)
        .script(&[], &script);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "HEAD\nshort\n", "")
    );
}

#[test]
fn a_temporary_directory_that_is_not_there_is_avoided() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .env("TMPDIR", "/nowhere/at/all")
        .script(&[], &list(&world));
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "HEAD\n", "")
    );
}

#[test]
fn a_temporary_directory_from_which_nothing_can_be_executed_will_do() {
    let world = World::embedded();
    let mounted = world.path().join("noexec");
    std::fs::create_dir(&mounted).expect("a directory");
    let mut job = world.job(SECURITY);
    let inner = job
        .env("TMPDIR", &mounted)
        .command(&["run", "--", "sh", "-c", &list(&world)]);
    // In a mount namespace of its own, which goes with the process.
    let mount = r#"mount -t tmpfs -o noexec none "$TMPDIR" || exit 99; exec "$@""#;
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", mount, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(world.path())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output();
    match output.map(Ran::from) {
        Ok(ran) if ran.exit_code == 0 => assert_eq!(ran.stdout, "HEAD\n", "{}", ran.stderr),
        Ok(ran) if ran.exit_code != 99 && ran.stderr.starts_with("error") => {
            panic!("{}", ran.stderr)
        }
        // Only root may mount, and not in every container.
        _ => skipped("a noexec mount"),
    }
}

#[test]
fn a_relative_temporary_directory_is_found_from_wherever_git_runs() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .env("TMPDIR", ".")
        .script(&[], &format!("cd / && {}", list(&world)));
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "HEAD\n", "")
    );
}

#[test]
fn a_home_that_cannot_be_written_is_not_needed() {
    let world = World::embedded();
    // Not even root can write there.
    for home in ["/proc", "/nowhere/at/all", ""] {
        let ran = world
            .job(SECURITY)
            .env("HOME", home)
            .script(&[], &list(&world));
        assert_eq!(
            (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "HEAD\n", ""),
            "HOME={home}"
        );
    }
    let ran = world
        .job(SECURITY)
        .without("HOME")
        .script(&[], &list(&world));
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "HEAD\n", "")
    );
}

#[test]
fn a_user_without_a_name_works_too() {
    if !rustix::process::getuid().is_root() {
        return skipped("a user without a name");
    }
    let world = World::embedded();
    // The test's own directories are root's alone.
    std::fs::set_permissions(world.path(), std::fs::Permissions::from_mode(0o777))
        .expect("its owner");
    let program = world.path().join("build-token");
    std::fs::copy(World::program(), &program).expect("a copy");
    let job = world.job(SECURITY);
    let command = job.command(&["run", "--", "sh", "-c", &format!("id -u; {}", list(&world))]);
    let mut as_nobody = Command::new("setpriv");
    as_nobody
        .args(["--reuid", "12345", "--regid", "12345", "--clear-groups"])
        .arg(&program)
        .args(command.get_args());
    as_nobody.current_dir(world.path()).env_clear();
    for (name, value) in command.get_envs() {
        as_nobody.env(name, value.expect("a value"));
    }
    let ran = Ran::from(as_nobody.output().expect("setpriv of util-linux"));
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "12345\nHEAD\n", "")
    );
}
