//! The child is the job's command in everything that others see: exit code, signals, terminal's session.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::setting::told;
use crate::story;
use crate::support::rogue::Rogue;
use crate::support::{Job, Ran, SECURITY, World};

/// Starts `build-token run -- sh -c SCRIPT` with pipes on everything.
fn start(job: &Job, script: &str) -> Child {
    let mut command = job.command(&["run", "--", "sh", "-c", script]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}

/// The next line that the script writes.
fn line(child: &mut Child) -> String {
    // Byte by byte, so that nothing of what follows is swallowed.
    let mut reader = BufReader::with_capacity(1, child.stdout.as_mut().expect("its output"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it lives");
}

fn end(child: Child) -> Ran {
    Ran::from(child.wait_with_output().expect("it ends"))
}

#[test]
fn the_exit_code_is_the_childs() {
    let world = World::embedded();
    let mut table = String::new();
    for script in [
        "exit 0",
        "exit 1",
        "exit 255",
        "kill -TERM $$",
        "kill -KILL $$",
        "kill -SEGV $$",
        "exec false",
    ] {
        let ran = world.job(SECURITY).script(&[], script);
        table += &format!("{script}: {}{}{}\n", ran.exit_code, ran.stdout, ran.stderr);
    }
    insta::assert_snapshot!(table, @"
    exit 0: 0
    exit 1: 1
    exit 255: 255
    kill -TERM $$: 143
    kill -KILL $$: 137
    kill -SEGV $$: 139
    exec false: 1
    ");
}

story! {
    fn a_command_that_cannot_be_executed_is_told_as_by_a_shell_and_leaves_no_session(world) {
        world.write("not-executable", "#!/bin/sh\n");
        let script = world.write("no-interpreter", "#!/nowhere/sh\n");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("its owner");
        let before = world.sessions();
        let mut all = String::new();
        for command in ["no-such-program", "./no-such-file", "./not-executable", "./no-interpreter", "./home"] {
            let ran = world.job(SECURITY).run(&["run", "--", command]);
            all += &told(&ran, world, &[]);
        }
        insta::assert_snapshot!(all, @"
        exit 127
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-R01]: no-such-program: not found
          what: There is no program no-such-program in the child's PATH.
          why: The image may lack it, or its name is misspelt.
          fix: Install it, or give its path. Words after `--` are the command.
        [EOF]
        exit 127
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-R01]: ./no-such-file: not found
          what: There is no program ./no-such-file in the child's PATH.
          why: The image may lack it, or its name is misspelt.
          fix: Install it, or give its path. Words after `--` are the command.
        [EOF]
        exit 126
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-R02]: ./not-executable: cannot be executed
          what: Permission denied (os error 13)
          why: It is not executable, its interpreter is missing, or it is made for another machine.
          fix: Check its mode and its first line.
        [EOF]
        exit 126
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-R02]: ./no-interpreter: cannot be executed
          what: No such file or directory (os error 2)
          why: It is not executable, its interpreter is missing, or it is made for another machine.
          fix: Check its mode and its first line.
        [EOF]
        exit 126
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-R02]: ./home: cannot be executed
          what: Permission denied (os error 13)
          why: It is not executable, its interpreter is missing, or it is made for another machine.
          fix: Check its mode and its first line.
        [EOF]
        ");
        assert_eq!(world.sessions(), before);
    }
}

#[test]
fn a_signal_that_is_sent_to_us_alone_goes_to_the_child() {
    let world = World::embedded();
    for (name, signal) in [
        ("TERM", Signal::TERM),
        ("INT", Signal::INT),
        ("HUP", Signal::HUP),
        ("QUIT", Signal::QUIT),
    ] {
        // A shell waits interruptibly for what it has put into the background only.
        let script = format!(
            "sleep 60 & trap 'echo got {name}; kill -KILL $!; exit 7' {name}; echo ready; wait"
        );
        let mut child = start(&world.job(SECURITY), &script);
        assert_eq!(line(&mut child), "ready");
        send(&child, signal);
        let ran = end(child);
        assert_eq!(
            (ran.exit_code, ran.stdout, ran.stderr),
            (7, format!("got {name}\n"), String::new())
        );
    }
}

#[test]
fn a_child_that_dies_of_the_signal_gives_128_and_its_number() {
    let world = World::embedded();
    let mut child = start(&world.job(SECURITY), "echo ready; exec sleep 60");
    assert_eq!(line(&mut child), "ready");
    send(&child, Signal::TERM);
    let ran = end(child);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (143, "", "")
    );
}

#[test]
fn a_child_that_ignores_the_signal_goes_on_and_so_do_we() {
    let world = World::embedded();
    let mut child = start(
        &world.job(SECURITY),
        "trap '' TERM; echo ready; read line; echo $line; exit 5",
    );
    assert_eq!(line(&mut child), "ready");
    send(&child, Signal::TERM);
    child
        .stdin
        .take()
        .expect("its input")
        .write_all(b"went on\n")
        .expect("it reads");
    let ran = end(child);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (5, "went on\n", "")
    );
}

