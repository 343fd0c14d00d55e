//! git gets the token for what lies within the reach, and for nothing else, however the URL is written.

use crate::setting::told;
use crate::support::rogue::Rogue;
use crate::support::{Job, SECURITY, World};

/// Asks git for a credential, as git itself does before it connects.
const FILL: &str = "for url in \"$@\"; do\n\
    answer=$(printf 'url=%s\\n\\n' \"$url\" | git credential fill 2>&1) || answer=nothing\n\
    case $answer in *password=*) answer=\"the token\";; esac\n\
    echo \"$answer: $url\"\n\
    done";

/// What git gets for each of these URLs.
fn fill(job: &Job, urls: &[String]) -> String {
    let mut arguments = vec!["run", "--", "sh", "-c", FILL, "fill"];
    arguments.extend(urls.iter().map(String::as_str));
    let ran = job.run(&arguments);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    ran.stdout
}

#[test]
fn host_and_path_are_compared_as_git_understands_them() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    // An adopted token, so that no metadata of a secret narrow the reach.
    job.env("SECURITY_PRIVATE_TOKEN", world.lab.build_token().expose())
        .env(
            "BUILD_TOKEN_REACH",
            "https://gitlab.example/gitlab-org/security/",
        );
    let urls = [
        "https://gitlab.example/gitlab-org/security/x.git",
        "https://GitLab.Example/gitlab-org/security/x.git",
        "https://gitlab.example:443/gitlab-org/security/x.git",
        "https://gitlab.example./gitlab-org/security/x.git",
        "https://somebody@gitlab.example/gitlab-org/security/x.git",
        "https://gitlab.example/gitlab-org/security/sub/group/x.git/",
        "https://gitlab.example/gitlab-org/security/a%2Eb.git",
        "https://gitlab.example/gitlab-org/security",
        "https://gitlab.example/gitlab-org/security/",
        "https://gitlab.example/gitlab-org/security/../x.git",
        "https://gitlab.example/gitlab-org/security/%2e%2e/x.git",
        "https://gitlab.example/gitlab-org/security/%252e%252e/x.git",
        "https://gitlab.example/gitlab-org/security/./x.git",
        "https://gitlab.example/gitlab-org/security//x.git",
        "https://gitlab.example/gitlab-org/security%2Fx.git",
        "https://gitlab.example/gitlab-org/security\\x.git",
        "https://gitlab.example/gitlab-org/security-tools/x.git",
        "https://gitlab.example/gitlab-org/Security/x.git",
        "https://gitlab.example/gitlab-org/x.git",
        "https://gitlab.example/",
        "https://gitlab.example:8443/gitlab-org/security/x.git",
        "https://gitlab.example.evil.example/gitlab-org/security/x.git",
        "https://gitlab.example@evil.example/gitlab-org/security/x.git",
        "https://gitlab.example%40evil.example/gitlab-org/security/x.git",
        "https://evil.example/https://gitlab.example/gitlab-org/security/x.git",
        "http://gitlab.example/gitlab-org/security/x.git",
        "ftp://gitlab.example/gitlab-org/security/x.git",
    ];
    insta::assert_snapshot!(fill(&job, &urls.map(str::to_owned)), @r"
    the token: https://gitlab.example/gitlab-org/security/x.git
    the token: https://GitLab.Example/gitlab-org/security/x.git
    the token: https://gitlab.example:443/gitlab-org/security/x.git
    the token: https://gitlab.example./gitlab-org/security/x.git
    the token: https://somebody@gitlab.example/gitlab-org/security/x.git
    the token: https://gitlab.example/gitlab-org/security/sub/group/x.git/
    the token: https://gitlab.example/gitlab-org/security/a%2Eb.git
    the token: https://gitlab.example/gitlab-org/security
    the token: https://gitlab.example/gitlab-org/security/
    nothing: https://gitlab.example/gitlab-org/security/../x.git
    nothing: https://gitlab.example/gitlab-org/security/%2e%2e/x.git
    nothing: https://gitlab.example/gitlab-org/security/%252e%252e/x.git
    nothing: https://gitlab.example/gitlab-org/security/./x.git
    nothing: https://gitlab.example/gitlab-org/security//x.git
    the token: https://gitlab.example/gitlab-org/security%2Fx.git
    nothing: https://gitlab.example/gitlab-org/security\x.git
    nothing: https://gitlab.example/gitlab-org/security-tools/x.git
    nothing: https://gitlab.example/gitlab-org/Security/x.git
    nothing: https://gitlab.example/gitlab-org/x.git
    nothing: https://gitlab.example/
    nothing: https://gitlab.example:8443/gitlab-org/security/x.git
    nothing: https://gitlab.example.evil.example/gitlab-org/security/x.git
    nothing: https://gitlab.example@evil.example/gitlab-org/security/x.git
    nothing: https://gitlab.example%40evil.example/gitlab-org/security/x.git
    nothing: https://evil.example/https://gitlab.example/gitlab-org/security/x.git
    nothing: http://gitlab.example/gitlab-org/security/x.git
    nothing: ftp://gitlab.example/gitlab-org/security/x.git
    ");
}

