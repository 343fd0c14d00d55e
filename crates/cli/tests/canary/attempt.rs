//! One command in one situation, and the search for secrets in all that it left behind.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::{fmt, fs};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::commands::{Action, Stdin};
use crate::recorders;
use crate::setting::{JOB_TOKEN, OWN, PASSWORD, ROOT_TOKEN, Setting, VAULT_TOKEN};
use crate::situations::Situation;
use crate::support::relay::Relay;
use crate::support::secrets::Canaries;
use crate::support::watch::{Seen, Watch};
use crate::support::{Job, Ran, SECURITY};

/// How much the program says, and in which language. Neighbours differ in the language alone.
pub const VOICES: [&[&str]; 8] = [
    &["--quiet", "--lang", "en"],
    &["--quiet", "--lang", "ja"],
    &["--lang", "ja"],
    &["--lang", "en"],
    &["-v", "--lang", "en"],
    &["-v", "--lang", "ja"],
    &["-vv", "--lang", "ja"],
    &["-vv", "--lang", "en"],
];

/// A component with a private remote, and one whose remote a variable names, with a password.
const SOURCES: &str = "omnibus:\n  security: <git>\ngitlab-shell:\n  security: <git>\n";

/// What the job has in its environment, and what is not ours to take out of it.
const THE_JOBS_OWN: [&str; 3] = ["password", "job token", "own secret"];

/// One command in one situation, said in one way.
pub struct Attempt<'a> {
    pub action: &'a Action,
    pub situation: &'a Situation,
    pub voice: &'a [&'a str],
}

/// Where something was written.
struct Traces {
    ran: Ran,
    /// What other processes saw of the program's descendants.
    seen: BTreeSet<Seen>,
    directory: TempDir,
}

