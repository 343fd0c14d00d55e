//! What scripts may rely on: each command's output, exit code and messages, one file per command.

mod ci;
mod env;
mod general;
mod generated;
mod get;
mod git;
mod git_credential;
mod lab;
mod redact;
mod reference;
mod schema;
mod token;

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use support::{Job, Ran, World};

/// A job that has nothing to do with a lab, and what it writes.
fn alone(directory: &Path, arguments: &[&str]) -> Ran {
    Job::new(directory).run(arguments)
}

/// The same in a directory that nobody looks at.
fn simply(arguments: &[&str]) -> Ran {
    let directory = tempfile::tempdir().expect("a directory");
    alone(directory.path(), arguments)
}

/// The token of the world's lab.
fn token(world: &World) -> &str {
    world.lab.build_token().expose()
}

/// `PATH` with our program in front.
fn path_with_program() -> std::ffi::OsString {
    let program = World::program();
    let mut path = vec![program.parent().expect("a directory").to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    std::env::join_paths(path).expect("a path")
}
