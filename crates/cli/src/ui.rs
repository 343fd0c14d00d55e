//! The one module that writes to the terminal. Data goes to stdout, all talk to stderr.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use build_token_report::{Exit, Finding, Language, Severity, Texts, human, json_list};
use build_token_secret::Secret;
use serde_json::{Value, json};

use crate::args::{Color, Common, Format};
use crate::discretion::Discretion;
use crate::outcome::{Failed, Outcome, SUCCESS};

/// Speaks to people and to programs.
pub struct Ui {
    texts: Texts,
    color: bool,
    quiet: bool,
    verbosity: u8,
    format: Format,
    discretion: Discretion,
}

impl Ui {
    /// As the common options and the locale say.
    pub fn new(common: &Common) -> Ui {
        let color = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Ui {
            texts: Texts::new(common.lang.unwrap_or_else(locale)),
            color,
            quiet: common.quiet,
            verbosity: common.verbose,
            format: Format::Human,
            discretion: Discretion::default(),
        }
    }

    /// The texts.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Chooses the format of data and of failures.
    pub fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    /// Whether data is JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Says a line on stderr, unless quiet.
    pub fn say(&self, name: &str, arguments: &[(&str, &str)]) {
        if !self.quiet {
            self.talk(&format!("{}\n", self.texts().say(name, arguments)));
        }
    }

    /// Says a line on stderr with `-v`.
    pub fn say_verbosely(&self, name: &str, arguments: &[(&str, &str)]) {
        if self.verbosity > 0 {
            self.say(name, arguments);
        }
    }

    /// Says how far something is: on a terminal on one line that is written over, elsewhere line by
    /// line with `-v`.
    pub fn progress(&self, name: &str, arguments: &[(&str, &str)]) {
        if self.overwrites() {
            self.talk(&format!("\r{}\x1b[K", self.texts().say(name, arguments)));
        } else {
            self.say_verbosely(name, arguments);
        }
    }

    /// Takes the line of [`progress`](Self::progress) away.
    pub fn progress_ends(&self) {
        if self.overwrites() {
            self.talk("\r\x1b[K");
        }
    }

    /// Whether a line on stderr can be written over. With `-v` every line stays.
    fn overwrites(&self) -> bool {
        let smart = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        io::stderr().is_terminal() && smart && !self.quiet && self.verbosity == 0
    }

    /// Tells a finding on stderr. Quiet leaves only errors.
    pub fn tell(&self, finding: &Finding) {
        let told = finding.severity == Severity::Error || !self.quiet;
        if told {
            self.tell_always(finding);
        }
    }

    /// Tells a finding on stderr, however quiet: where telling it is what the command is for.
    pub fn tell_always(&self, finding: &Finding) {
        self.talk(&human(finding, self.texts(), self.color));
    }

    /// Findings as JSON.
    pub fn findings_json(&self, findings: &[Finding]) -> Value {
        json_list(findings, self.texts())
    }

    /// Learns a secret that was fetched: a server may repeat it.
    pub fn learn(&self, secret: &Secret) {
        self.discretion.learn(secret);
    }

    /// What may be shown of `text`: no secret. For what is written past this module.
    pub fn discreet(&self, text: &str) -> String {
        self.discretion.keep(text)
    }

    /// Writes to stderr. When nobody reads it any more, there is nobody to be told.
    fn talk(&self, text: &str) {
        let _ = io::stderr().write_all(self.discreet(text).as_bytes());
    }

    /// Writes data to stdout that is no secret, for people.
    ///
    /// # Errors
    /// stdout is gone or full.
    pub fn report(&self, text: &str) -> Result<(), Failed> {
        self.data(self.discreet(text).as_bytes())
    }

    /// Writes data to stdout as it is: the token, where it was asked for.
    ///
    /// # Errors
    /// stdout is gone or full.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failed> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()?;
        Ok(())
    }

    /// Writes a JSON document to stdout; there is no secret in any.
    ///
    /// # Errors
    /// stdout is gone or full.
    pub fn json(&self, document: &Value) -> Result<(), Failed> {
        self.report(&format!("{document:#}\n"))
    }

    /// Asks a person something; `None` when there is nobody to answer.
    pub fn ask(&self, name: &str, arguments: &[(&str, &str)]) -> Option<String> {
        self.talk(&format!("{} ", self.texts().say(name, arguments)));
        let mut answer = String::new();
        let length = io::stdin().read_line(&mut answer).unwrap_or(0);
        if length == 0 {
            self.talk("\n");
            return None;
        }
        Some(answer.trim().to_owned())
    }

    /// Whether standard output is a terminal.
    pub fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// The exit code of a command's outcome; a failure is told, in the format that was chosen.
    pub fn end(&self, outcome: Outcome) -> u8 {
        match outcome {
            Ok(code) => code,
            Err(Failed::OutputGone) => SUCCESS,
            Err(Failed::Finding(finding)) => {
                self.tell(&finding);
                if self.is_json() {
                    let findings = self.findings_json(std::slice::from_ref(&finding));
                    // Where stdout is gone too, the exit code still tells.
                    let _ = self.json(&json!({"schema": 1, "findings": findings}));
                }
                finding.exit() as u8
            }
        }
    }
}

/// Prints what clap says of a wrong command line; help and version are no mistakes.
pub fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(Exit::Usage as u8)
    } else {
        ExitCode::SUCCESS
    }
}

fn locale() -> Language {
    let variables: Vec<(&str, String)> = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| Some((name, std::env::var(name).ok()?)))
        .collect();
    Language::from_locale(|name| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    })
}
