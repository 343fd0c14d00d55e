//! Runs what the documentation shows: every block marked `console` in the readers' pages, as a person
//! would type it, and compares all that appears with what is written there.
//!
//! A page's blocks share one directory and one environment; a block is one shell.

use std::path::{Path, PathBuf};
use std::process::Command;

const FENCE: &str = "```";

/// What the pages call the directory in which their commands run.
const CHECKOUT: &str = "/builds/my-project";

/// Shows a command before it runs, and leaves `$?` as it was.
const SHOW: &str = r#"
exec 2>&1
show() { status=$?; printf '%s\n' "$1"; return "$status"; }
"#;

#[test]
fn the_examples_of_the_documentation_are_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let in_docs = root.join("docs").read_dir().unwrap();
    let mut pages: Vec<PathBuf> = in_docs.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|end| end == "md"));
    pages.extend(["README.md", "README.ja.md"].map(|name| root.join(name)));
    let mut shown = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let directory = tempfile::tempdir().unwrap();
        for block in blocks(&text) {
            assert_eq!(seen(block, directory.path()), block, "in {page:?}");
            shown += 1;
        }
    }
    assert!(shown > 0, "no page has an example");
}

/// The text between ```` ```console ```` and the next fence.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    let starts = page.split("```console\n").skip(1);
    starts.map(|rest| rest.split(FENCE).next().unwrap_or(rest))
}

/// What a terminal shows when the commands of `block` are typed: each command, and its output.
fn seen(block: &str, directory: &Path) -> String {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        // `$ ` begins a command, `> ` goes on with it; all else is output.
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((line.to_owned(), command.to_owned()));
        } else if let (Some(more), Some((typed, command))) =
            (line.strip_prefix("> "), commands.last_mut())
        {
            typed.push_str(&format!("\n{line}"));
            command.push_str(&format!("\n{more}"));
        }
    }
    let mut script = String::from(SHOW);
    for (typed, command) in commands {
        script.push_str(&format!("show {}\n{command}\n", quoted(&typed)));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_build-token"));
    let programs = program.parent().expect("the program is in a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(directory)
        .env_clear()
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("HOME", directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("there is a shell");
    String::from_utf8_lossy(&output.stdout).replace(&directory.display().to_string(), CHECKOUT)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