#[test]
fn told_to_end_while_vault_hangs_we_end_and_leave_nothing() {
    let (world, rogue) = (World::embedded(), Rogue::silent());
    let temporary = world.path().join("t");
    std::fs::create_dir(&temporary).expect("a directory");
    let mut job = world.job(SECURITY);
    job.env("VAULT_SERVER_URL", &rogue.url)
        .env("TMPDIR", &temporary);
    let child = job
        .command(&["run", "--deadline", "1s", "--", "echo", "built"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    while rogue.requests().is_empty() {
        std::thread::yield_now();
    }
    send(&child, Signal::TERM);
    let ran = end(child);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 143
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R20]: told to end before the command was started
      what: Signal 15 came while the token was being fetched.
      why: The job was cancelled or timed out.
      fix: Nothing; what was opened was closed.
    [EOF]
    ");
    assert_eq!(temporary.read_dir().expect("it is there").count(), 0);
}

#[test]
fn a_grandchild_that_keeps_the_pipe_open_does_not_hang_us() {
    let world = World::embedded();
    let ran = world.job(SECURITY).script(&[], "sleep 60 & echo $!");
    let grandchild: i32 = ran.stdout.trim().parse().expect("its process id");
    let grandchild = Pid::from_raw(grandchild).expect("not zero");
    kill_process(grandchild, Signal::KILL).expect("it outlives us");
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_reader_that_reads_no_more_does_not_keep_us_when_we_are_told_to_end() {
    let world = World::embedded();
    // Twice what a pipe holds, and the child is gone: half of it lies in our own output.
    let script = "head -c 131072 /dev/zero; echo gone >&2; exit 3";
    let mut child = start(&world.job(SECURITY), script);
    let mut gone = String::new();
    let stderr = child.stderr.as_mut().expect("its messages");
    BufReader::new(stderr).read_line(&mut gone).expect("a line");
    // The first may still meet the child, which is about to end, and is passed on to it.
    let status = (0..500).find_map(|_| {
        send(&child, Signal::TERM);
        std::thread::sleep(std::time::Duration::from_millis(20));
        child.try_wait().expect("a child")
    });
    let status = status.expect("it ends");
    assert!(matches!(status.code(), Some(3 | 143)), "{status}");
}

#[test]
fn a_child_may_close_its_output_and_go_on() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .script(&[], "echo first; exec >&-; echo second >&2; exit 3");
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (3, "first\n", "second\n")
    );
}

#[test]
fn when_our_reader_goes_away_the_child_is_told() {
    let world = World::embedded();
    let mut child = start(&world.job(SECURITY), "exec yes");
    assert_eq!(line(&mut child), "y");
    drop(child.stdout.take());
    let ran = end(child);
    // 13 is SIGPIPE: without a reader of ours the child has none either.
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (128 + 13, ""));
}

#[test]
fn stdin_is_the_childs() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .stdin("from outside\n")
        .run(&["run", "--", "cat"]);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "from outside\n", "")
    );
}

#[test]
fn the_child_is_in_our_process_group_and_session() {
    let world = World::embedded();
    let ran = world
        .job(SECURITY)
        .script(&[], "cut -d ' ' -f 5,6 /proc/self/stat");
    let ours = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let ours: Vec<&str> = ours
        .rsplit_once(')')
        .expect("a name")
        .1
        .split_whitespace()
        .skip(2)
        .take(2)
        .collect();
    assert_eq!(ran.stdout.trim_end(), ours.join(" "));
}

/// Far more output than what is kept; a release build carries a gibibyte.
const MUCH: u64 = if cfg!(debug_assertions) {
    16 << 20
} else {
    1 << 30
};

#[test]
fn much_output_passes_in_little_memory() {
    let world = World::embedded();
    let mut child = start(
        &world.job(SECURITY),
        &format!("head -c {MUCH} /dev/zero; read line; echo; echo end"),
    );
    let mut output = child.stdout.take().expect("its output");
    // A form of a secret may begin in the last bytes, so they are held back.
    let early = std::io::copy(
        &mut (&mut output).take(MUCH - (64 << 10)),
        &mut std::io::sink(),
    )
    .expect("it is read");
    let memory = peak_memory(&child);
    child
        .stdin
        .take()
        .expect("its input")
        .write_all(b"\n")
        .expect("it reads");
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).expect("it is read");
    assert_eq!(early + rest.len() as u64, MUCH + "\nend\n".len() as u64);
    assert!(rest.ends_with(b"\nend\n") && end(child).exit_code == 0);
    assert!(memory < 32 << 10, "{memory} KiB");
}

/// The most memory that a process ever had, in KiB (proc(5), `VmHWM`).
fn peak_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it lives");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("its memory");
    line.trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number")
}
