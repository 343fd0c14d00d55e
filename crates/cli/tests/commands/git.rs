//! `git setup` and `git clean`: the scoped helper in git's own files.

use std::path::Path;
use std::process::Command;

use crate::support::{CANONICAL, Job, SECURITY, World};

/// What somebody has in his configuration, for the same host too.
const THEIRS: &str = "[user]\n\tname = Somebody\n[credential \"https://other.example\"]\n\thelper = \n\thelper = store\n\
    [url \"https://mirror.example/\"]\n\tinsteadOf = https://gitlab.example/\n";

/// A job whose reviewed file names the reach.
fn job(world: &World) -> Job {
    world.write(".build-token.yml", &world.pinned());
    let mut job = world.job(SECURITY);
    job.without("BUILD_TOKEN_REACH")
        .without("BUILD_TOKEN_SECRET");
    job
}

/// A git configuration file as git itself reads it.
fn listed(file: &Path) -> String {
    let mut git = Command::new("git");
    let output = git
        .args(["config", "--list", "--file"])
        .arg(file)
        .output()
        .expect("git");
    String::from_utf8(output.stdout).expect("text")
}

fn run(job: &Job, arguments: &[&str]) -> String {
    let ran = job.run(arguments);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str()),
        (0, ""),
        "{}",
        ran.stderr
    );
    ran.stderr
}

#[test]
fn setup_writes_the_helper_for_the_reach_with_an_absolute_configuration() {
    let world = World::embedded();
    let file = world.path().join("gitconfig");
    let said = run(
        &job(&world),
        &[
            "--config",
            "./.build-token.yml",
            "git",
            "setup",
            "--file",
            "gitconfig",
        ],
    );
    let seen = format!("{said}{}", listed(&file))
        .replace(world.lab.gitlab_url(), "<gitlab>")
        .replace(&world.path().display().to_string(), "<project>")
        .replace(&World::program().display().to_string(), "<build-token>");
    insta::assert_snapshot!(seen, @"
    git asks build-token for <gitlab>/gitlab-org/security/ (--file gitconfig)
    credential.<gitlab>/gitlab-org/security.helper=
    credential.<gitlab>/gitlab-org/security.helper=!'<build-token>' --config '<project>/.build-token.yml' git-credential
    credential.<gitlab>/gitlab-org/security.usehttppath=true
    url.<gitlab>/gitlab-org/security/.insteadof=<gitlab>/gitlab-org/security/
    http.<gitlab>/gitlab-org/security.extraheader=
    http.<gitlab>/gitlab-org/security.sslverify=true
    ");
}

#[test]
fn a_second_setup_changes_nothing_and_clean_removes_exactly_ours() {
    let world = World::embedded();
    let file = world.write("gitconfig", THEIRS);
    let job = job(&world);
    let before = listed(&file);
    run(&job, &["git", "setup", "--file", "gitconfig"]);
    let once = listed(&file);
    assert!(
        once.starts_with(&before) && once.len() > before.len(),
        "{once}"
    );
    run(&job, &["git", "setup", "--file", "gitconfig"]);
    assert_eq!(listed(&file), once);
    insta::assert_snapshot!(run(&job, &["git", "clean", "--file", "gitconfig"]), @"6 entries removed from --file gitconfig");
    assert_eq!(listed(&file), before);
    insta::assert_snapshot!(run(&job, &["git", "clean", "--file", "gitconfig"]), @"0 entries removed from --file gitconfig");
}

#[test]
fn the_users_file_is_the_default_and_local_means_the_repository() {
    let world = World::embedded();
    let job = job(&world);
    run(&job, &["git", "setup"]);
    assert!(listed(&world.path().join("home/.gitconfig")).contains("git-credential"));
    assert!(
        Command::new("git")
            .args(["init", "--quiet"])
            .arg(world.path())
            .status()
            .expect("git")
            .success()
    );
    run(&job, &["git", "setup", "--local"]);
    let local = world.path().join(".git/config");
    assert!(listed(&local).contains("git-credential"));
    run(&job, &["git", "clean", "--local"]);
    assert!(!listed(&local).contains("git-credential"));
    run(&job, &["git", "clean", "--global"]);
    assert_eq!(listed(&world.path().join("home/.gitconfig")), "");
}

#[test]
fn after_setup_git_alone_clones() {
    let world = World::embedded();
    let job = job(&world);
    let clone = |to: &str| {
        let template = job.command(&[]);
        let mut git = Command::new("git");
        git.args([
            "clone",
            "--quiet",
            &world.lab.git_url("gitlab-org/security/gitlab"),
            to,
        ])
        .current_dir(world.path())
        .env_clear()
        .envs(
            template
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        git.output().expect("git").status.success()
    };
    assert!(
        !clone("before"),
        "a private repository was cloned by anybody"
    );
    run(&job, &["git", "setup"]);
    assert!(clone("after"));
    run(&job, &["git", "clean"]);
    assert!(!clone("cleaned"));
}

#[test]
fn a_job_that_may_not_have_the_token_can_be_set_up_all_the_same() {
    let world = World::embedded();
    world.write(".build-token.yml", &world.pinned());
    let mut job = world.job(CANONICAL);
    job.without("BUILD_TOKEN_REACH")
        .without("BUILD_TOKEN_SECRET");
    run(&job, &["git", "setup"]);
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn without_a_reach_there_is_nothing_to_set_up() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .without("BUILD_TOKEN_REACH")
        .run(&["git", "setup"]);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 64
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-C25]: that cannot be done
      what: No grant has a reach, so there is nothing that git could ask for.
      why: A reach is always explicit; nothing is derived.
      fix: Set `reach` in .build-token.yml, or BUILD_TOKEN_REACH.
    [EOF]
    ");
}

#[test]
fn only_one_place_can_be_named() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .run(&["git", "setup", "--global", "--file", "x"]);
    assert_eq!(ran.exit_code, 64);
}
