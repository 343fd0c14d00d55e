//! The file is reviewed, and pipeline variables are not: what the file says is never overruled.

use crate::setting::told;
use crate::support::rogue::Rogue;
use crate::support::{CANONICAL, Job, Ran, SECRET, SECURITY, World};

/// A file with every pin that there is.
fn every_pin(world: &World) -> String {
    let role = SECURITY.replace('/', "_");
    format!(
        "vault:\n  url: {}\n  namespace: team\n  auth: {{ path: gitlab-com, role: {role}, id_token: VAULT_ID_TOKEN }}\n\
         tokens:\n  SECURITY_PRIVATE_TOKEN:\n    secret: {SECRET}\n    \
         when: $CI_PROJECT_PATH == $SECURITY_PROJECT_PATH\n    reach: [{}]\n",
        world.lab.vault_url(),
        world.reach(),
    )
}

fn what(ran: &Ran) -> &str {
    let what = |line: &'_ str| line.trim_start().starts_with("what: ");
    ran.stderr
        .lines()
        .find(|line| what(line))
        .map_or("", |line| line.trim_start())
}

#[test]
fn a_variable_that_differs_from_the_file_is_refused_with_both_values() {
    let (world, rogue) = (World::embedded(), Rogue::answering("200 OK", "", "{}"));
    world.write(".build-token.yml", &every_pin(&world));
    let wider = format!("{}/gitlab-org/", world.lab.gitlab_url());
    let attempts = [
        ("VAULT_SERVER_URL", rogue.url.as_str()),
        ("BAO_ADDR", &rogue.url),
        ("VAULT_ADDR", &rogue.url),
        ("VAULT_AUTH_PATH", "gitlab-rogue"),
        ("VAULT_AUTH_ROLE", "administrator"),
        ("VAULT_NAMESPACE", "rogue"),
        ("BAO_NAMESPACE", "rogue"),
        ("BUILD_TOKEN_ID_TOKEN", "ROGUE_ID_TOKEN"),
        ("BUILD_TOKEN_SECRET", "rogue/token@ci"),
        ("BUILD_TOKEN_WHEN", "$CI == \"true\""),
        ("BUILD_TOKEN_NAME", "ROGUE_TOKEN"),
        ("BUILD_TOKEN_REACH", &wider),
        ("BUILD_TOKEN_REACH", &rogue.url),
        (
            "BUILD_TOKEN_REACH",
            "https://gitlab.example.com/gitlab-org/security/",
        ),
    ];
    let mut table = String::new();
    for (variable, value) in attempts {
        let ran = world
            .job(SECURITY)
            .env(variable, value)
            .script(&[], "echo built");
        assert_eq!(ran.stdout, "");
        table += &format!("{} {:?} {}\n", ran.exit_code, ran.codes(), what(&ran));
    }
    let table = table
        .replace(world.lab.vault_url(), "<vault>")
        .replace(world.lab.gitlab_url(), "<gitlab>")
        .replace(&rogue.url, "<rogue>");
    insta::assert_snapshot!(table, @r#"
    65 ["BT-C06"] what: vault.url is `<vault>` in the file, and VAULT_SERVER_URL says `<rogue>`.
    65 ["BT-C06"] what: vault.url is `<vault>` in the file, and BAO_ADDR says `<rogue>`.
    65 ["BT-C06"] what: vault.url is `<vault>` in the file, and VAULT_ADDR says `<rogue>`.
    65 ["BT-C06"] what: vault.auth.path is `gitlab-com` in the file, and VAULT_AUTH_PATH says `gitlab-rogue`.
    65 ["BT-C06"] what: vault.auth.role is `gitlab-org_security_omnibus-gitlab` in the file, and VAULT_AUTH_ROLE says `administrator`.
    65 ["BT-C06"] what: vault.namespace is `team` in the file, and VAULT_NAMESPACE says `rogue`.
    65 ["BT-C06"] what: vault.namespace is `team` in the file, and BAO_NAMESPACE says `rogue`.
    65 ["BT-C06"] what: vault.auth.id_token is `VAULT_ID_TOKEN` in the file, and BUILD_TOKEN_ID_TOKEN says `ROGUE_ID_TOKEN`.
    65 ["BT-C06"] what: tokens.SECURITY_PRIVATE_TOKEN.secret is `access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci` in the file, and BUILD_TOKEN_SECRET says `rogue/token@ci`.
    65 ["BT-C06"] what: tokens.SECURITY_PRIVATE_TOKEN.when is `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` in the file, and BUILD_TOKEN_WHEN says `$CI == "true"`.
    65 ["BT-C06"] what: tokens is `SECURITY_PRIVATE_TOKEN` in the file, and BUILD_TOKEN_NAME says `ROGUE_TOKEN`.
    65 ["BT-C12"] what: BUILD_TOKEN_REACH has <gitlab>/gitlab-org/, which is not within <gitlab>/gitlab-org/security/.
    65 ["BT-C12"] what: BUILD_TOKEN_REACH has <rogue>/, which is not within <gitlab>/gitlab-org/security/.
    65 ["BT-C12"] what: BUILD_TOKEN_REACH has https://gitlab.example.com/gitlab-org/security/, which is not within <gitlab>/gitlab-org/security/.
    "#);
    assert_eq!((rogue.connections(), world.lab.requests().len()), (0, 0));
}

#[test]
fn a_variable_that_is_only_written_differently_is_no_difference() {
    let world = World::embedded();
    world.write(".build-token.yml", &world.pinned());
    let ran = world
        .job(SECURITY)
        .env("VAULT_ADDR", format!("{}/", world.lab.vault_url()))
        .env("VAULT_AUTH_PATH", "auth/gitlab-com/")
        .script(&[], "echo built");
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "built\n", "")
    );
}

