//! `env`: lines for a shell's `eval`, in a real shell.

use std::process::Command;

use crate::support::terminal::run_on_terminal;
use crate::support::{CANONICAL, FORK, Job, Ran, SECURITY, World};
use crate::{path_with_program, token};

/// Runs `eval "$(build-token env)"` and then this, as a job's script would.
fn after_eval(job: &mut Job, then: &str) -> Ran {
    let template = job.env("PATH", path_with_program()).command(&[]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("eval \"$(build-token env)\"\n{then}")])
        .env_clear();
    shell.envs(
        template
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell.current_dir(template.get_current_dir().expect("the job's directory"));
    Ran::from(shell.output().expect("a shell"))
}

#[test]
fn the_shell_gets_the_variable_and_a_person_is_told_that_it_is_the_weaker_way() {
    let world = World::embedded();
    let ran = world.job(SECURITY).may_print("build token").run(&["env"]);
    assert_eq!(
        ran.stdout,
        format!("export SECURITY_PRIVATE_TOKEN='{}'\n", token(&world))
    );
    insta::assert_snapshot!(ran.stderr, @"build-token: SECURITY_PRIVATE_TOKEN is now in the job's own shell: every later command can read it. `build-token run -- …` is the stronger way.");
    let ran = after_eval(
        &mut world.job(SECURITY),
        "sh -c 'echo $SECURITY_PRIVATE_TOKEN'",
    );
    assert_eq!((ran.exit_code, ran.stdout.trim_end()), (0, token(&world)));
}

#[test]
fn a_value_reaches_the_shell_as_it_is_whatever_is_in_it() {
    let world = World::embedded();
    let value = r#"it's "quoted" $HOME `id` \n \ ; & end"#;
    let mut job = world.job(SECURITY);
    let ran = after_eval(
        job.env("SECURITY_PRIVATE_TOKEN", value),
        "printf '%s' \"$SECURITY_PRIVATE_TOKEN\"",
    );
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (0, value));
}

#[test]
fn a_failure_ends_the_shell_with_its_code() {
    let world = World::embedded();
    let mut job = world.job(FORK);
    job.env("SECURITY_PROJECT_PATH", FORK);
    assert_eq!(job.run(&["env"]).stdout, "exit 77\n");
    let ran = after_eval(&mut job, "echo the job goes on");
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (77, ""));
    assert_eq!(ran.codes(), ["BT-J06"]);
}

#[test]
fn a_job_that_is_not_entitled_goes_on_without() {
    let world = World::embedded();
    let ran = after_eval(
        &mut world.job(CANONICAL),
        "echo ${SECURITY_PRIVATE_TOKEN-unset}",
    );
    insta::assert_snapshot!(ran.snapshot(&world), @r#"
    exit 0
    ------- stdout -------
    unset
    [EOF]
    ------- stderr -------
    build-token: SECURITY_PRIVATE_TOKEN: not entitled: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` compares "gitlab-org/omnibus-gitlab" with "gitlab-org/security/omnibus-gitlab"; running without the token
    [EOF]
    "#);
}

#[test]
fn a_shell_that_prints_its_variables_is_refused() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    let ran = job.env("CI_DEBUG_TRACE", "true").run(&["env"]);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 77
    ------- stdout -------
    exit 77
    [EOF]
    ------- stderr -------
    error[BT-R08]: CI_DEBUG_TRACE is on
      what: The job's shell prints every command with its values, so an exported token would be printed.
      why: CI_DEBUG_TRACE=true is meant for debugging, and the log can be read by others.
      fix: Switch it off; or use `build-token run -- …`, whose output is masked.
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn a_terminal_is_refused() {
    let world = World::embedded();
    let (exit_code, shown, said) = run_on_terminal(&mut world.job(SECURITY).command(&["env"]));
    assert_eq!((exit_code, shown.as_str()), (64, ""));
    insta::assert_snapshot!(said, @"
    error[BT-R19]: the token would be printed on a terminal
      what: Standard output is a terminal.
      why: What is on a screen is in scrollback, recordings and screenshots.
      fix: Send it into a pipe or a file that only you can read.
    ");
}
