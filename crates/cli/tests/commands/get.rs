//! `get`: the token and nothing else.

use crate::support::terminal::run_on_terminal;
use crate::support::{CANONICAL, SECURITY, World};
use crate::token;

#[test]
fn the_token_goes_into_a_pipe_with_one_line_break_and_nothing_is_said() {
    let world = World::embedded();
    let ran = world.job(SECURITY).may_print("build token").run(&["get"]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, format!("{}\n", token(&world)));
}

#[test]
fn a_terminal_is_refused_and_nobody_is_asked() {
    let world = World::embedded();
    let (exit_code, shown, said) = run_on_terminal(&mut world.job(SECURITY).command(&["get"]));
    assert_eq!((exit_code, shown.as_str()), (64, ""));
    insta::assert_snapshot!(said, @"
    error[BT-R19]: the token would be printed on a terminal
      what: Standard output is a terminal.
      why: What is on a screen is in scrollback, recordings and screenshots.
      fix: Send it into a pipe or a file that only you can read, or say --force.
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn a_terminal_gets_it_by_force() {
    let world = World::embedded();
    let mut command = world.job(SECURITY).command(&["get", "--force"]);
    let (exit_code, shown, _) = run_on_terminal(&mut command);
    assert_eq!((exit_code, shown.trim_end()), (0, token(&world)));
}

#[test]
fn a_job_that_is_not_entitled_is_refused_and_nobody_is_asked() {
    let world = World::embedded();
    let ran = world.job(CANONICAL).run(&["get"]);
    insta::assert_snapshot!(ran.snapshot(&world), @r#"
    exit 77
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R03]: the job is not entitled to SECURITY_PRIVATE_TOKEN, and it is required
      what: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` is false here: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` compares "gitlab-org/omnibus-gitlab" with "gitlab-org/security/omnibus-gitlab".
      why: Only jobs for which the condition holds may have the token.
      fix: Run this job in the project that the condition names, or set `required: false` where the job can do without.
    [EOF]
    "#);
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn of_several_grants_one_has_to_be_named() {
    let world = World::embedded();
    let second = "  SECOND:\n    secret: a/b/token@ci\n    when: $CI_PROJECT_PATH == \"nobody\"\n";
    world.write(".build-token.yml", &(world.pinned() + second));
    let mut job = world.job(SECURITY);
    job.without("BUILD_TOKEN_SECRET")
        .without("BUILD_TOKEN_REACH");
    let ran = job.run(&["get", "THIRD"]);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-C13]: there is no grant THIRD
      what: THIRD was asked for; the grants are: SECURITY_PRIVATE_TOKEN, SECOND.
      why: Grants come from `tokens:` in .build-token.yml, or one from BUILD_TOKEN_NAME.
      fix: Ask for one of them.
    [EOF]
    ");
    let named = job
        .may_print("build token")
        .run(&["get", "SECURITY_PRIVATE_TOKEN"]);
    assert_eq!(named.stdout.trim_end(), token(&world));
}
