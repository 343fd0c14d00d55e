//! The canary test: every command, in every situation, at every verbosity and in both languages, with
//! known secrets. None of them may be in anything that was written anywhere (stdout, stderr, files,
//! `.git`, the receipt, the arguments and environments of other processes), in whatever form, unless
//! it was asked for.

mod attempt;
mod commands;
mod control;
mod recorders;
mod setting;
mod situations;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use attempt::{Attempt, VOICES};
use commands::{AS_IT_IS, Action, KILL, OF_A_TOKEN};
use setting::Setting;
use situations::{GOOD, SITUATIONS};
use support::World;

/// Most of a command's time is spent waiting for others.
const AT_ONCE: usize = 8;

#[test]
fn no_secret_is_anywhere_unless_it_was_asked_for() {
    let setting = Setting::start();
    let mut attempts = Vec::new();
    // Each command is said in two ways in each situation, and in all eight in any four situations.
    for (row, situation) in SITUATIONS.iter().enumerate() {
        for (column, action) in OF_A_TOKEN.iter().enumerate() {
            let voices = VOICES.iter().skip((row + column) % 4).step_by(4);
            attempts.extend(voices.map(|voice| Attempt {
                action,
                situation,
                voice,
            }));
        }
    }
    // The others at every verbosity, the languages taking turns.
    for (number, action) in AS_IT_IS.iter().enumerate() {
        let voices = VOICES.iter().skip(number % 2).step_by(2);
        attempts.extend(voices.map(|voice| Attempt {
            action,
            situation: &GOOD,
            voice,
        }));
    }
    let complaints = in_parallel(&attempts, |attempt| attempt.make(&setting));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_panic_button_tells_no_secret_either() {
    let setting = Setting::start();
    // It works once; after that GitLab refuses the token.
    for voice in VOICES {
        let attempt = Attempt {
            action: &KILL,
            situation: &GOOD,
            voice,
        };
        assert_eq!(attempt.make(&setting), Vec::<String>::new());
    }
    let uses = setting.world.lab.requests();
    let kills = uses
        .iter()
        .filter(|request| request.path.ends_with("/personal_access_tokens/self"));
    let statuses: Vec<u16> = kills.map(|request| request.status).collect();
    assert_eq!(statuses, [204, 401, 401, 401, 401, 401, 401, 401]);
}

/// Runs `make` for each attempt, a few at a time.
fn in_parallel<'a>(
    attempts: &[Attempt<'a>],
    make: impl Fn(&Attempt<'a>) -> Vec<String> + Sync,
) -> Vec<String> {
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(attempt) = attempts.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let found = make(attempt);
                    complaints.lock().expect("no panic").extend(found);
                }
            });
        }
    });
    complaints.into_inner().expect("no panic")
}

#[test]
fn no_command_is_left_out() {
    let mut missing: BTreeSet<String> = subcommands(&[]).into_iter().collect();
    for group in ["git", "sources", "token", "ci", "lab"] {
        missing.remove(group);
        missing.extend(
            subcommands(&[group])
                .iter()
                .map(|name| format!("{group} {name}")),
        );
    }
    assert!(
        missing.len() > 15,
        "the help was not understood: {missing:?}"
    );
    for Action { arguments, .. } in OF_A_TOKEN.iter().chain(AS_IT_IS) {
        missing.remove(arguments[0]);
        missing.remove(
            &arguments
                .iter()
                .take(2)
                .copied()
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    assert_eq!(missing, BTreeSet::new());
}

/// The names in the second column of `--help`'s list of commands.
fn subcommands(of: &[&str]) -> Vec<String> {
    let output = Command::new(World::program())
        .args(of)
        .arg("--help")
        .output()
        .expect("the help");
    let help = String::from_utf8(output.stdout).expect("text");
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}
