//! Whatever the child prints, in whatever form, the token is not in the job's log.

use crate::setting::told;
use crate::support::{SECURITY, World};

#[test]
fn the_token_is_masked_in_every_form_that_a_job_prints() {
    let world = World::embedded();
    let script = "echo raw: $SECURITY_PRIVATE_TOKEN\n\
        echo stderr: $SECURITY_PRIVATE_TOKEN >&2\n\
        echo base64: $(printf %s $SECURITY_PRIVATE_TOKEN | base64)\n\
        echo shifted base64: $(printf x:%s $SECURITY_PRIVATE_TOKEN | base64)\n\
        echo basic: $(printf build-token:%s $SECURITY_PRIVATE_TOKEN | base64)\n\
        echo hex: $(printf %s $SECURITY_PRIVATE_TOKEN | od -An -v -tx1 | tr -d ' \\n')\n\
        echo url: https://oauth2:$SECURITY_PRIVATE_TOKEN@gitlab.example/x.git\n\
        printf 'in two writes: '; printf %s ${SECURITY_PRIVATE_TOKEN%????????}; printf '%s\\n' ${SECURITY_PRIVATE_TOKEN#??????????????????}\n\
        env | grep SECURITY_PRIVATE_TOKEN; set -x; : $SECURITY_PRIVATE_TOKEN";
    let ran = world.job(SECURITY).script(&[], script);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    raw: [MASKED]
    base64: [MASKED]
    shifted base64: eDp[MASKED]Q==
    basic: YnVpbGQtdG9rZW46[MASKED]
    hex: [MASKED]
    url: https://oauth2:[MASKED]@gitlab.example/x.git
    in two writes: [MASKED]
    SECURITY_PRIVATE_TOKEN=[MASKED]
    [EOF]
    ------- stderr -------
    stderr: [MASKED]
    + : [MASKED]
    [EOF]
    ");
}

#[test]
fn a_token_in_two_writes_is_masked_also_when_we_have_read_the_first() {
    use std::io::{Read, Write};
    use std::process::Stdio;
    let world = World::embedded();
    let script = "printf 'begin %s' ${SECURITY_PRIVATE_TOKEN%????????}; read line; \
        printf '%s end\\n' ${SECURITY_PRIVATE_TOKEN#??????????????????}";
    let job = world.job(SECURITY);
    let mut child = job
        .command(&["run", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = child.stdout.take().expect("its output");
    let mut begin = [0; 6];
    output
        .read_exact(&mut begin)
        .expect("what is no part of a secret goes out at once");
    child
        .stdin
        .take()
        .expect("its input")
        .write_all(b"\n")
        .expect("it reads");
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("text");
    child.wait().expect("it ends");
    assert_eq!((&begin, rest.as_str()), (b"begin ", "[MASKED] end\n"));
}

#[test]
fn without_masking_the_output_is_the_childs_own() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    job.may_print("build token");
    let ran = job.script(&["--no-mask"], "echo $SECURITY_PRIVATE_TOKEN");
    assert_eq!(ran.stdout.trim_end(), world.lab.build_token().expose());
}

#[test]
fn the_child_has_no_id_token_unless_it_was_kept_and_then_it_is_masked() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    let id_token = world.id_token(SECURITY);
    job.env("VAULT_ID_TOKEN", &id_token)
        .env("COPY", &id_token)
        .env("VAULT_TOKEN", "hvs.somebody-elses-session");
    job.canary("kept ID token", &id_token)
        .canary("Vault token", "hvs.somebody-elses-session");
    let script = "echo ${VAULT_ID_TOKEN-none} ${COPY-none} ${VAULT_TOKEN-none}";
    let without = job.script(&[], script);
    assert_eq!(
        (without.stdout.as_str(), without.stderr.as_str()),
        ("none none none\n", "")
    );
    let kept = job.script(
        &["--keep-env", "VAULT_ID_TOKEN", "--keep-env", "VAULT_TOKEN"],
        script,
    );
    assert_eq!(
        (kept.stdout.as_str(), kept.stderr.as_str()),
        ("[MASKED] none [MASKED]\n", "")
    );
}

#[test]
fn bytes_that_are_no_text_pass_unchanged() {
    let world = World::embedded();
    let ran = world.job(SECURITY).script(
        &[],
        "head -c 100000 /dev/zero | tr '\\0' '\\377' | cksum; printf '\\377\\376\\0' | od -An -tx1",
    );
    let plain = std::process::Command::new("sh")
        .args(["-c", "head -c 100000 /dev/zero | tr '\\0' '\\377' | cksum; printf '\\377\\376\\0' | od -An -tx1"])
        .output()
        .expect("sh");
    assert_eq!(ran.stdout.as_bytes(), plain.stdout);
}

/// git's own trace would show the header with the token; this is taken care of without the masker too.
#[test]
fn a_trace_of_git_shows_no_credential_whatever_was_inherited() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    job.env("GIT_TRACE_REDACT", "0").env("GIT_TRACE_CURL", "1");
    let list = format!("git ls-remote --quiet {} HEAD", world.lab.git_url(SECURITY));
    let script = format!("({list} 2>&1 >/dev/null) | grep -o 'Authorization: .*'");
    let ran = job.script(&["--no-mask", "--no-env"], &script);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 0
    ------- stdout -------
    Authorization: Basic <redacted>
    Authorization: Basic <redacted>
    [EOF]
    ------- stderr -------
    warning[BT-R06]: GIT_TRACE_REDACT was taken out
      what: GIT_TRACE_REDACT was off, so git's traces would have shown credentials.
      why: Beside a token, a trace is a leak.
      fix: Remove it from the job's variables.
    [EOF]
    ");
}
