//! Who gets an answer from the process that has the token, and what is left of it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::setting::told;
use crate::support::{Job, Ran, SECURITY, World};

/// Where the helpers' private directory is made.
fn temporary(world: &World, job: &mut Job) -> PathBuf {
    let temporary = world.path().join("t");
    std::fs::create_dir_all(&temporary).expect("a directory");
    job.env("TMPDIR", &temporary);
    temporary
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().expect("a directory").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// A question of git within the reach.
fn question(world: &World) -> String {
    let host = world.lab.gitlab_url().trim_start_matches("http://");
    format!("protocol=http\nhost={host}\npath=gitlab-org/security/x.git\n\n")
}

/// Starts a job whose script first says where its agent is, and then waits for a line.
fn start(job: &Job, script: &str) -> (Child, String) {
    let script = format!("echo $BUILD_TOKEN_AGENT; read line; {script}");
    let mut command = job.command(&["run", "--", "sh", "-c", &script]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Byte by byte, so that nothing of what follows is swallowed.
    let mut reader = BufReader::with_capacity(1, child.stdout.as_mut().expect("its output"));
    let mut socket = String::new();
    reader.read_line(&mut socket).expect("a line");
    (child, socket.trim_end().to_owned())
}

/// Lets the script go on, to its end.
fn finish(mut child: Child, job: &Job) -> Ran {
    child
        .stdin
        .take()
        .expect("its input")
        .write_all(b"\n")
        .expect("it reads");
    let ran = Ran::from(child.wait_with_output().expect("it ends"));
    job.check(&ran);
    ran
}

/// A process that no job started asks at `socket`.
fn stranger(world: &World, job: &mut Job, socket: &str) -> Ran {
    job.env("BUILD_TOKEN_AGENT", socket)
        .stdin(question(world))
        .run(&["git-credential", "get"])
}

#[test]
fn a_stranger_who_knows_the_socket_gets_nothing_and_is_reported() {
    let world = World::embedded();
    let job = world.job(SECURITY);
    let (child, socket) = start(&job, "echo done");
    let asked = stranger(&world, &mut world.job(SECURITY), &socket);
    assert_eq!(
        (
            asked.exit_code,
            asked.stdout.as_str(),
            asked.stderr.as_str()
        ),
        (0, "", "")
    );
    let ran = finish(child, &job);
    let process = ran
        .stderr
        .split("Process ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or("-")
        .to_owned();
    insta::assert_snapshot!(told(&ran, &world, &[(&format!("Process {process}"), "Process <pid>")]), @"
    exit 0
    ------- stdout -------
    done
    [EOF]
    ------- stderr -------
    warning[BT-R13]: a stranger asked for the token
      what: Process <pid> asked for a credential, and is no descendant of the job's command.
      why: Only what the command itself has started gets an answer.
      fix: Nothing, if you know it; else find out what else runs as this user.
    [EOF]
    ");
}

#[test]
fn a_daemon_of_the_job_still_gets_an_answer() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    job.stdin(question(&world));
    world.write(
        "daemon",
        "while [ -e /proc/$1 ]; do :; done\n\
         test \"$(cut -d ' ' -f 6 /proc/$$/stat)\" = $$ && echo a session of its own\n\
         git credential fill < question; echo > done\n",
    );
    world.write("question", &question(&world));
    // The shell in between starts the daemon and ends, so that the daemon loses its parent.
    let ran = job.script(
        &[],
        "mkfifo done; sh -c 'setsid sh daemon $$ &'; read end < done",
    );
    insta::assert_snapshot!(told(&ran, &world, &[(world.lab.gitlab_url().trim_start_matches("http://"), "<host>")]), @"
    exit 0
    ------- stdout -------
    a session of its own
    protocol=http
    host=<host>
    path=gitlab-org/security/x.git
    username=build-token
    password=[MASKED]
    [EOF]
    ------- stderr -------
    [EOF]
    ");
}

#[test]
fn nothing_is_left_after_a_run_and_a_helper_that_is_left_makes_git_stop() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    let temporary = temporary(&world, &mut job);
    let (child, socket) = start(&job, "true");
    let directory = names_in(&temporary);
    assert_eq!(directory.len(), 1, "{directory:?}");
    assert_eq!(mode(&temporary.join(&directory[0])), 0o700);
    finish(child, &job);
    assert_eq!(names_in(&temporary), Vec::<String>::new());
    let late = stranger(&world, &mut world.job(SECURITY), &socket);
    insta::assert_snapshot!(told(&late, &world, &[(&directory[0], "<directory>")]), @"
    exit 0
    ------- stdout -------
    quit=1
    [EOF]
    ------- stderr -------
    error[BT-R12]: the process that has the token is gone
      what: git asked for a credential, and `build-token run` does not answer at <project>/t/<directory>/s.
      why: It has ended or was killed; what it started lives on without it.
      fix: Start the job again.
    [EOF]
    ");
}

#[test]
fn nothing_is_left_after_a_signal_either() {
    let world = World::embedded();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut job = world.job(SECURITY);
        let temporary = temporary(&world, &mut job);
        let (mut child, _) = start(&job, "true");
        // Held open: at its end the script would come to its own.
        let stdin = child.stdin.take();
        assert_eq!(names_in(&temporary).len(), 1);
        kill_process(Pid::from_child(&child), signal).expect("it lives");
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        drop(stdin);
        assert_eq!(
            (ran.exit_code, ran.stderr.as_str()),
            (128 + signal.as_raw(), "")
        );
        assert_eq!(names_in(&temporary), Vec::<String>::new());
    }
}

#[test]
fn after_sigkill_the_helper_fails_closed_nothing_is_on_disk_and_the_next_run_works() {
    let world = World::embedded();
    let mut job = world.job(SECURITY);
    let temporary = temporary(&world, &mut job);
    world.write("question", &question(&world));
    world.write(
        "home/.gitconfig",
        "[credential]\n\thelper = \"!echo username=x; echo password=from-elsewhere;:\"\n",
    );
    let script =
        "(git credential fill < question; echo exit $?) > answer 2>&1; mkfifo end; echo > end";
    let (mut child, socket) = start(&job, script);
    let mut stdin = child.stdin.take().expect("its input");
    child.kill().expect("it lives");
    child.wait().expect("it ends");
    // The shell goes on without us.
    stdin.write_all(b"\n").expect("it reads");
    let end = world.path().join("end");
    while !end.exists() {
        std::thread::yield_now();
    }
    std::fs::read(end).expect("the end");

    let answer = std::fs::read_to_string(world.path().join("answer")).expect("an answer");
    let program = World::program().display().to_string();
    let answer = answer
        .replace(&socket, "<socket>")
        .replace(&program, "<program>");
    insta::assert_snapshot!(answer, @"
    error[BT-R12]: the process that has the token is gone
      what: git asked for a credential, and `build-token run` does not answer at <socket>.
      why: It has ended or was killed; what it started lives on without it.
      fix: Start the job again.
    fatal: credential helper '!'<program>' git-credential' told us to quit
    exit 128
    ");
    let left = names_in(&temporary);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(
        names_in(&temporary.join(&left[0])),
        ["s"],
        "a socket holds no secret"
    );
    assert!(
        !grep(world.path(), world.lab.build_token().expose()),
        "the token is on disk"
    );

    let ran = job.script(
        &[],
        &format!(
            "git ls-remote --quiet {} HEAD | cut -f 2",
            world.lab.git_url(SECURITY)
        ),
    );
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "HEAD\n", "")
    );
    assert_eq!(
        names_in(&temporary),
        Vec::<String>::new(),
        "the next run removes what was left"
    );
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o777
}

/// Whether a file below `directory` has `text`.
fn grep(directory: &Path, text: &str) -> bool {
    let found = std::process::Command::new("grep")
        .args(["-r", "--fixed-strings", "--quiet", "--devices=skip", text])
        .arg(directory)
        .status();
    found.expect("grep runs").success()
}
