//! The control: what is leaked on purpose is found, wherever it is. Without this a search that finds
//! nothing would show nothing.

use std::collections::BTreeSet;

use crate::setting::ADOPTED;
use crate::support::secrets::Canaries;
use crate::support::watch::{Seen, Watch};
use crate::support::{SECURITY, World};

/// The secrets that `script`, run as it likes, leaves in stdout, in stderr and in files.
fn found_after(options: &[&str], script: &str) -> [BTreeSet<String>; 3] {
    let world = World::embedded();
    let token = world.lab.build_token().expose().to_owned();
    let canaries = Canaries::new([("build token", token), ("adopted", ADOPTED.to_owned())]);
    let mut job = world.job(SECURITY);
    let ran = job.may_print("build token").script(options, script);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
    let files = canaries
        .found_below(world.path())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    [
        owned(canaries.found_in(ran.stdout.as_bytes())),
        owned(canaries.found_in(ran.stderr.as_bytes())),
        owned(files),
    ]
}

#[test]
fn what_is_printed_unmasked_is_found_in_every_form() {
    for form in [
        "printf %s \"$T\"",
        "printf %s \"$T\" | base64",
        "printf 'user:%s' \"$T\" | base64",
        "printf %s \"$T\" | od -An -v -tx1 | tr -d ' \\n'",
        "printf %s \"$T\" | head -c 48",
    ] {
        let script = format!("T=$SECURITY_PRIVATE_TOKEN; {{ {form}; }} | tee /dev/stderr");
        let [stdout, stderr, files] = found_after(&["--no-mask"], &script);
        let expected = BTreeSet::from(["build token".to_owned()]);
        assert_eq!((stdout, stderr), (expected.clone(), expected), "{form}");
        assert_eq!(files, BTreeSet::new());
        let masked = found_after(&[], &script);
        assert_eq!(masked, <[BTreeSet<String>; 3]>::default(), "{form}");
    }
}

#[test]
fn what_is_written_to_a_file_is_found() {
    for script in [
        "mkdir -p a/.git && echo \"$SECURITY_PRIVATE_TOKEN\" > a/.git/config",
        "touch \"home/x$SECURITY_PRIVATE_TOKEN\"",
        "ln -s \"$SECURITY_PRIVATE_TOKEN\" home/link",
    ] {
        let [_, _, files] = found_after(&[], script);
        assert_eq!(
            files,
            BTreeSet::from(["build token".to_owned()]),
            "{script}"
        );
    }
}

#[test]
fn what_other_processes_can_see_is_found() {
    let world = World::embedded();
    let token = world.lab.build_token().expose().to_owned();
    let canaries = Canaries::new([("build token", token.clone())]);
    // The inner shell shows the token in its arguments, and waits until it was seen.
    let script = r#"sh -c 'read wait' inner "$SECURITY_PRIVATE_TOKEN"; true"#;
    let mut command = world
        .job(SECURITY)
        .command(&["run", "--", "sh", "-c", script]);
    let (stdin, hold) = std::io::pipe().expect("a pipe");
    let mut child = command.stdin(stdin).spawn().expect("the program starts");
    let watch = Watch::start(child.id());
    watch.wait_for(&token);
    drop(hold);
    child.wait().expect("the program ends");
    let seen = watch.end();
    let found = |look: fn(&Seen) -> &[u8]| {
        seen.iter()
            .any(|seen| !canaries.found_in(look(seen)).is_empty())
    };
    assert!(found(|seen| &seen.arguments), "in arguments");
    assert!(found(|seen| &seen.environment), "in environments");
}
