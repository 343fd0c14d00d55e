//! `docs/bad-days.md`: the list of all bad days as the documentation has it.

use std::fmt::Write;
use std::path::Path;

use crate::Theme;
use crate::day::Told;

const UPDATE: &str = "BUILD_TOKEN_UPDATE_DOCS";

const INTRODUCTION: &str = "\
# Bad days

What `build-token` says when something is wrong, and how it ends. The exit codes are those of the
command line; `build-token` never goes on without a token that the job should have had.

This page is written by the tests (`cargo test -p build-token --test bad_days`), which live through each
of these days with the real program. They also see to it that nothing secret is printed and that the
job's command is not started, unless the page says so. What differs from run to run is called `<vault>`,
`<project>`, `<elsewhere>` or `<time>`.
";

/// The whole page; `told` are the days of all themes in their order.
pub fn page(themes: &[Theme], told: &[Told]) -> String {
    let mut page = String::from(INTRODUCTION);
    page.push('\n');
    for Theme { title, cases, .. } in themes {
        let anchor = anchor(title);
        let _ = writeln!(page, "- [{title}](#{anchor}): {} days", cases.len());
    }
    let mut told = told.iter();
    for Theme {
        title,
        about,
        cases,
    } in themes
    {
        let _ = write!(page, "\n## {title}\n\n{about}\n");
        for (case, day) in cases.iter().zip(&mut told) {
            let _ = write!(page, "\n### {}\n\n{}", case.name, entry(case.runs(), day));
        }
    }
    page
}

/// As GitLab and GitHub make it of a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn entry(runs: bool, day: &Told) -> String {
    let mut text = match runs {
        true => "The command runs; its exit code stands.\n".to_owned(),
        false => format!("Exit code {}.\n", day.exit_code),
    };
    if !day.stdout.is_empty() {
        let _ = write!(text, "\nOn standard output:\n\n{}", block(&day.stdout));
    }
    match day.stderr.is_empty() {
        true => text.push_str("\nNothing is said.\n"),
        false => {
            let _ = write!(text, "\n{}", block(&day.stderr));
        }
    }
    text
}

fn block(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}

/// Fails where the documentation tells otherwise; writes it where that is asked for.
pub fn compare(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bad-days.md");
    if std::env::var_os(UPDATE).is_some() {
        return std::fs::write(&path, page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if written != page {
        let first = written
            .lines()
            .zip(page.lines())
            .position(|(old, new)| old != new);
        let line = first.unwrap_or_else(|| written.lines().count().min(page.lines().count()));
        let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
        panic!(
            "docs/bad-days.md tells otherwise, first in line {}:\n  it says {}\n  and now {}\n\
             Look at it, and if it is right: {UPDATE}=1 cargo test -p build-token --test bad_days",
            line + 1,
            at(&written),
            at(page),
        );
    }
}
