//! `token kill`: asks, wants the fingerprint in CI, and hits everybody.

use crate::support::{Job, Ran, SECURITY, World};

/// A job outside of CI.
fn at_a_desk(world: &World) -> Job {
    let mut job = world.job(SECURITY);
    job.without("CI");
    job
}

/// What becomes of a clone with the token.
fn clone(world: &World, to: &str) -> Ran {
    let script = format!(
        "git clone --quiet {} {to}",
        world.lab.git_url("gitlab-org/security/gitlab")
    );
    world.job(SECURITY).script(&[], &script)
}

fn fingerprint(world: &World) -> String {
    world
        .lab
        .build_token()
        .fingerprint()
        .expect("it is long enough")
        .to_string()
}

#[test]
fn without_a_yes_nothing_is_revoked() {
    let world = World::embedded();
    for answer in ["\n", "no\n", "y\n"] {
        let ran = at_a_desk(&world).stdin(answer).run(&["token", "kill"]);
        assert_eq!((ran.exit_code, ran.stdout.as_str()), (0, ""));
    }
    // Nobody is there to be asked.
    let ran = at_a_desk(&world).stdin("").run(&["token", "kill"]);
    assert_eq!((ran.exit_code, ran.codes()), (64, vec!["BT-C25"]));
    let ran = at_a_desk(&world).stdin("no\n").run(&["token", "kill"]);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 0
    ------- stdout -------
    [EOF]
    ------- stderr -------
    This revokes SECURITY_PRIVATE_TOKEN (b9aa41cc) at <gitlab>/api/v4 for every job and every person that uses it. Type yes to go on: Nothing was revoked.
    [EOF]
    ");
    assert_eq!(clone(&world, "clone").exit_code, 0);
}

#[test]
fn after_a_yes_nobody_can_clone_any_more() {
    let world = World::embedded();
    assert_eq!(clone(&world, "before").exit_code, 0);
    let ran = at_a_desk(&world).stdin("yes\n").run(&["token", "kill"]);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 0
    ------- stdout -------
    [EOF]
    ------- stderr -------
    This revokes SECURITY_PRIVATE_TOKEN (b9aa41cc) at <gitlab>/api/v4 for every job and every person that uses it. Type yes to go on: note[BT-R35]: the token was revoked for everybody
      what: SECURITY_PRIVATE_TOKEN (b9aa41cc) is dead at <gitlab>/api/v4.
      why: You asked for it.
      fix: Have a new one made and stored, or every job that needs it will fail.
    [EOF]
    ");
    let ran = clone(&world, "after");
    assert_eq!(ran.exit_code, 128);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 128
    ------- stdout -------
    [EOF]
    ------- stderr -------
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/gitlab.git/'
    [EOF]
    ");
    // The second time there is nothing left to revoke, and GitLab says so.
    let ran = at_a_desk(&world).run(&["token", "kill", "--yes"]);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("request id: .*", "request id: <id>");
    let _filters = settings.bind_to_scope();
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 77
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R34]: the token was not revoked
      what: <gitlab>/api/v4 answered: GitLab refused (401): revoked
      why: GitLab did not revoke it, or was not reached; it may still live.
      fix: Revoke it in the group's settings, under access tokens.
      request id: <id>
    [EOF]
    ");
}

#[test]
fn ci_wants_the_fingerprint() {
    let world = World::embedded();
    for options in [
        &["token", "kill"][..],
        &["token", "kill", "--yes"],
        &["token", "kill", "--yes", "00000000"],
    ] {
        let ran = world.job(SECURITY).run(options);
        assert_eq!(
            (ran.exit_code, ran.codes()),
            (64, vec!["BT-C25"]),
            "{options:?}"
        );
        assert!(
            ran.stderr
                .contains(&format!("--yes {}", fingerprint(&world))),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(clone(&world, "clone").exit_code, 0);
    let ran = world.job(SECURITY).run(&[
        "token",
        "kill",
        "SECURITY_PRIVATE_TOKEN",
        "--yes",
        &fingerprint(&world),
    ]);
    assert_eq!(
        (ran.exit_code, ran.codes()),
        (0, vec!["BT-R35"]),
        "{}",
        ran.stderr
    );
    assert_eq!(clone(&world, "after").exit_code, 128);
}
