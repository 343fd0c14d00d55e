//! `redact`: the masker as a filter.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Job, Ran};

const OWN: &str = "our own secret, of no shape";

/// A job with `OWN` as variable and as file.
fn redact(stdin: &str, options: &[&str]) -> Ran {
    let directory = tempfile::tempdir().expect("a directory");
    let mut job = Job::new(directory.path());
    job.env("OWN", OWN)
        .env("EMPTY", "")
        .stdin(stdin)
        .file("secret", &format!("{OWN}\r\n"));
    job.run(&[&["redact"], options].concat())
}

#[test]
fn tokens_are_known_by_their_shape() {
    let ran = redact(
        "a glpat-aaaaaaaaaaaaaaaaaaaa b\nno secret here, nor a line break",
        &[],
    );
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, "a [MASKED] b\nno secret here, nor a line break");
}

#[test]
fn a_secret_that_is_named_is_masked_in_every_form() {
    let text = format!(
        "{OWN}|b3VyIG93biBzZWNyZXQsIG9mIG5vIHNoYXBl|our%20own%20secret%2C%20of%20no%20shape|end"
    );
    for options in [["--secret-env", "OWN"], ["--secret-file", "secret"]] {
        assert_eq!(
            redact(&text, &options).stdout,
            "[MASKED]|[MASKED]|[MASKED]|end"
        );
    }
    assert_eq!(redact(&text, &[]).stdout, text);
}

#[test]
fn a_secret_that_is_not_there_is_an_error_and_nothing_passes() {
    for name in ["UNSET", "EMPTY"] {
        let ran = redact("text", &["--secret-env", name]);
        assert_eq!(
            (ran.exit_code, ran.stdout.as_str(), ran.codes()),
            (65, "", vec!["BT-R36"])
        );
    }
    insta::assert_snapshot!(redact("text", &["--secret-env", "UNSET"]).stderr, @"
    error[BT-R36]: the input is not what redact reads
      what: UNSET is not set.
      why: With a secret that is not there everything would pass unmasked.
      fix: See `build-token redact --help`.
    ");
    let ran = redact("text", &["--secret-file", "nowhere"]);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.codes()),
        (65, "", vec!["BT-C01"])
    );
}

#[test]
fn bytes_that_are_no_text_pass_unchanged() {
    let directory = tempfile::tempdir().expect("a directory");
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let mut command = Job::new(directory.path()).command(&["redact"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut stdin, input) = (child.stdin.take().expect("its stdin"), bytes.clone());
    let writer = std::thread::spawn(move || stdin.write_all(&input).expect("it reads"));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("all was written");
    assert!(output.stdout == bytes, "the bytes changed");
}
