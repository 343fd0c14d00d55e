//! `completions` and `man`: made from the command line's own words.

use std::process::Command;

use crate::{alone, simply};

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = simply(&["completions", shell]);
        assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("git-credential"), "{shell}");
    }
}

#[test]
fn bash_completes_the_commands() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = simply(&["completions", "bash"]).stdout;
    std::fs::write(directory.path().join("completions"), script).expect("a file");
    let ask = r#"
        set -e; source ./completions
        function=$(complete -p build-token | sed 's/.* -F \([^ ]*\) .*/\1/')
        COMP_WORDS=(build-token re); COMP_CWORD=1; "$function" build-token re build-token
        echo "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["-c", ask])
        .current_dir(directory.path())
        .output()
        .expect("bash");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(shown, "redact ref\n");
}

#[test]
fn the_main_page_goes_to_stdout() {
    let ran = simply(&["man"]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains(".TH build-token 1"), "{}", ran.stdout);
}

#[test]
fn a_directory_gets_a_page_for_every_command() {
    let directory = tempfile::tempdir().expect("a directory");
    let ran = alone(directory.path(), &["man", "share/man1"]);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "", "")
    );
    let pages = directory.path().join("share/man1");
    for page in [
        "build-token",
        "build-token-run",
        "build-token-git-setup",
        "build-token-lab-up",
    ] {
        let text = std::fs::read_to_string(pages.join(format!("{page}.1"))).expect("a page");
        assert!(text.contains(".TH"), "{page}");
    }
    let ran = alone(directory.path(), &["man", "share/man1/build-token.1"]);
    assert_eq!(
        (ran.exit_code, ran.codes()),
        (65, vec!["BT-R24"]),
        "a file is no directory"
    );
}