#[test]
fn a_refused_variable_is_shown_beside_the_line_of_the_file() {
    let (world, rogue) = (World::embedded(), Rogue::answering("200 OK", "", "{}"));
    world.write(".build-token.yml", &world.pinned());
    let ran = world
        .job(SECURITY)
        .env("VAULT_SERVER_URL", &rogue.url)
        .script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[(&rogue.url, "<rogue>")]), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-C06]: VAULT_SERVER_URL differs from what <project>/.build-token.yml pins
      --> <project>/.build-token.yml:2:8
      2 |   url: <vault>
        |        ^
      what: vault.url is `<vault>` in the file, and VAULT_SERVER_URL says `<rogue>`.
      why: Pipeline variables can be set by whoever may start a pipeline; the file is reviewed. So the file's word stands, and a variable that differs is refused.
      fix: Remove VAULT_SERVER_URL, or change vault.url in the file by a merge request.
    [EOF]
    ");
}

#[test]
fn a_reach_in_a_variable_narrows() {
    let world = World::embedded();
    world.write(".build-token.yml", &world.pinned());
    let narrow = world.lab.git_url("gitlab-org/security/gitaly");
    let ask = |project| {
        format!(
            "git ls-remote --quiet {} HEAD > /dev/null",
            world.lab.git_url(project)
        )
    };
    let script = format!(
        "{} && echo gitaly; {} || echo not pages",
        ask("gitlab-org/security/gitaly"),
        ask("gitlab-org/security/gitlab-pages")
    );
    let ran = world
        .job(SECURITY)
        .env("BUILD_TOKEN_REACH", narrow)
        .script(&[], &script);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    gitaly
    not pages
    [EOF]
    ------- stderr -------
    fatal: could not read Username for '<gitlab>': terminal prompts disabled
    [EOF]
    ");
}

