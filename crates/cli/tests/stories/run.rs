//! The three jobs of the reference deployment, and who is asked how often.

use crate::counter::Counter;
use crate::setting::told;
use crate::story;
use crate::support::{CANONICAL, FORK, SECURITY, World};

story! {
    fn the_security_project_clones_a_private_repository(world) {
        let clone = format!("git clone --quiet {} clone && ls clone && ! grep -r glpat clone", world.lab.git_url(SECURITY));
        let ran = world.job(SECURITY).script(&[], &clone);
        insta::assert_snapshot!(told(&ran, world, &[]), @"
        exit 0
        ------- stdout -------
        README.md
        [EOF]
        ------- stderr -------
        [EOF]
        ");
    }
}

story! {
    fn the_canonical_project_runs_without_a_token_and_asks_nobody(world) {
        let vault = Counter::in_front_of(world.lab.vault_url());
        let script = "echo built; test -z \"$SECURITY_PRIVATE_TOKEN\"";
        let ran = world.job(CANONICAL).env("VAULT_SERVER_URL", &vault.url).script(&[], script);
        insta::assert_snapshot!(told(&ran, world, &[]), @r#"
        exit 0
        ------- stdout -------
        built
        [EOF]
        ------- stderr -------
        build-token: SECURITY_PRIVATE_TOKEN: not entitled: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` compares "gitlab-org/omnibus-gitlab" with "gitlab-org/security/omnibus-gitlab"; running without the token
        [EOF]
        "#);
        assert_eq!((vault.connections(), world.lab.requests().len()), (0, 0));
    }
}

story! {
    fn a_fork_that_pretends_to_be_the_security_project_is_refused_by_vault(world) {
        let ran = world.job(FORK).env("SECURITY_PROJECT_PATH", FORK).script(&[], "echo built");
        insta::assert_snapshot!(told(&ran, world, &[]), @r#"
        exit 77
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-J06]: the claim project_id has a value that the role does not accept
          what: The ID token has project_id "24"; Vault at <vault> (auth/gitlab-com, role gitlab-org_security_omnibus-gitlab) answered: error validating claims: claim "project_id" does not match any associated bound claim values
          why: This job's project_id is not one that the role is for. GitLab's ids are strings; globs know only `*`, and only with bound_claims_type=glob. In a merge request from a fork the claims are the fork's. Where several claims differ, Vault names any one of them.
          fix: If this job should have the token, add "24" to bound_claims.project_id of the role (write all of bound_claims, and role_type=jwt). If it should not, this refusal is right.
        [EOF]
        "#);
    }
}

story! {
    fn a_fork_is_refused_whatever_it_sets(world) {
        let own_file = world.pinned().replace("when: $CI_PROJECT_PATH == $SECURITY_PROJECT_PATH", "when: $CI == \"true\"");
        let pretences: &[(&str, &str)] = &[
            ("SECURITY_PROJECT_PATH", FORK),
            ("BUILD_TOKEN_WHEN", "$CI == \"true\""),
            ("CI_PROJECT_PATH", SECURITY),
            ("CI_PROJECT_ID", "2"),
            ("VAULT_AUTH_ROLE", "gitlab-org_security_gitlab"),
            ("its own .build-token.yml", &own_file),
        ];
        let mut table = String::new();
        for (name, value) in pretences {
            let mut job = world.job(FORK);
            if name.starts_with("its own") {
                world.write(".build-token.yml", value);
            } else {
                job.env("BUILD_TOKEN_WHEN", "$CI_PROJECT_PATH == $CI_PROJECT_PATH").env(name, value);
            }
            let ran = job.script(&[], "echo built");
            table += &format!("{name}: {} {:?} {:?}\n", ran.exit_code, ran.codes(), ran.stdout);
        }
        insta::assert_snapshot!(table, @r#"
        SECURITY_PROJECT_PATH: 77 ["BT-J06"] ""
        BUILD_TOKEN_WHEN: 77 ["BT-J06"] ""
        CI_PROJECT_PATH: 77 ["BT-J06"] ""
        CI_PROJECT_ID: 77 ["BT-J06"] ""
        VAULT_AUTH_ROLE: 77 ["BT-J06"] ""
        its own .build-token.yml: 77 ["BT-J06"] ""
        "#);
        assert_eq!(world.git_requests(), Vec::<String>::new());
    }
}

story! {
    fn several_grants_share_one_login_and_one_connection(world) {
        world.write(".build-token.yml", &world.three_grants());
        let mut counts = String::new();
        for options in [&["--token", "A"][..], &["--token", "A", "--token", "C"], &[]] {
            let vault = Counter::in_front_of(world.lab.vault_url());
            let ran = world
                .job(SECURITY)
                .without("BUILD_TOKEN_REACH")
                .env("VAULT_SERVER_URL", &vault.url)
                .script(options, "echo ${A:+A} ${B:+B} ${C:+C}");
            let summary = (ran.exit_code, ran.stdout.trim(), vault.requests(), vault.connections());
            counts += &format!("{summary:#?}\n").replace(crate::setting::SECRET_PATH, "<secret>");
        }
        insta::assert_snapshot!(counts, @r#"
        (
            0,
            "A",
            [
                "POST auth/gitlab-com/login 200",
                "GET ci/data/<secret> 200",
                "POST auth/token/revoke-self 204",
            ],
            1,
        )
        (
            0,
            "A C",
            [
                "POST auth/gitlab-com/login 200",
                "GET ci/data/<secret> 200",
                "GET ci/data/<secret> 200",
                "POST auth/token/revoke-self 204",
            ],
            1,
        )
        (
            0,
            "A B C",
            [
                "POST auth/gitlab-com/login 200",
                "GET ci/data/<secret> 200",
                "GET ci/data/<secret> 200",
                "GET ci/data/<secret> 200",
                "POST auth/token/revoke-self 204",
            ],
            1,
        )
        "#);
    }
}

story! {
    fn inline_asks_once_and_leaves_nothing_to_revoke(world) {
        let vault = Counter::in_front_of(world.lab.vault_url());
        // Only OpenBao's own name for the server says that it is OpenBao.
        let ran = world.job(SECURITY).without("VAULT_SERVER_URL").env("BAO_ADDR", &vault.url).script(&["-v"], "echo built");
        insta::assert_snapshot!(told(&ran, world, &[]), @"
        exit 0
        ------- stdout -------
        built
        [EOF]
        ------- stderr -------
        build-token: SECURITY_PRIVATE_TOKEN: granted, from ci/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token#token, fingerprint b9aa41cc
        build-token: Vault session none after 1 requests on 1 connection(s)
        [EOF]
        ");
        insta::assert_debug_snapshot!((vault.requests(), vault.connections()), @r#"
        (
            [
                "GET ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token 200",
            ],
            1,
        )
        "#);
    }
}

story! {
    fn a_server_that_ignores_inline_is_logged_in_to_only_where_auto_was_said(world) {
        let vault = Counter::without_inline(world.lab.vault_url());
        let mut job = world.job(SECURITY);
        job.without("VAULT_SERVER_URL").env("BAO_ADDR", &vault.url);
        let ran = job.script(&["--flow", "auto"], "echo built");
        assert_eq!((ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "built\n", ""));
        let by_auto = vault.requests();
        insta::assert_debug_snapshot!(by_auto, @r#"
        [
            "GET ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token 403",
            "POST auth/gitlab-com/login 200",
            "GET ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token 200",
            "POST auth/token/revoke-self 204",
        ]
        "#);
        let ran = job.script(&["--flow", "inline"], "echo built");
        insta::assert_snapshot!(told(&ran, world, &[(&vault.url, "<old server>")]), @"
        exit 77
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-R30]: inline authentication is not known here
          what: <old server> ignored the inline login.
          why: OpenBao knows it from 2.4 on, Vault does not.
          fix: Use `--flow login` or `--flow auto`.
        [EOF]
        ");
        assert_eq!(vault.requests().len(), by_auto.len() + 1);
    }
}

story! {
    fn the_flow_that_was_asked_for_is_the_one_that_is_used(world) {
        let mut flows = String::new();
        for flow in ["auto", "login", "inline"] {
            let vault = Counter::in_front_of(world.lab.vault_url());
            let ran = world.job(SECURITY).env("VAULT_SERVER_URL", &vault.url).script(&["--flow", flow], "echo built");
            flows += &format!("{flow}: exit {}, {} requests\n", ran.exit_code, vault.requests().len());
        }
        insta::assert_snapshot!(flows, @"
        auto: exit 0, 3 requests
        login: exit 0, 3 requests
        inline: exit 0, 1 requests
        ");
    }
}

#[test]
fn a_job_without_the_token_that_it_requires_is_refused_and_nobody_is_asked() {
    let world = World::embedded();
    world.write(
        ".build-token.yml",
        &format!("{}    required: true\n", world.pinned()),
    );
    let ran = world.job(CANONICAL).script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @r#"
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
fn a_condition_with_an_undefined_variable_is_an_error_and_never_a_quiet_no() {
    let world = World::embedded();
    let ran = world
        .job(CANONICAL)
        .without("SECURITY_PROJECT_PATH")
        .script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-Y25]: the condition of SECURITY_PRIVATE_TOKEN uses an undefined variable
      what: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH` uses $SECURITY_PROJECT_PATH, which this job does not have.
      why: GitLab's language takes an undefined variable for null, so the job would quietly run without its token.
      fix: Define it for this job: as a CI/CD setting of the group or project, or under `variables:`, which `include:rules` cannot see. Where it may be missing, compare it with null.
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn a_condition_that_does_not_parse_is_an_error_and_never_a_quiet_no() {
    let world = World::embedded();
    world.write(
        ".build-token.yml",
        &world
            .pinned()
            .replace("$CI_PROJECT_PATH ==", "${CI_PROJECT_PATH} =="),
    );
    let ran = world.job(CANONICAL).script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-C09]: the condition is not in GitLab's expression language
      --> <project>/.build-token.yml:7:11
      7 |     when: ${CI_PROJECT_PATH} == $SECURITY_PROJECT_PATH
        |           ^
      what: `${CI_PROJECT_PATH} == $SECURITY_PROJECT_PATH`: Unknown lexeme found!
      why: <project>/.build-token.yml is read as GitLab reads `rules:if`: variables without braces, strings in quotes, patterns between slashes.
      fix: Correct it; `build-token ci eval '${CI_PROJECT_PATH} == $SECURITY_PROJECT_PATH'` tries it.
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn a_token_that_no_grant_has_is_named() {
    let world = World::embedded();
    world.write(".build-token.yml", &world.pinned());
    let ran = world
        .job(SECURITY)
        .script(&["--token", "SECURITY_PRIVAT_TOKEN"], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 65
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-C13]: there is no grant SECURITY_PRIVAT_TOKEN
      what: SECURITY_PRIVAT_TOKEN was asked for; the grants are: SECURITY_PRIVATE_TOKEN. Did you mean `SECURITY_PRIVATE_TOKEN`?
      why: Grants come from `tokens:` in .build-token.yml, or one from BUILD_TOKEN_NAME.
      fix: Ask for one of them.
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}
