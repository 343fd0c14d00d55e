//! A variable that GitLab's own `secrets:` has filled is adopted: used, masked, never fetched again.

use crate::setting::told;
use crate::support::{CANONICAL, Job, SECURITY, World};

/// A job whose variable has this value.
fn job(world: &World, value: &str) -> Job {
    let mut job = world.job(SECURITY);
    job.env("SECURITY_PRIVATE_TOKEN", value);
    job
}

#[test]
fn an_adopted_token_goes_to_git_and_vault_is_not_asked() {
    let world = World::embedded();
    let script = format!(
        "git clone --quiet {} clone && ls clone; echo $SECURITY_PRIVATE_TOKEN",
        world.lab.git_url(SECURITY)
    );
    let ran = job(&world, world.lab.build_token().expose()).script(&["-v"], &script);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    README.md
    [MASKED]
    [EOF]
    ------- stderr -------
    build-token: SECURITY_PRIVATE_TOKEN: granted, from $SECURITY_PRIVATE_TOKEN, fingerprint b9aa41cc
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn an_adopted_token_is_not_in_the_environment_where_no_variable_was_asked_for() {
    let world = World::embedded();
    let mut job = job(&world, world.lab.build_token().expose());
    job.env("COPY", world.lab.build_token().expose());
    let script = format!(
        "env | grep -c -e COPY -e SECURITY_PRIVATE; git ls-remote --quiet {} HEAD",
        world.lab.git_url(SECURITY)
    );
    let ran = job.script(&["--no-env", "--no-mask"], &script);
    assert!(
        ran.stdout.starts_with("0\n") && ran.stdout.ends_with("\tHEAD\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_adopted_token_needs_no_vault_settings() {
    let world = World::embedded();
    let mut job = job(&world, world.lab.build_token().expose());
    job.without("VAULT_SERVER_URL")
        .without("VAULT_ID_TOKEN")
        .without("BUILD_TOKEN_SECRET");
    let ran = job.script(&[], "echo built");
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "built\n", "")
    );
}

#[test]
fn the_path_of_a_file_is_no_token() {
    let world = World::embedded();
    let ran = job(
        &world,
        "/builds/gitlab-org/omnibus-gitlab.tmp/SECURITY_PRIVATE_TOKEN",
    )
    .script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-Y05]: SECURITY_PRIVATE_TOKEN holds the path of a file, not its content
      what: The value of SECURITY_PRIVATE_TOKEN starts with a slash, as the path of a file does.
      why: GitLab's `secrets:` writes a file unless it says `file: false`.
      fix: Add `file: false` to the secret in .gitlab-ci.yml; for a file variable, use its content instead.
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn a_value_with_a_line_break_is_no_token() {
    let world = World::embedded();
    let mut job = job(&world, "glpat-two\nlines-of-token-value");
    job.canary("damaged token", "lines-of-token-value");
    let ran = job.script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @r"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R15]: SECURITY_PRIVATE_TOKEN cannot be a token
      what: It was set before we started, and has \n, \r, \t … in it.
      why: A token is one line of printable characters.
      fix: Correct the variable, or unset it so that the token is fetched.
    [EOF]
    ");
}

#[test]
fn a_variable_of_a_job_that_is_not_entitled_is_left_alone() {
    let world = World::embedded();
    let mut job = world.job(CANONICAL);
    job.env("SECURITY_PRIVATE_TOKEN", "set-by-somebody-else");
    let ran = job.script(
        &[],
        "echo $SECURITY_PRIVATE_TOKEN; echo ${BUILD_TOKEN_AGENT-no agent}",
    );
    insta::assert_snapshot!(told(&ran, &world, &[]), @r#"
    exit 0
    ------- stdout -------
    [MASKED]
    no agent
    [EOF]
    ------- stderr -------
    build-token: SECURITY_PRIVATE_TOKEN: not entitled: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` compares "gitlab-org/omnibus-gitlab" with "gitlab-org/security/omnibus-gitlab"; running without the token
    [EOF]
    "#);
}
