//! `sources list` and `sources env` with the example's own files: offline, as a job sees them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/omnibus");

/// The variables of a job in the security project.
const SECURITY: [(&str, &str); 3] = [
    ("CI_PROJECT_PATH", "gitlab-org/security/omnibus-gitlab"),
    (
        "SECURITY_PROJECT_PATH",
        "gitlab-org/security/omnibus-gitlab",
    ),
    ("SECURITY_SOURCES", "true"),
];
/// The same variables in the canonical project.
const CANONICAL: [(&str, &str); 2] = [
    ("CI_PROJECT_PATH", "gitlab-org/omnibus-gitlab"),
    (
        "SECURITY_PROJECT_PATH",
        "gitlab-org/security/omnibus-gitlab",
    ),
];

/// A project with the example's configuration.
fn project() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in [".build-token.yml", ".custom_sources.yml"] {
        std::fs::copy(Path::new(EXAMPLE).join(name), directory.path().join(name)).unwrap();
    }
    directory
}

/// Runs `sources` in a project, in CI, with these variables and no others.
fn sources(project: &TempDir, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_build-token"))
        .arg("sources")
        .args(arguments)
        .current_dir(project.path())
        .env_clear()
        .env("CI", "true")
        .env("CI_PROJECT_DIR", project.path())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!(
        "exit {}\n{}--- stderr ---\n{}",
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
    .replace(&project.path().display().to_string(), "<project>")
}

fn json(output: &str) -> serde_json::Value {
    let start = output.find('{').unwrap();
    let end = output.find("--- stderr ---").unwrap();
    serde_json::from_str(&output[start..end]).unwrap()
}

#[test]
fn the_canonical_project_lists_the_public_remotes_and_has_nothing_to_say() {
    insta::assert_snapshot!(sources(&project(), &CANONICAL, &["list"]));
}

#[test]
fn the_security_project_lists_its_mirrors() {
    insta::assert_snapshot!(sources(&project(), &SECURITY, &["list"]));
}

#[test]
fn a_job_that_is_not_entitled_can_list_them_too() {
    let project = project();
    let asked = ["list", "--channel", "security"];
    insta::assert_snapshot!("not_entitled_en", sources(&project, &CANONICAL, &asked));
    let japanese = [&asked[..], &["--lang", "ja"]].concat();
    insta::assert_snapshot!("not_entitled_ja", sources(&project, &CANONICAL, &japanese));
}

#[test]
fn the_documents_form_is_the_documented_one() {
    let output = sources(&project(), &SECURITY, &["list", "--format", "json"]);
    let document = json(&output);
    insta::assert_json_snapshot!(document);
    let quiet = sources(&project(), &CANONICAL, &["list", "--format", "json"]);
    assert_eq!(json(&quiet).get("findings"), None);
}

#[test]
fn the_shell_gets_the_remotes_and_a_person_what_they_do_not_cover() {
    let project = project();
    insta::assert_snapshot!(sources(&project, &SECURITY, &["env"]));
    let one = sources(&project, &SECURITY, &["env", "gitaly", "-q"]);
    assert_eq!(
        one,
        "exit 0\nexport SECURITY_SOURCES='true'\nexport GITALY_SERVER_ALTERNATIVE_REPO=\
         'https://gitlab.com/gitlab-org/security/gitaly.git'\n--- stderr ---\n"
    );
}

#[test]
fn what_variables_say_is_shown_without_its_credential_and_never_widens_the_reach() {
    let variables = [
        &SECURITY[..2],
        &[
            ("SECURITY_SOURCES", "True"),
            (
                "GITALY_SERVER_ALTERNATIVE_REPO",
                "https://u:s3cret@elsewhere.example/gitaly.git",
            ),
            ("ALTERNATIVE_PRIVATE_TOKEN", "s3cret"),
        ],
    ]
    .concat();
    let output = sources(&project(), &variables, &["list"]);
    assert!(!output.contains("s3cret"), "{output}");
    insta::assert_snapshot!(output);
}

#[test]
fn a_job_token_is_used_only_where_it_was_asked_for_by_name() {
    let project = project();
    let variables = [
        &CANONICAL[..],
        &[("SECURITY_SOURCES", "true"), ("CI_JOB_TOKEN", "s3cret")],
    ]
    .concat();
    let codes = |arguments: &[&str]| {
        let document = json(&sources(&project, &variables, arguments));
        let findings = document["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&["list", "--format", "json"]), ["BT-Y26", "BT-C30"]);
    let asked = ["list", "--format", "json", "--legacy-job-token"];
    assert_eq!(codes(&asked), ["BT-R22", "BT-C30"]);
}

#[test]
fn a_condition_that_cannot_be_decided_is_told_and_stops_only_the_check() {
    let project = project();
    let codes = |output: &str| {
        let lines = output
            .lines()
            .filter_map(|line| line.split_once("]:")?.0.split_once('['));
        lines
            .map(|(severity, code)| format!("{severity} {code}"))
            .collect::<Vec<_>>()
    };
    let asked = ["--channel", "security"];
    let listed = sources(&project, &[], &[&["list"], &asked[..]].concat());
    assert!(listed.starts_with("exit 0\n"), "{listed}");
    assert_eq!(
        codes(&listed),
        ["warning BT-Y25", "warning BT-Y26", "note BT-C30"]
    );
    let checked = sources(&project, &[], &[&["check"], &asked[..]].concat());
    assert!(checked.starts_with("exit 65\n"), "{checked}");
    assert_eq!(codes(&checked), ["error BT-Y25"]);
}

#[test]
fn what_is_wrong_with_the_list_is_placed() {
    let project = project();
    let refused = |text: &str| {
        std::fs::write(project.path().join("list.yml"), text).unwrap();
        sources(&project, &CANONICAL, &["list", "--file", "list.yml"])
    };
    insta::assert_snapshot!(refused("gitaly:\n  alternativ: https://h.example/a.git\n"), @r#"
    exit 65
    --- stderr ---
    error[BT-C03]: unknown key `alternativ`
      --> list.yml:2:3
      2 |   alternativ: https://h.example/a.git
        |   ^
      what: list.yml has the key `alternativ`, which means nothing there. Did you mean `alternative`?
      why: A key that is not known would be ignored silently, and with it what it was meant to protect.
      fix: Use one of: remote, alternative, security.
    "#);
    insta::assert_snapshot!(refused("gitaly:\n  alternative: 'true'\n"), @r#"
    exit 65
    --- stderr ---
    error[BT-C27]: gitaly.alternative is no remote that git can use
      --> list.yml:2:16
      2 |   alternative: 'true'
        |                ^
      what: The value of gitaly.alternative: it is neither a URL nor an address nor a path.
      why: A remote is a URL, an ssh address or a path.
      fix: Write it as https://gitlab.com/group/project.git.
    "#);
    insta::assert_snapshot!(sources(&project, &CANONICAL, &["list", "--file", "gone.yml"]), @r#"
    exit 65
    --- stderr ---
    error[BT-C01]: gone.yml cannot be read
      what: No such file or directory (os error 2)
      why: It was named by --file.
      fix: Correct the path, or create the file.
    "#);
    insta::assert_snapshot!(sources(&project, &CANONICAL, &["env", "gitali"]), @r#"
    exit 65
    --- stderr ---
    error[BT-C33]: there is no component gitali
      what: .custom_sources.yml has: gitlab-rails, gitlab-rails-ee, gitlab-shell, gitlab-pages, gitlab-kas, gitaly, gitlab-elasticsearch-indexer, registry, omnibus, prometheus, alertmanager. Did you mean `gitaly`?
      why: Components are the keys of that file.
      fix: Ask for one of them.
    "#);
}
