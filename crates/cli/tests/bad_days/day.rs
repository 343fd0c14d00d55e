//! One bad day: a job of the security project where all is well, until a case spoils something.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::rogue::Rogue;
use crate::support::{Job, Ran, SECRET, SECURITY};
use crate::vault;

/// What goes wrong on a day, and how the day has to end.
pub struct Case {
    /// What is wrong, in plain words.
    pub name: String,
    ends: Ends,
    set_up: Box<dyn Fn(&mut Day) + Send + Sync>,
}

/// How a day ends. The messages are in the documentation; this is what may not change with it.
struct Ends {
    exit_code: i32,
    codes: Vec<&'static str>,
    runs: bool,
}

/// What is told of a day: times, ports and directories by their names.
pub struct Told {
    pub exit_code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The job ends with this exit code because of this finding (none where the command line itself is
/// wrong), and its command is never started.
pub fn ends(
    name: impl Into<String>,
    exit_code: i32,
    code: impl Into<Option<&'static str>>,
    set_up: impl Fn(&mut Day) + Send + Sync + 'static,
) -> Case {
    let codes = code.into().into_iter().collect();
    let ends = Ends {
        exit_code,
        codes,
        runs: false,
    };
    Case {
        name: name.into(),
        ends,
        set_up: Box::new(set_up),
    }
}

/// The job's command runs all the same, and its exit code stands; these findings are told.
pub fn goes_on(
    name: impl Into<String>,
    codes: &[&'static str],
    set_up: impl Fn(&mut Day) + Send + Sync + 'static,
) -> Case {
    let ends = Ends {
        exit_code: COMMANDS_EXIT_CODE,
        codes: codes.to_vec(),
        runs: true,
    };
    Case {
        name: name.into(),
        ends,
        set_up: Box::new(set_up),
    }
}

/// The command runs and ends with this exit code, and there is nothing to tell.
pub fn runs_to(
    name: impl Into<String>,
    exit_code: i32,
    set_up: impl Fn(&mut Day) + Send + Sync + 'static,
) -> Case {
    let ends = Ends {
        exit_code,
        codes: Vec::new(),
        runs: true,
    };
    Case {
        name: name.into(),
        ends,
        set_up: Box::new(set_up),
    }
}

/// Neither success nor one of our own.
const COMMANDS_EXIT_CODE: i32 = 3;

/// What has to hold at the end of a day.
type Check = Box<dyn FnOnce(&Ran)>;

/// A job, and all that has to be there while it runs.
pub struct Day {
    pub job: Job,
    directory: TempDir,
    arguments: Vec<String>,
    names: Vec<(String, &'static str)>,
    well: Rogue,
    afterwards: Vec<Check>,
}

impl Day {
    /// A day on which nothing is wrong.
    fn new() -> Day {
        let directory = tempfile::tempdir().expect("a directory");
        let well = vault::well();
        let id_token = vault::id_token();
        let mut job = Job::new(directory.path());
        job.env("CI", "true")
            .env("CI_PROJECT_PATH", SECURITY)
            .env("CI_PROJECT_DIR", directory.path())
            .env("SECURITY_PROJECT_PATH", SECURITY)
            .env("VAULT_SERVER_URL", &well.url)
            .env("VAULT_AUTH_ROLE", "omnibus")
            .env("VAULT_ID_TOKEN", &id_token)
            .env("BUILD_TOKEN_SECRET", SECRET)
            .canary("build token", vault::BUILD_TOKEN)
            .canary("Vault token", vault::CLIENT_TOKEN);
        let mut day = Day {
            job,
            directory,
            arguments: Vec::new(),
            names: Vec::new(),
            well,
            afterwards: Vec::new(),
        };
        day.identity(&id_token);
        day.options(&[]);
        day.called(day.path().display().to_string(), "<project>");
        day.called(day.well.url.clone(), "<vault>");
        day
    }

    /// The project's directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// Writes `.build-token.yml`, which says itself which secret is meant.
    pub fn file(&mut self, content: impl AsRef<[u8]>) {
        self.job.without("BUILD_TOKEN_SECRET");
        self.write(".build-token.yml", content);
    }

    /// Runs with these options of `run`.
    pub fn options(&mut self, options: &[&str]) {
        let script = format!("touch ran; exit {COMMANDS_EXIT_CODE}");
        let command = ["--", "sh", "-c", &script];
        self.arguments(&[&["run"], options, &command].concat());
    }

    /// Runs another command of ours.
    pub fn arguments(&mut self, arguments: &[&str]) {
        self.arguments = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
    }

    /// The server that is asked.
    pub fn server(&mut self, url: &str) {
        self.job.env("VAULT_SERVER_URL", url);
        self.called(url, "<vault>");
    }

    /// The server that is asked, however often.
    pub fn rogue(&mut self, rogue: &Rogue) {
        self.server(&rogue.url);
    }

    /// What changes from run to run is told by its name.
    pub fn called(&mut self, value: impl Into<String>, name: &'static str) {
        self.names.push((value.into(), name));
    }

    /// This is the ID token now, and no part of it may be told. All ID tokens have the same header.
    pub fn identity(&mut self, id_token: &str) {
        self.job.env("VAULT_ID_TOKEN", id_token);
        for part in id_token.split('.').skip(1).filter(|part| part.len() > 8) {
            self.job.canary("ID token", part);
        }
    }

    /// What has to hold at the end beside all that always has to.
    pub fn afterwards(&mut self, check: impl FnOnce(&Ran) + 'static) {
        self.afterwards.push(Box::new(check));
    }

    /// Runs the job and checks what holds on every bad day.
    fn live(mut self, ends: &Ends) -> Told {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let ran = self.job.run(&arguments);
        assert_eq!(
            (ran.exit_code, ran.codes()),
            (ends.exit_code, ends.codes.clone()),
            "{}",
            ran.stderr
        );
        assert_eq!(
            self.path().join("ran").exists(),
            ends.runs,
            "whether the command was started"
        );
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(
            !ran.stderr.contains(steers),
            "a terminal could be steered:\n{:?}",
            ran.stderr
        );
        if matches!(ends.exit_code, 64 | 65 | 78) {
            assert_eq!(
                self.well.connections(),
                0,
                "Vault was asked although all was lost"
            );
        }
        for check in std::mem::take(&mut self.afterwards) {
            check(&ran);
        }
        Told {
            exit_code: ran.exit_code,
            stdout: self.named(&ran.stdout),
            stderr: self.named(&ran.stderr),
        }
    }

    fn named(&self, text: &str) -> String {
        let names = self.names.iter().rev();
        let text = names.fold(text.to_owned(), |text, (value, name)| {
            text.replace(value, name)
        });
        without_times(&text)
    }
}

impl Case {
    /// Whether the job's command is started.
    pub fn runs(&self) -> bool {
        self.ends.runs
    }

    /// Lives through the day; `Err` says what went otherwise.
    pub fn live(&self) -> Result<Told, String> {
        let live = || {
            let mut day = Day::new();
            (self.set_up)(&mut day);
            day.live(&self.ends)
        };
        catch_unwind(AssertUnwindSafe(live)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref().copied())
                .unwrap_or("a panic");
            format!("{}: {text}", self.name)
        })
    }
}

/// `<time>` for every `2030-02-03T04:05:06Z`; times of other centuries, or of the years before this
/// program was written, are the cases' own.
fn without_times(text: &str) -> String {
    let shape = "0000-00-00T00:00:00Z";
    let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let shapes: String = text.chars().map(digit).collect();
    let mut out = String::new();
    let mut rest = 0;
    // A digit is one byte as the one that takes its place, so the positions are the same.
    for (start, _) in shapes.match_indices(shape) {
        let year: u16 = text[start..start + 4].parse().expect("four digits");
        if !(2025..2100).contains(&year) {
            continue;
        }
        out.push_str(&text[rest..start]);
        out.push_str("<time>");
        rest = start + shape.len();
    }
    out + &text[rest..]
}
