//! The command line: what may be typed. Each command's own options stand in its file.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use build_token_report::{Language, Severity};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;

/// Gives a CI job exactly one read-only token, for exactly as long as it needs it.
#[derive(Debug, Parser)]
#[command(
    name = "build-token",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// Options of all commands.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The same with `run` alone, which is what jobs call: describing all other commands to the parser takes
/// longer than reading them.
#[derive(Debug, Parser)]
#[command(
    name = "build-token",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
struct RunArguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: RunCommand,
}

#[derive(Debug, Subcommand)]
enum RunCommand {
    /// Run a command with the token: gate, fetch, run, revoke.
    Run(commands::run::Options),
}

impl Arguments {
    /// Reads a command line.
    ///
    /// # Errors
    /// What is wrong with it; help and version are errors too, as clap has it.
    pub fn read(words: &[OsString]) -> Result<Arguments, clap::Error> {
        if words.get(1).is_some_and(|word| word == "run") {
            let RunArguments { common, command } =
                RunArguments::try_parse_from(words).map_err(|error| with_dashes(error, words))?;
            let RunCommand::Run(options) = command;
            let command = Command::Run(options);
            return Ok(Arguments { common, command });
        }
        Arguments::try_parse_from(words)
    }
}

/// The mistake that everybody makes once: `run make` for `run -- make`.
fn with_dashes(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let word = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) if !word.starts_with('-') => word,
        _ => return error,
    };
    if error.kind() == ErrorKind::UnknownArgument && !words.iter().any(|word| word == "--") {
        let tip = format!("the command stands after `--`: build-token run -- {word} …");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
}

/// Their heading in `--help`, apart from the command's own.
const COMMON: &str = "Options of all commands";

/// Options of all commands.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The configuration file [default: $BUILD_TOKEN_CONFIG, then .build-token.yml of the project].
    #[arg(long, global = true, help_heading = COMMON, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// The language of messages [default: the locale's].
    #[arg(long, global = true, help_heading = COMMON, value_name = "en|ja")]
    pub lang: Option<Language>,
    /// Say more; repeat for more still.
    #[arg(short, long, global = true, help_heading = COMMON, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say errors only.
    #[arg(short, long, global = true, help_heading = COMMON, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colours.
    #[arg(long, global = true, help_heading = COMMON, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The format of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one document that starts with `"schema": 1`.
    Json,
}

/// `--format`, of the commands that report.
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatOption {
    /// The format of the result.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
}

/// `--fail-on`, of the commands that check: findings of this severity or above make them fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What does not work, or must not.
    Error,
    /// What will hurt, too.
    Warning,
    /// Whatever is worth knowing.
    Note,
}

impl FailOn {
    /// Whether a finding of this severity makes the check fail.
    pub fn includes(self, severity: Severity) -> bool {
        let least = match self {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Note => Severity::Note,
        };
        severity >= least
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a command with the token: gate, fetch, run, revoke.
    Run(commands::run::Options),
    /// Print one token.
    Get(commands::get::Options),
    /// Print `export` lines for eval: the weaker way, for plain script lines.
    Env(commands::env::Options),
    /// Answer git as a credential helper, within the reach only.
    GitCredential(commands::git_credential::Options),
    /// Write or remove the scoped helper configuration.
    #[command(subcommand)]
    Git(commands::git::Subcommand),
    /// The components and their remotes per channel.
    #[command(subcommand)]
    Sources(commands::sources::Subcommand),
    /// Mask secrets in what comes through.
    Redact(commands::redact::Options),
    /// Show a secret reference in all its forms.
    Ref(commands::reference::Options),
    /// The panic button.
    #[command(subcommand)]
    Token(commands::token::Subcommand),
    /// The reviewer's questions about .gitlab-ci.yml.
    #[command(subcommand)]
    Ci(commands::ci::Subcommand),
    /// Vault, GitLab and git on this machine, with nothing installed.
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Lab(commands::lab::Subcommand),
    /// Print the shell's completions.
    Completions(commands::completions::Options),
    /// Print the manual page, or write all of them into a directory.
    Man(commands::man::Options),
    /// Print a JSON Schema.
    Schema(commands::schema::Options),
}

/// Reads `30s`, `2m`, `1h` or `500ms`.
///
/// # Errors
/// It is none of these, or nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no duration; write 30s"))?;
    let milliseconds = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(format!("`{text}` has no unit; write {number}s")),
    };
    match milliseconds {
        Some(milliseconds) if (1..=86_400_000).contains(&milliseconds) => {
            Ok(Duration::from_millis(milliseconds))
        }
        _ => Err(format!("`{text}` is not between 1ms and 24h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_parser_of_run_alone_says_what_the_whole_one_says() {
        for line in [
            "build-token run --help",
            "build-token run -h",
            "build-token run",
            "build-token run --nonsense -- true",
            "build-token run --git nowhere -- true",
            "build-token run --version",
            "build-token run -q -v -- true",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let alone = Arguments::read(&words).unwrap_err();
            let whole = Arguments::try_parse_from(&words).unwrap_err();
            assert_eq!(alone.to_string(), whole.to_string(), "{line}");
            assert_eq!(alone.use_stderr(), whole.use_stderr(), "{line}");
        }
        let words = ["build-token", "run", "-v", "--", "true"].map(OsString::from);
        assert!(matches!(
            Arguments::read(&words),
            Ok(Arguments {
                command: Command::Run(_),
                ..
            })
        ));
    }

    #[test]
    fn who_forgets_the_dashes_is_told_where_they_stand() {
        let read = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            Arguments::read(&words).unwrap_err().to_string()
        };
        let tip = "build-token run -- make …";
        assert!(read("build-token run make package").contains(tip));
        assert!(!read("build-token run --nonsense").contains("after `--`"));
        assert!(!read("build-token run make -- package").contains("after `--`"));
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in [
            "30",
            "s",
            "",
            "-1s",
            "0s",
            "1d",
            "99999999999999999999s",
            "25h",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
