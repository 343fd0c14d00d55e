//! `git-credential`: git's protocol, within the reach, and silence everywhere else.

use crate::support::rogue::Rogue;
use crate::support::{Job, Ran, SECURITY, World};
use crate::token;

const SILENCE: (i32, &str, &str) = (0, "", "");

fn outcome(ran: &Ran) -> (i32, &str, &str) {
    (ran.exit_code, &ran.stdout, &ran.stderr)
}

/// git's question for `path` at the lab's GitLab.
fn question(world: &World, path: &str) -> String {
    let host = world.lab.gitlab_url().trim_start_matches("http://");
    format!("capability[]=authtype\nprotocol=http\nhost={host}\npath={path}\nwwwauth[]=Basic\n\n")
}

fn job(world: &World) -> Job {
    let mut job = world.job(SECURITY);
    job.may_print("build token")
        .stdin(question(world, "gitlab-org/security/gitlab.git"));
    job
}

#[test]
fn git_gets_the_token_for_a_repository_within_the_reach() {
    let world = World::embedded();
    let ran = job(&world).run(&["git-credential", "get"]);
    let answer = format!("username=build-token\npassword={}\n", token(&world));
    assert_eq!(outcome(&ran), (0, answer.as_str(), ""));
}

#[test]
fn outside_the_reach_nobody_is_asked() {
    let world = World::embedded();
    for path in [
        "gitlab-org/gitlab.git",
        "gitlab-org/security-other/x.git",
        "gitlab-org/security/../x.git",
        "",
    ] {
        let ran = job(&world)
            .stdin(question(&world, path))
            .run(&["git-credential", "get"]);
        assert_eq!(outcome(&ran), SILENCE, "{path}");
    }
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn http_is_declined_apart_from_loopback() {
    let world = World::embedded();
    let asked = "protocol=http\nhost=gitlab.example\npath=gitlab-org/security/x.git\n\n";
    let mut job = job(&world);
    job.env(
        "BUILD_TOKEN_REACH",
        "https://gitlab.example/gitlab-org/security/",
    )
    .stdin(asked);
    assert_eq!(outcome(&job.run(&["git-credential", "get"])), SILENCE);
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn no_configuration_is_searched() {
    let world = World::embedded();
    let rogue = Rogue::silent();
    let file = world.pinned().replace(world.lab.vault_url(), &rogue.url);
    world.write(".build-token.yml", &file);
    let mut job = job(&world);
    job.without("BUILD_TOKEN_REACH").without("VAULT_SERVER_URL");
    assert_eq!(outcome(&job.run(&["git-credential", "get"])), SILENCE);
    assert_eq!(rogue.requests(), Vec::<String>::new());
}

#[test]
fn a_configuration_that_is_named_counts() {
    let world = World::embedded();
    world.write("reviewed.yml", &world.pinned());
    let mut job = job(&world);
    job.without("BUILD_TOKEN_REACH")
        .without("BUILD_TOKEN_SECRET");
    let ran = job.run(&["git-credential", "--config", "reviewed.yml", "get"]);
    assert!(
        ran.stdout
            .ends_with(&format!("password={}\n", token(&world))),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_not_get_is_ignored() {
    let world = World::embedded();
    for operation in ["store", "erase", "approve", "capability"] {
        assert_eq!(
            outcome(&job(&world).run(&["git-credential", operation])),
            SILENCE,
            "{operation}"
        );
    }
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn what_is_not_the_protocol_is_an_error() {
    let world = World::embedded();
    let ran = job(&world).stdin("hello\n").run(&["git-credential", "get"]);
    insta::assert_snapshot!(ran.snapshot(&world), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R36]: the input is not what git-credential reads
      what: a line without `=`
      why: It reads git's credential protocol: lines of the form key=value.
      fix: See `build-token git-credential --help`.
    [EOF]
    ");
}
