//! Programs that write down what other processes can see of them, and then become the real one: `sh`,
//! `git`, and the program of git's that speaks http.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::Job;

/// Makes them in the working directory. `core` has all of git's programs, one of them replaced.
const MAKE: &str = r#"
    recorder() {
        printf '#!/bin/sh\n%s\n%s\n%s\n' \
            'tr "\0" "\n" < /proc/$$/cmdline >> "$RECORDED"' \
            'tr "\0" "\n" < /proc/$$/environ >> "$RECORDED"' \
            "exec '$2' \"\$@\"" > "$1"
        chmod +x "$1"
    }
    set -e
    real=$(git --exec-path)
    mkdir bin core
    ln -s "$real"/* core/
    rm core/git-remote-http
    recorder core/git-remote-http "$real/git-remote-http"
    recorder bin/git "$(command -v git)"
    recorder bin/sh /bin/sh
"#;

/// The directory in which they are.
pub struct Recorders(TempDir);

impl Recorders {
    pub fn new() -> Recorders {
        let directory = tempfile::tempdir().expect("a directory");
        let mut shell = Command::new("sh");
        let status = shell
            .args(["-c", MAKE])
            .current_dir(directory.path())
            .status();
        assert!(status.expect("a shell").success());
        Recorders(directory)
    }

    /// Lets the job use them, and git tell what it does. All is written below `directory`, where the
    /// secrets are looked for.
    pub fn record(&self, job: &mut Job, directory: &Path) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut first = vec![self.0.path().join("bin")];
        first.extend(std::env::split_paths(&path));
        job.env("PATH", std::env::join_paths(first).expect("a path"))
            .env("GIT_EXEC_PATH", self.0.path().join("core"))
            .env("RECORDED", directory.join("recorded"))
            .env("GIT_TRACE", directory.join("trace"))
            .env("GIT_TRACE_CURL", directory.join("trace-curl"));
    }
}

/// What has to be written down when a repository was cloned with the helper.
pub fn misses(directory: &Path) -> Vec<String> {
    let expected = [
        ("recorded", "git-remote-http"),
        ("recorded", "BUILD_TOKEN_AGENT="),
        ("trace", "git-credential get"),
        ("trace-curl", "uthorization: Basic <redacted>"),
        ("clone/README.md", ""),
    ];
    let is_there = |(file, text): &(&str, &str)| {
        std::fs::read_to_string(directory.join(file)).is_ok_and(|all| all.contains(text))
    };
    let missing = expected.iter().filter(|expected| !is_there(expected));
    missing
        .map(|(file, text)| format!("`{text}` is not in {file}"))
        .collect()
}
