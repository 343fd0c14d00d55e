//! Odd machines, and commands that behave oddly: the token is delivered, and the command's end is ours.

use crate::Theme;
use crate::day::{Case, goes_on, runs_to};

pub fn theme() -> Theme {
    Theme {
        title: "Odd machines and odd commands",
        about: "There is nothing to say on these days: the command runs, and its exit code stands (128 + the \
                signal that killed it). More of them are told as stories in `crates/cli/tests/stories`.",
        cases: cases(),
    }
}

fn cases() -> Vec<Case> {
    let command = |name: &str, exit_code, script: &'static str| {
        runs_to(name, exit_code, move |day| {
            day.arguments(&["run", "--", "sh", "-c", script]);
        })
    };
    let reach = "https://gitlab.com/gitlab-org/security/";
    vec![
        goes_on("TMPDIR has 150 characters", &[], move |day| {
            let long = day.path().join("x".repeat(150));
            std::fs::create_dir(&long).expect("a directory");
            day.job.env("TMPDIR", long).env("BUILD_TOKEN_REACH", reach);
        }),
        goes_on("TMPDIR names nothing", &[], move |day| {
            let nowhere = "/nowhere/at/all";
            day.job
                .env("TMPDIR", nowhere)
                .env("BUILD_TOKEN_REACH", reach);
        }),
        goes_on("HOME cannot be written", &[], move |day| {
            day.job.env("HOME", "/proc").env("BUILD_TOKEN_REACH", reach);
        }),
        goes_on("HOME is not set", &[], move |day| {
            day.job.without("HOME").env("BUILD_TOKEN_REACH", reach);
        }),
        command("The command kills itself", 137, "touch ran; kill -9 $$"),
        command(
            "The command closes its output and goes on",
            3,
            "touch ran; exec >&- 2>&-; exit 3",
        ),
        command(
            "The command ignores SIGTERM, which was sent to us",
            3,
            "touch ran; trap '' TERM; kill -TERM $PPID; exit 3",
        ),
        command(
            "We are killed with SIGKILL",
            137,
            "touch ran; kill -9 $PPID",
        ),
    ]
}
