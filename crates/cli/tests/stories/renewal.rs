//! A token that dies while the job runs: the command that met it fails, the next one is healed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use serde_json::json;

use crate::setting::told;
use crate::story;
use crate::support::{Job, Ran, SECURITY, World};

/// A job that is told, line by line, which commands to run next.
struct Shell<'j> {
    job: &'j Job,
    child: Child,
    output: String,
}

impl Shell<'_> {
    fn start(job: &Job) -> Shell<'_> {
        let script = "while read -r line; do eval \"$line\"; echo exit $?; done";
        let child = job
            .command(&["run", "--", "sh", "-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        Shell {
            job,
            child,
            output: String::new(),
        }
    }

    /// Runs a command and waits for its end.
    fn run(&mut self, line: &str) -> &mut Self {
        let stdin = self.child.stdin.as_mut().expect("its input");
        writeln!(stdin, "{line}").expect("it reads");
        let mut reader =
            BufReader::with_capacity(1, self.child.stdout.as_mut().expect("its output"));
        loop {
            let mut answer = String::new();
            assert_ne!(
                reader.read_line(&mut answer).expect("a line"),
                0,
                "it ended: {}",
                self.output
            );
            self.output += &answer;
            if answer.starts_with("exit ") {
                return self;
            }
        }
    }

    fn end(mut self) -> Ran {
        drop(self.child.stdin.take());
        let mut ran = Ran::from(self.child.wait_with_output().expect("it ends"));
        ran.stdout.insert_str(0, &self.output);
        self.job.check(&ran);
        ran
    }
}

/// How often a session was opened or a secret was read without one.
fn asked(world: &World) -> usize {
    let is_login = |request: &&String| request.starts_with("POST auth/gitlab-com/login");
    world.vault_requests().iter().filter(is_login).count()
}

story! {
    fn the_command_after_the_refused_one_has_the_new_token_and_it_is_masked(world) {
        world.metadata(json!({ "reach": world.reach() }));
        let job = world.job(SECURITY);
        let list = format!("git ls-remote --quiet {} HEAD 2>&1 | cut -f 2", world.lab.git_url(SECURITY));
        let mut shell = Shell::start(&job);
        shell.run(&list);
        world.kill_build_token();
        let new = world.renew_build_token();
        shell.run(&list).run(&list);
        let fill = format!("printf 'url={}\\n\\n' | git credential fill | grep password", world.lab.git_url(SECURITY));
        shell.run(&fill).run(&format!("echo {new}"));
        let ran = shell.end();
        insta::assert_snapshot!(told(&ran, world, &[]), @"
        exit 0
        ------- stdout -------
        HEAD
        exit 0
        remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
        fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
        exit 0
        HEAD
        exit 0
        password=[MASKED]
        exit 0
        [MASKED]
        exit 0
        [EOF]
        ------- stderr -------
        build-token: SECURITY_PRIVATE_TOKEN: the token was renewed while the job ran
        [EOF]
        ");
        assert!(!ran.stdout.contains(&new), "the new token was printed");
    }
}

#[test]
fn a_token_is_fetched_anew_at_most_once_a_minute() {
    let world = World::embedded();
    let job = world.job(SECURITY);
    let list = format!(
        "git ls-remote --quiet {} HEAD 2>&1 | cut -f 2",
        world.lab.git_url(SECURITY)
    );
    let mut shell = Shell::start(&job);
    world.kill_build_token();
    shell.run(&list).run(&list).run(&list).run(&list);
    let ran = shell.end();
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    [EOF]
    ------- stderr -------
    warning[BT-R29]: SECURITY_PRIVATE_TOKEN could not be renewed
      what: GitLab refused the token for <gitlab>/gitlab-org/security/omnibus-gitlab.git, and a new one could not be fetched: Vault still has the same one.
      why: The token was revoked or replaced while the job ran.
      fix: Start the job again.
    [EOF]
    ");
    assert_eq!(
        asked(&world),
        2,
        "once at the start, once after the first refusal"
    );
}

#[test]
fn a_foreign_passwords_refusal_changes_nothing() {
    let world = World::embedded();
    let job = world.job(SECURITY);
    let url = world.lab.git_url(SECURITY);
    let reject = format!(
        "printf 'url={url}\\nusername=x\\npassword=somebody-elses\\n\\n' | git credential reject"
    );
    let list = format!("git ls-remote --quiet {url} HEAD | cut -f 2");
    let mut shell = Shell::start(&job);
    shell.run(&reject).run(&list);
    let ran = shell.end();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("exit 0\nHEAD\nexit 0\n", "")
    );
    assert_eq!(asked(&world), 1);
}

#[test]
fn an_adopted_token_cannot_be_renewed_and_that_is_said() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    job.env("SECURITY_PRIVATE_TOKEN", world.lab.build_token().expose());
    let list = format!(
        "git ls-remote --quiet {} HEAD 2>&1 | cut -f 2",
        world.lab.git_url(SECURITY)
    );
    let mut shell = Shell::start(&job);
    world.kill_build_token();
    shell.run(&list).run(&list);
    let ran = shell.end();
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    [EOF]
    ------- stderr -------
    warning[BT-G16]: the token was replaced while the job ran
      what: GitLab refused the token for <gitlab>/gitlab-org/security/omnibus-gitlab.git. It came with the variable SECURITY_PRIVATE_TOKEN, which was set before us.
      why: A rotation revoked the old token; a variable that GitLab had fetched before the job cannot be fetched again by us.
      fix: Let `build-token run` fetch the token itself, so that it is renewed; or start the job again.
    [EOF]
    ");
    assert_eq!(asked(&world), 0);
}

#[test]
fn a_renewal_that_vault_refuses_is_said() {
    let world = World::embedded();
    let job = world.job(SECURITY);
    let list = format!(
        "git ls-remote --quiet {} HEAD 2>&1 | cut -f 2",
        world.lab.git_url(SECURITY)
    );
    let mut shell = Shell::start(&job);
    shell.run(&list);
    world.kill_build_token();
    world.done(
        build_token_http::Method::Delete,
        "auth/gitlab-com/role/gitlab-org_security_omnibus-gitlab",
        json!(null),
    );
    shell.run(&list).run(&list);
    let ran = shell.end();
    insta::assert_snapshot!(told(&ran, &world, &[]), @r#"
    exit 0
    ------- stdout -------
    HEAD
    exit 0
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. See <gitlab>/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied
    fatal: Authentication failed for '<gitlab>/gitlab-org/security/omnibus-gitlab.git/'
    exit 0
    [EOF]
    ------- stderr -------
    warning[BT-R29]: SECURITY_PRIVATE_TOKEN could not be renewed
      what: GitLab refused the token for <gitlab>/gitlab-org/security/omnibus-gitlab.git, and a new one could not be fetched: role "gitlab-org_security_omnibus-gitlab" could not be found
      why: The token was revoked or replaced while the job ran.
      fix: Start the job again.
    [EOF]
    "#);
}
