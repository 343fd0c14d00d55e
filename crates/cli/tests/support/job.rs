//! One job: the program with an environment of its own, and everything that it wrote.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use build_token_http::{
    Client, Deadline, Method, Request, Retry, Roots, Settings, SystemTime, Url,
};
use serde_json::Value;

use super::World;

/// A job that is going to run.
pub struct Job {
    directory: PathBuf,
    environment: Vec<(OsString, OsString)>,
    canaries: Vec<(String, String)>,
    stdin: Vec<u8>,
}

/// What a job wrote, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub exit_code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Job {
    /// A job in `directory` with nothing but `PATH`, an empty home, and a git without the machine's
    /// own configuration.
    pub fn new(directory: &Path) -> Job {
        let home = directory.join("home");
        std::fs::create_dir_all(&home).expect("a home");
        let mut job = Job {
            directory: directory.to_owned(),
            environment: Vec::new(),
            canaries: Vec::new(),
            stdin: Vec::new(),
        };
        job.env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        job
    }

    /// Sets a variable.
    pub fn env(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Job {
        self.environment.retain(|(known, _)| known != name);
        self.environment
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Removes a variable.
    pub fn without(&mut self, name: &str) -> &mut Job {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// What the program reads.
    pub fn stdin(&mut self, text: impl AsRef<[u8]>) -> &mut Job {
        self.stdin = text.as_ref().to_owned();
        self
    }

    /// Writes a file into the job's directory.
    pub fn file(&mut self, name: &str, text: &str) -> &mut Job {
        std::fs::write(self.directory.join(name), text).expect("a file");
        self
    }

    /// Runs somewhere else.
    pub fn directory(&mut self, directory: &Path) -> &mut Job {
        self.directory = directory.to_owned();
        self
    }

    /// A value that must not be in anything that is written.
    pub fn canary(&mut self, name: &str, value: &str) -> &mut Job {
        self.canaries.push((name.to_owned(), value.to_owned()));
        self
    }

    /// This output may have it: it is what was asked for.
    pub fn may_print(&mut self, name: &str) -> &mut Job {
        self.canaries.retain(|(known, _)| known != name);
        self
    }

    /// The command, for whoever wants to start it himself.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(World::program());
        command
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the program, with pipes on everything.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("its stdin");
        // A program that does not read its input is no mistake of the test.
        let _ = stdin.write_all(&self.stdin);
        child
    }

    /// Runs the program to its end. No canary may be in what it wrote.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self
            .start(arguments)
            .wait_with_output()
            .expect("the program ends");
        let ran = Ran::from(output);
        self.check(&ran);
        ran
    }

    /// Runs a shell script under `build-token run`.
    pub fn script(&self, options: &[&str], script: &str) -> Ran {
        let mut arguments = vec!["run"];
        arguments.extend(options);
        arguments.extend(["--", "sh", "-c", script]);
        self.run(&arguments)
    }

    /// Fails where a canary is in what was written.
    pub fn check(&self, ran: &Ran) {
        for (name, value) in &self.canaries {
            let found = ran.stdout.contains(value) || ran.stderr.contains(value);
            assert!(!found, "the {name} was printed");
        }
        assert!(
            !ran.stderr.contains("{$"),
            "a text has an argument without a value:\n{}",
            ran.stderr
        );
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Ran {
        use std::os::unix::process::ExitStatusExt;
        Ran {
            exit_code: output
                .status
                .code()
                .unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// The codes of the findings on stderr, in their order.
    pub fn codes(&self) -> Vec<&str> {
        self.stderr.lines().filter_map(code).collect()
    }

    /// Everything in one text for a snapshot: what changes from run to run is replaced by its name.
    pub fn snapshot(&self, world: &World) -> String {
        let text = format!(
            "exit {}\n------- stdout -------\n{}[EOF]\n------- stderr -------\n{}[EOF]\n",
            self.exit_code, self.stdout, self.stderr
        );
        text.replace(world.lab.vault_url(), "<vault>")
            .replace(world.lab.gitlab_url(), "<gitlab>")
            .replace(&world.path().display().to_string(), "<project>")
    }
}

/// The code in `error[BT-V07]: …`.
fn code(line: &str) -> Option<&str> {
    let (severity, rest) = line.split_once('[')?;
    let (code, _) = rest.split_once("]:")?;
    ["error", "warning", "note"]
        .contains(&severity)
        .then_some(code)
}

/// One request of an administrator; the answer's status and JSON.
pub fn request(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
    authority: Option<&Path>,
) -> (u16, Value) {
    let mut request = Request::new(method, Url::parse(url).expect("a URL"));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    if let Some(body) = body.filter(|body| !body.is_null()) {
        request = request
            .header("Content-Type", "application/json")
            .body(body.to_string());
    }
    let settings = Settings {
        roots: authority.map_or(Roots::System, |path| Roots::File(path.to_owned())),
        ..Settings::default()
    };
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(20));
    let response = Client::new(settings, SystemTime)
        .send(&request, Retry::Read, deadline)
        .expect("an answer");
    (
        response.status(),
        serde_json::from_slice(response.body()).unwrap_or(Value::Null),
    )
}
