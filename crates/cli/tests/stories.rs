//! The stories of the job's side, told on the lab and on a real server.

mod support;

use support::{CANONICAL, FORK, SECURITY};

story! {
    fn the_security_project_clones_a_private_repository(world) {
        let clone = format!("git clone --quiet {} clone && ls clone", world.lab.git_url(SECURITY));
        let ran = world.job(SECURITY).script(&[], &clone);
        assert_eq!((ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "README.md\n", ""));
    }
}

story! {
    fn the_canonical_project_runs_without_a_token_and_asks_nobody(world) {
        let ran = world.job(CANONICAL).script(&[], "echo built; test -z \"$SECURITY_PRIVATE_TOKEN\"");
        insta::assert_snapshot!(ran.snapshot(world), @"");
        assert_eq!(world.vault_requests(), Vec::<String>::new());
    }
}

story! {
    fn a_fork_that_pretends_to_be_the_security_project_is_refused_by_vault(world) {
        let ran = world.job(FORK).env("SECURITY_PROJECT_PATH", FORK).script(&[], "echo built");
        insta::assert_snapshot!(ran.snapshot(world), @"");
    }
}