#[test]
fn another_group_and_another_host_get_nothing() {
    let world = World::embedded();
    let denied = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"GitLab\"\r\nContent-Length: 0\r\n\r\n";
    let rogue = Rogue::start(move |_, stream, request| {
        assert!(
            !request.to_ascii_lowercase().contains("authorization:"),
            "a credential was sent:\n{request}"
        );
        // git has given up when nothing can be written.
        let _ = stream.write_all(denied.as_bytes());
    });
    let list = |url: String| format!("git ls-remote --quiet {url} HEAD || echo refused; ");
    let script = list(world.lab.git_url("gitlab-com/infrastructure"))
        + &list(format!(
            "{}/gitlab-org/security/omnibus-gitlab.git",
            rogue.url
        ))
        + &list(world.lab.git_url(SECURITY));
    let ran = world.job(SECURITY).script(&[], &script);
    insta::assert_snapshot!(told(&ran, &world, &[(&rogue.url, "<rogue>")]), @"
    exit 0
    ------- stdout -------
    refused
    refused
    66ee590dee746106fd7c4a2a1320ac6177ec556e	HEAD
    [EOF]
    ------- stderr -------
    fatal: could not read Username for '<gitlab>': terminal prompts disabled
    fatal: could not read Username for '<rogue>': terminal prompts disabled
    [EOF]
    ");
    assert_eq!(
        rogue.requests(),
        ["GET /gitlab-org/security/omnibus-gitlab.git/info/refs?service=git-upload-pack"]
    );
}

#[test]
fn a_clone_a_fetch_and_a_submodule_get_the_token_and_a_push_is_refused_by_gitlab() {
    let world = World::embedded();
    let url = world.lab.git_url(SECURITY);
    let submodule = world.lab.git_url("gitlab-org/security/gitaly");
    let script = format!(
        "set -e; git clone --quiet {url} clone; cd clone; git fetch --quiet --all; \
         git -c user.name=a -c user.email=a@b.example submodule --quiet add {submodule} gitaly; ls gitaly; \
         git -c user.name=a -c user.email=a@b.example commit --quiet --message submodule; \
         git push --quiet origin HEAD"
    );
    let ran = world.job(SECURITY).script(&[], &script);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 128
    ------- stdout -------
    README.md
    [EOF]
    ------- stderr -------
    remote: You are not allowed to upload code.
    fatal: unable to access '<gitlab>/gitlab-org/security/omnibus-gitlab.git/': The requested URL returned error: 403
    [EOF]
    ");
}

#[test]
fn the_platform_teams_metadata_narrow_the_reach() {
    let world = World::embedded();
    world.metadata(serde_json::json!({ "reach": world.lab.git_url("gitlab-org/security/gitaly") }));
    let list = |project| {
        format!(
            "git ls-remote --quiet {} HEAD > /dev/null || echo no {project};",
            world.lab.git_url(project)
        )
    };
    let script = list("gitlab-org/security/gitaly") + &list("gitlab-org/security/gitlab-pages");
    let ran = world.job(SECURITY).script(&[], &script);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    no gitlab-org/security/gitlab-pages
    [EOF]
    ------- stderr -------
    note[BT-R21]: the secret's metadata narrow the reach of SECURITY_PRIVATE_TOKEN
      what: custom_metadata.reach leaves: <gitlab>/gitlab-org/security/gitaly.git/.
      why: The platform team's word counts too; what both allow remains.
      fix: Nothing, if that is what you need.
    fatal: could not read Username for '<gitlab>': terminal prompts disabled
    [EOF]
    ");
}

#[test]
fn metadata_that_leave_nothing_are_told_loudly() {
    let world = World::embedded();
    world.metadata(serde_json::json!({ "reach": "https://gitlab.example/elsewhere/" }));
    let ran = world
        .job(SECURITY)
        .script(&[], "echo ${BUILD_TOKEN_AGENT-no agent}");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    no agent
    [EOF]
    ------- stderr -------
    warning[BT-R21]: the secret's metadata narrow the reach of SECURITY_PRIVATE_TOKEN
      what: custom_metadata.reach leaves: -.
      why: The platform team's word counts too; what both allow remains.
      fix: Nothing, if that is what you need.
    [EOF]
    ");
}

#[test]
fn without_a_variable_git_still_works_and_without_git_the_variable_does() {
    let world = World::embedded();
    let script = format!(
        "echo variable: ${{SECURITY_PRIVATE_TOKEN:+yes}}; env | grep -c BUILD_TOKEN_AGENT; git ls-remote --quiet {} HEAD | cut -f 2",
        world.lab.git_url(SECURITY)
    );
    let no_variable = world.job(SECURITY).script(&["--no-env"], &script);
    assert_eq!(
        (no_variable.stdout.as_str(), no_variable.stderr.as_str()),
        ("variable:\n1\nHEAD\n", "")
    );
    let no_git = world.job(SECURITY).script(&["--git", "none"], &script);
    insta::assert_snapshot!(told(&no_git, &world, &[]), @"
    exit 0
    ------- stdout -------
    variable: yes
    0
    [EOF]
    ------- stderr -------
    fatal: could not read Username for '<gitlab>': terminal prompts disabled
    [EOF]
    ");
}