impl Attempt<'_> {
    /// Makes it; returns what is wrong with it, without any secret.
    pub fn make(&self, setting: &Setting) -> Vec<String> {
        let directory = tempfile::tempdir().expect("a directory");
        let relay = Relay::start(setting.world.lab.vault_url());
        let job = self.job(setting, &relay, directory.path());
        let traces = self.run(&job, setting, directory);
        let mut complaints = self.leaks(&setting.canaries, &traces);
        let sessions = relay.sessions();
        if !sessions.is_empty() {
            let sessions = sessions.into_iter().map(|token| ("Vault session", token));
            complaints.extend(self.leaks(&Canaries::new(sessions), &traces));
        }
        complaints.extend(self.misses(&traces));
        let tell = |complaint| format!("{self}: {complaint}");
        complaints.into_iter().map(tell).collect()
    }

    fn job(&self, setting: &Setting, relay: &Relay, directory: &Path) -> Job {
        let temporary = directory.join("tmp");
        fs::create_dir(&temporary).expect("a directory");
        let mut job = setting.world.job_in(SECURITY, directory);
        let host = setting.world.lab.gitlab_url().trim_start_matches("http://");
        job.env("VAULT_SERVER_URL", &relay.url)
            .env("VAULT_ID_TOKEN", &setting.security)
            .env("VAULT_TOKEN", VAULT_TOKEN)
            .env("BAO_TOKEN", ROOT_TOKEN)
            .env("CI_JOB_TOKEN", JOB_TOKEN)
            .env("OWN", OWN)
            .env("TMPDIR", temporary)
            .env("BUILD_TOKEN_LAB", setting.world.lab.gitlab_url())
            .env(
                "GITLAB_SHELL_ALTERNATIVE_REPO",
                format!("http://user:{PASSWORD}@{host}/a/b.git"),
            )
            .env("QUESTION", question(host))
            .file(".custom_sources.yml", &setting.fill(SOURCES));
        if self.action.watched {
            setting.recorders.record(&mut job, directory);
        }
        (self.situation.arrange)(setting, &mut job);
        match self.action.stdin {
            Stdin::Nothing => {}
            Stdin::Question => {
                job.stdin(question(host));
            }
            Stdin::Refused => {
                let token = setting.world.lab.build_token();
                job.stdin(format!("{}password={}\n", question(host), token.expose()));
            }
            Stdin::Secrets => {
                job.stdin(format!(
                    "{OWN}\n{ROOT_TOKEN} {VAULT_TOKEN}\n{}\n{}\n",
                    setting.world.lab.build_token().expose(),
                    setting.security
                ));
            }
        }
        job
    }

    fn run(&self, job: &Job, setting: &Setting, directory: TempDir) -> Traces {
        let arguments: Vec<String> = self
            .action
            .arguments
            .iter()
            .map(|part| setting.fill(part))
            .collect();
        // What follows `--` belongs to the child.
        let end = arguments
            .iter()
            .position(|part| part == "--")
            .unwrap_or(arguments.len());
        let (command, child) = arguments.split_at(end);
        let voice: Vec<String> = self.voice.iter().map(|part| (*part).to_owned()).collect();
        let all = [command, &voice, child].concat();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut child = job.start(&all);
        let watch = self.action.watched.then(|| Watch::start(child.id()));
        let mut first_line = String::new();
        if self.action.serves {
            let stdout = child.stdout.as_mut().expect("its stdout");
            // Nothing comes after the first line, so nothing is lost with the buffer.
            BufReader::new(stdout)
                .read_line(&mut first_line)
                .expect("a line");
            kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
        }
        let mut ran = Ran::from(child.wait_with_output().expect("the program ends"));
        ran.stdout.insert_str(0, &first_line);
        Traces {
            ran,
            seen: watch.map(Watch::end).unwrap_or_default(),
            directory,
        }
    }

    /// The secrets that were found where they must not be.
    fn leaks(&self, canaries: &Canaries, traces: &Traces) -> Vec<String> {
        let mut leaks = Vec::new();
        let mut look = |place: &str, bytes: &[u8], allowed: &[&str]| {
            let found = canaries
                .found_in(bytes)
                .into_iter()
                .filter(|name| !allowed.contains(name));
            leaks.extend(found.map(|name| format!("the {name} is in {place}")));
        };
        look(
            "stdout",
            traces.ran.stdout.as_bytes(),
            self.action.may_print,
        );
        look("stderr", traces.ran.stderr.as_bytes(), &[]);
        for seen in &traces.seen {
            look(
                &format!("the arguments of {}", seen.name()),
                &seen.arguments,
                &[],
            );
            look(
                &format!("the environment of {}", seen.name()),
                &seen.environment,
                &THE_JOBS_OWN,
            );
        }
        for (name, file) in canaries.found_below(traces.directory.path()) {
            let by_the_test = file.ends_with(".build-token.yml");
            let recorded = file.ends_with("recorded") && THE_JOBS_OWN.contains(&name);
            if !by_the_test && !recorded {
                leaks.push(format!("the {name} is in {}", file.display()));
            }
        }
        leaks
    }

    /// What has to be there, or else the attempt shows nothing.
    fn misses(&self, traces: &Traces) -> Vec<String> {
        let mut misses = Vec::new();
        if let Some(code) = self.situation.code
            && self.action.asks
            && !traces.ran.stderr.contains(code)
        {
            misses.push(format!("{code} is missing:\n{}", traces.ran.stderr));
        }
        if self.action.watched {
            misses.extend(recorders::misses(traces.directory.path()));
        }
        if traces.ran.stderr.contains("{$") {
            misses.push(format!("a text lacks a value:\n{}", traces.ran.stderr));
        }
        misses
    }
}

impl fmt::Display for Attempt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = self.action.arguments.join(" ");
        let command = command.lines().next().unwrap_or_default();
        write!(
            formatter,
            "`{command}` with {}, when {}",
            self.voice.join(" "),
            self.situation.name
        )
    }
}

/// git's question for a repository within the reach.
fn question(host: &str) -> String {
    format!("protocol=http\nhost={host}\npath={SECURITY}.git\n")
}
