//! The demonstration: three jobs of the reference deployment as real child processes, and what each
//! of them got. What is told is what was seen: the processes' output and the servers' own log.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Lab, LabError, LoggedRequest, Mint, Server};

/// The project that may have the build token.
const SECURITY: &str = "gitlab-org/security/omnibus-gitlab";
/// The secret, in GitLab's short form.
const SECRET: &str =
    "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci";
/// The audience of the reference deployment.
const AUDIENCE: &str = "https://vault.gitlab.net";
/// What every job runs: a clone of a private repository, and the place where a token would stay.
const SCRIPT: &str =
    r#"git clone --quiet "$PRIVATE_REPOSITORY" clone && git -C clone log --oneline -1"#;

/// One job of the demonstration, before it runs.
struct Job {
    title: &'static str,
    event: &'static str,
    project: &'static str,
    /// The condition in the job's `.build-token.yml`: a fork can write what it likes there.
    when: &'static str,
    script: &'static str,
}

const JOBS: [Job; 3] = [
    Job {
        title: "security",
        event: "push",
        project: SECURITY,
        when: "$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH",
        script: SCRIPT,
    },
    Job {
        title: "canonical",
        event: "push",
        project: "gitlab-org/omnibus-gitlab",
        when: "$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH",
        script: "echo building from public sources",
    },
    Job {
        title: "fork",
        event: "merge_request_event",
        project: "attacker/omnibus-gitlab",
        when: "$CI_PROJECT_PATH != null",
        script: SCRIPT,
    },
];

/// What one job got.
#[derive(Debug, Clone)]
pub struct JobReport {
    /// `security`, `canonical` or `fork`.
    pub title: &'static str,
    /// The project that the job runs in.
    pub project: &'static str,
    /// What started its pipeline.
    pub event: &'static str,
    /// Its exit code.
    pub exit_code: i32,
    /// What it wrote, stdout before stderr, line by line.
    pub output: Vec<String>,
    /// The requests that Vault saw, as `POST auth/…/login 200`.
    pub vault: Vec<String>,
    /// How many requests GitLab's git saw.
    pub git: usize,
    /// Whether the repository was cloned.
    pub cloned: bool,
    /// Whether the token is anywhere in the output or in the clone's `.git` directory.
    pub token_found: bool,
}

impl JobReport {
    /// The code of the finding that ended the job, as its output tells it.
    #[must_use]
    pub fn finding_code(&self) -> Option<&str> {
        let line = self
            .output
            .iter()
            .find_map(|line| line.strip_prefix("error["))?;
        line.split_once(']').map(|(code, _)| code)
    }

    /// Whether the job got what it should: a clone, nothing, or a refusal; and no token anywhere.
    #[must_use]
    pub fn is_as_it_should_be(&self) -> bool {
        !self.token_found
            && match self.title {
                "security" => self.cloned && self.exit_code == 0,
                "canonical" => self.vault.is_empty() && self.git == 0 && self.exit_code == 0,
                _ => !self.cloned && self.git == 0 && self.exit_code == 77,
            }
    }
}

/// Runs the three jobs with `program`, which is build-token itself and speaks `language` (`en` or `ja`),
/// in `directory`.
///
/// # Errors
/// A job cannot be started, or its files cannot be written.
pub fn run(
    lab: &Lab,
    program: &Path,
    language: &str,
    directory: &Path,
) -> Result<Vec<JobReport>, LabError> {
    JOBS.iter()
        .map(|job| run_job(lab, job, program, language, &directory.join(job.title)))
        .collect()
}

fn run_job(
    lab: &Lab,
    job: &Job,
    program: &Path,
    language: &str,
    directory: &Path,
) -> Result<JobReport, LabError> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join(".build-token.yml"), configuration(lab, job))?;
    let id_token = lab.mint(&Mint {
        project: job.project.to_owned(),
        ref_name: None,
        audience: Some(AUDIENCE.to_owned()),
        claims: Default::default(),
        without: Vec::new(),
    })?;
    lab.clear_requests();
    let mut command = Command::new(program);
    command
        .args(["run", "--lang", language, "--", "sh", "-c", job.script])
        .current_dir(directory)
        .env_clear()
        .stdin(Stdio::null());
    for (name, value) in [
        ("CI", OsStr::new("true")),
        ("CI_PROJECT_PATH", OsStr::new(job.project)),
        ("CI_PROJECT_DIR", directory.as_os_str()),
        ("CI_PIPELINE_SOURCE", OsStr::new(job.event)),
        ("SECURITY_PROJECT_PATH", OsStr::new(SECURITY)),
        ("VAULT_ID_TOKEN", OsStr::new(&id_token)),
        ("PRIVATE_REPOSITORY", OsStr::new(&lab.git_url(SECURITY))),
        ("HOME", directory.as_os_str()),
        ("GIT_CONFIG_NOSYSTEM", OsStr::new("1")),
        ("GIT_TERMINAL_PROMPT", OsStr::new("0")),
    ] {
        command.env(name, value);
    }
    for name in ["PATH", "LANG", "LC_ALL", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if let Some(authority) = lab.ca_cert() {
        command
            .env("VAULT_CACERT", authority)
            .env("GIT_SSL_CAINFO", authority);
    }
    let output = command.output()?;
    let requests = lab.requests();
    let written = [output.stdout, output.stderr].concat();
    let clone = directory.join("clone/.git");
    Ok(JobReport {
        title: job.title,
        project: job.project,
        event: job.event,
        exit_code: output.status.code().unwrap_or(-1),
        vault: requests
            .iter()
            .filter(|request| request.server == Server::Vault)
            .map(line)
            .collect(),
        git: requests
            .iter()
            .filter(|request| request.server == Server::Git)
            .count(),
        cloned: clone.is_dir(),
        token_found: contains_token(lab, &written)
            || files_below(&clone).any(|file| file_contains_token(lab, &file)),
        output: String::from_utf8_lossy(&written)
            .lines()
            .map(str::to_owned)
            .collect(),
    })
}

fn configuration(lab: &Lab, job: &Job) -> String {
    let role = SECURITY.replace('/', "_");
    format!(
        "vault:\n  url: {}\n  auth: {{ path: gitlab-com, role: {role} }}\n\
         tokens:\n  SECURITY_PRIVATE_TOKEN:\n    secret: {SECRET}\n    when: {}\n    reach: [{}/gitlab-org/security/]\n",
        lab.vault_url(),
        job.when,
        lab.gitlab_url(),
    )
}

fn line(request: &LoggedRequest) -> String {
    format!(
        "{} {} {}",
        request.method,
        request.path.trim_start_matches("/v1/"),
        request.status
    )
}

fn contains_token(lab: &Lab, bytes: &[u8]) -> bool {
    // Searched for, not shown.
    let token = lab.build_token().expose().as_bytes();
    bytes.windows(token.len()).any(|window| window == token)
}

fn file_contains_token(lab: &Lab, file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| contains_token(lab, &bytes))
}

fn files_below(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let mut pending = vec![directory.to_owned()];
    std::iter::from_fn(move || {
        while let Some(path) = pending.pop() {
            if path.is_dir() {
                pending.extend(
                    fs::read_dir(&path)
                        .into_iter()
                        .flatten()
                        .flatten()
                        .map(|entry| entry.path()),
                );
            } else {
                return Some(path);
            }
        }
        None
    })
}
