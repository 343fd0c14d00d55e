//! `sources check` on the lab: every remote asked by the real git, every refusal explained.
#![cfg(feature = "lab")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{CANONICAL, Job, Ran, SECURITY, World};

/// A lab whose project has the example's list, with the lab's GitLab in the place of gitlab.com.
fn world() -> World {
    let world = World::embedded();
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/omnibus/.custom_sources.yml"
    );
    let list = std::fs::read_to_string(Path::new(example)).unwrap();
    let list = list.replace("https://gitlab.com", world.lab.gitlab_url());
    world.write(".custom_sources.yml", &list);
    world
}

fn job(world: &World, project: &str) -> Job {
    let mut job = world.job(project);
    job.env("SECURITY_SOURCES", "true")
        .env("CI_SERVER_URL", world.lab.gitlab_url());
    job
}

/// The lab's port changes from run to run, in a host without a scheme too.
fn snapshot(ran: &Ran, world: &World) -> String {
    let host = world.lab.gitlab_url().trim_start_matches("http://");
    ran.snapshot(world).replace(host, "<host>")
}

#[test]
fn in_the_security_project_every_source_can_be_fetched() {
    let world = world();
    let ran = job(&world, SECURITY).run(&["sources", "check"]);
    insta::assert_snapshot!(snapshot(&ran, &world));
    // One login for all of them, and its session is revoked.
    assert_eq!(world.vault_requests().len(), 3);
}

#[test]
fn a_project_that_is_not_there_is_told_with_those_that_look_like_it() {
    let world = world();
    let list = format!(
        "gitaly:\n  security: {0}/gitlab-org/security/gitaly.git\n\
         shell:\n  security: {0}/gitlab-org/security/gitlab-shel.git\n\
         infrastructure:\n  security: {0}/gitlab-com/infrastructure.git\n",
        world.lab.gitlab_url()
    );
    world.write("list.yml", &list);
    let ran = job(&world, SECURITY).run(&["sources", "check", "--file", "list.yml"]);
    insta::assert_snapshot!(snapshot(&ran, &world));
    let ran = job(&world, SECURITY).run(&[
        "sources", "check", "--file", "list.yml", "--format", "json", "-q",
    ]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let outcomes: Vec<&Value> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| &component["outcome"])
        .collect();
    assert_eq!(
        outcomes,
        [&json!("reachable"), &json!("refused"), &json!("refused")]
    );
    assert_eq!(ran.exit_code, 1);
}

#[test]
fn a_job_that_is_not_entitled_asks_nobody_for_a_token() {
    let world = world();
    let ran = job(&world, CANONICAL).run(&["sources", "check"]);
    assert_eq!(ran.exit_code, 1);
    assert_eq!(ran.codes().first(), Some(&"BT-Y26"));
    assert_eq!(
        ran.codes().iter().filter(|code| **code == "BT-G06").count(),
        8
    );
    assert_eq!(world.vault_requests(), Vec::<String>::new());
    let public = job(&world, CANONICAL).run(&["sources", "check", "--channel", "alternative"]);
    assert_eq!(
        (public.exit_code, public.codes()),
        (0, vec![]),
        "{}",
        public.stderr
    );
}

#[test]
fn a_token_that_gitlab_does_not_know_is_told_as_such() {
    let world = world();
    let mut adopted = job(&world, SECURITY);
    adopted.env("SECURITY_PRIVATE_TOKEN", "glpat-notTheRightOne0000");
    let ran = adopted.run(&["sources", "check", "--fail-on", "note"]);
    assert_eq!(ran.exit_code, 1);
    assert_eq!(
        ran.codes().iter().filter(|code| **code == "BT-G01").count(),
        8,
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("GitLab does not know the token"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}