#[test]
fn a_file_in_a_dependencys_checkout_is_ignored_in_ci() {
    let (world, rogue) = (World::embedded(), Rogue::answering("200 OK", "", "{}"));
    let dependency = checkout_of_a_rogue(&world, &rogue);
    let mut job = world.job(SECURITY);
    job.directory(&dependency);
    let clone = format!(
        "git ls-remote --quiet {} HEAD > /dev/null && echo cloned",
        world.lab.git_url(SECURITY)
    );
    let without_a_file = job.script(&[], &clone);
    world.write(".build-token.yml", &world.pinned());
    let with_our_file = job.script(&[], &clone);
    for ran in [without_a_file, with_our_file] {
        assert_eq!(
            (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "cloned\n", "")
        );
    }
    assert_eq!(rogue.connections(), 0);
}

#[test]
fn git_credential_never_looks_for_a_file() {
    let (world, rogue) = (World::embedded(), Rogue::answering("200 OK", "", "{}"));
    let dependency = checkout_of_a_rogue(&world, &rogue);
    let question = format!(
        "protocol=http\nhost={}\npath=gitlab-org/security/x.git\n\n",
        host(world.lab.gitlab_url())
    );
    let mut job = world.job(SECURITY);
    job.directory(&dependency)
        .without("BUILD_TOKEN_REACH")
        .stdin(&question);
    for outside_ci in [false, true] {
        if outside_ci {
            job.without("CI");
        }
        let ran = job.run(&["git-credential", "get"]);
        assert_eq!(
            (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "", "")
        );
    }
    assert_eq!((rogue.connections(), world.lab.requests().len()), (0, 0));
}

#[test]
fn a_variable_cannot_replace_the_projects_own_file_in_ci() {
    let (world, rogue) = (World::embedded(), Rogue::answering("200 OK", "", "{}"));
    checkout_of_a_rogue(&world, &rogue);
    world.write(".build-token.yml", &world.pinned());
    let mut job = world.job(SECURITY);
    job.env("BUILD_TOKEN_CONFIG", "dependency/.build-token.yml");
    let ran = job.script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[(&rogue.url, "<rogue>")]), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-C06]: BUILD_TOKEN_CONFIG differs from what <project>/.build-token.yml pins
      what: the configuration file is `<project>/.build-token.yml` in the file, and BUILD_TOKEN_CONFIG says `<project>/dependency/.build-token.yml`.
      why: Pipeline variables can be set by whoever may start a pipeline; the file is reviewed. So the file's word stands, and a variable that differs is refused.
      fix: Remove BUILD_TOKEN_CONFIG, or change the configuration file in the file by a merge request.
    [EOF]
    ");
    // Nor can two more variables that say that there is no CI.
    job.env("CI", "false")
        .env("GITLAB_CI", "")
        .env("CI_JOB_ID", "7");
    assert_eq!(job.script(&[], "echo built").codes(), ["BT-C06"]);
    assert_eq!((rogue.connections(), world.lab.requests().len()), (0, 0));
}

#[test]
fn a_pin_counts_where_nothing_is_fetched_only_if_it_decides() {
    let (world, rogue) = (World::embedded(), Rogue::answering("200 OK", "", "{}"));
    world.write(".build-token.yml", &every_pin(&world));
    let mut job: Job = world.job(CANONICAL);
    let ran = job
        .env("VAULT_SERVER_URL", &rogue.url)
        .script(&[], "echo built");
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str()),
        (0, "built\n"),
        "nobody is asked: {}",
        ran.stderr
    );
    assert_eq!((rogue.connections(), world.lab.requests().len()), (0, 0));
}

/// A dependency's repository whose `.build-token.yml` names another Vault.
fn checkout_of_a_rogue(world: &World, rogue: &Rogue) -> std::path::PathBuf {
    let file = every_pin(world).replace(world.lab.vault_url(), &rogue.url);
    let file = world.write("dependency/.build-token.yml", &file);
    let dependency = file.parent().expect("its directory").to_owned();
    std::fs::create_dir(dependency.join(".git")).expect("a repository");
    dependency
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://")
}
