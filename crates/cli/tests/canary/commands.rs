//! Every command, as data.

use crate::setting::{BUILD_TOKEN, ID_TOKEN, ROOT, ROOT_TOKEN};

/// One command of the program.
pub struct Action {
    /// What is typed; `<git>` is the URL of a private repository, `<fingerprint>` the
    /// build token's.
    pub arguments: &'static [&'static str],
    /// What it reads.
    pub stdin: Stdin,
    /// The secrets that its standard output may have: it is asked for them.
    pub may_print: &'static [&'static str],
    /// Whether it runs a git that others can watch. No variable is asked for then.
    pub watched: bool,
    /// Whether it ends with the finding of its situation. Those that ask nobody do not.
    pub asks: bool,
    /// Whether it writes one line and then runs until it is told to end.
    pub serves: bool,
}

/// What a command reads.
pub enum Stdin {
    Nothing,
    /// git's question for the repository.
    Question,
    /// git's word that a password was refused: the build token's value.
    Refused,
    /// Every secret, in several forms.
    Secrets,
}

const fn action(arguments: &'static [&'static str]) -> Action {
    Action {
        arguments,
        stdin: Stdin::Nothing,
        may_print: &[],
        watched: false,
        asks: false,
        serves: false,
    }
}

/// One that wants the token, and ends with the situation's finding where it cannot have it.
const fn asking(arguments: &'static [&'static str]) -> Action {
    Action {
        asks: true,
        ..action(arguments)
    }
}

/// A child that writes all that it has, in several forms, to both outputs, and where git was told.
const TELL_ALL: &str = r#"
    unset OWN GITLAB_SHELL_ALTERNATIVE_REPO
    env; git config --list --show-origin
    t="$SECURITY_PRIVATE_TOKEN"
    for form in "$t" "$(printf %s "$t" | base64)" "$(printf 'user:%s' "$t" | base64 -w0)" \
        "$(printf %s "$t" | od -An -v -tx1 | tr -d ' \n')"; do
        printf '%s\n' "$form"; printf '%s\n' "$form" >&2
    done
    printf '%s\n' "$QUESTION" | git credential fill
"#;

/// Commands whose outcome depends on what the job may have: each runs in every situation.
pub const OF_A_TOKEN: &[Action] = &[
    asking(&[
        "run",
        "--receipt",
        "receipt.json",
        "--",
        "sh",
        "-c",
        TELL_ALL,
    ]),
    // Inline, a refusal has findings of its own.
    action(&[
        "run", "--no-env", "--git", "helper", "--flow", "inline", "--", "sh", "-c", TELL_ALL,
    ]),
    asking(&["run", "--receipt", "receipt.json", "--", "/no/such/program"]),
    Action {
        may_print: &[BUILD_TOKEN],
        ..asking(&["get"])
    },
    Action {
        may_print: &[BUILD_TOKEN],
        ..asking(&["env"])
    },
    Action {
        may_print: &[BUILD_TOKEN],
        stdin: Stdin::Question,
        ..asking(&["git-credential", "get"])
    },
    action(&["git", "setup"]),
    action(&["git", "clean"]),
    action(&["sources", "list", "--channel", "security"]),
    action(&[
        "sources",
        "list",
        "--channel",
        "security",
        "--format",
        "json",
    ]),
    action(&[
        "sources",
        "check",
        "--channel",
        "security",
        "--format",
        "json",
    ]),
    action(&["sources", "check", "--channel", "security"]),
    action(&["sources", "env", "--channel", "security"]),
    asking(&["token", "kill"]),
];

/// The others, and what takes longer: each runs once per voice, in a job that may have the token.
pub const AS_IT_IS: &[Action] = &[
    Action {
        watched: true,
        ..action(&["run", "--no-env", "--", "git", "clone", "<git>", "clone"])
    },
    Action {
        watched: true,
        ..action(&["run", "--no-env", "--", "sh", "-c", "git clone <git> clone"])
    },
    action(&[
        "run",
        "--receipt",
        "receipt.json",
        "--",
        "sh",
        "-c",
        "kill -9 $$",
    ]),
    action(&[
        "run",
        "--receipt",
        "receipt.json",
        "--",
        "sh",
        "-c",
        "kill -TERM $PPID; exec sleep 60",
    ]),
    action(&[
        "run",
        "--receipt",
        "receipt.json",
        "--",
        "sh",
        "-c",
        "kill -KILL $PPID",
    ]),
    action(&["run", "--token", "NO_SUCH_GRANT", "--", "true"]),
    action(&["run", "--git", "none", "--no-env", "--", "true"]),
    Action {
        may_print: &[BUILD_TOKEN],
        ..action(&["get", "--force", "SECURITY_PRIVATE_TOKEN"])
    },
    Action {
        stdin: Stdin::Refused,
        ..action(&["git-credential", "store"])
    },
    Action {
        stdin: Stdin::Refused,
        ..action(&["git-credential", "erase"])
    },
    action(&["git", "setup", "--file", "gitconfig"]),
    action(&["git", "setup", "--local"]),
    Action {
        stdin: Stdin::Secrets,
        ..action(&["redact", "--secret-env", "OWN", "--secret-env", "BAO_TOKEN"])
    },
    Action {
        stdin: Stdin::Secrets,
        ..action(&["redact", "--secret-env", "UNSET"])
    },
    action(&[
        "ref",
        "ci/metadata/a/b",
        "$SECURITY_PROJECT_PATH/token@ci",
        "a/../b@ci",
    ]),
    action(&[
        "ref",
        "--format",
        "json",
        "$VAULT_ID_TOKEN/token@ci",
        "a/$BAO_TOKEN/../b@ci",
    ]),
    action(&["ci", "eval", "$VAULT_ID_TOKEN == null", "--format", "json"]),
    action(&["ci", "eval", "$A ==", "--var", "A=x"]),
    action(&["completions", "bash"]),
    action(&["man"]),
    action(&["man", "pages"]),
    action(&["schema", "config"]),
    action(&["schema", "fleet"]),
    Action {
        may_print: &[ROOT],
        serves: true,
        ..action(&["lab", "up", "--root-token", ROOT_TOKEN])
    },
    Action {
        may_print: &[ID_TOKEN],
        ..action(&[
            "lab",
            "mint",
            "--project",
            "gitlab-org/security/omnibus-gitlab",
        ])
    },
    action(&["lab", "mint", "--project", "no/such"]),
    action(&["lab", "demo"]),
    action(&["lab", "demo", "--format", "json"]),
];

/// Kills the token that all share, so it has a lab of its own.
pub const KILL: Action = action(&["token", "kill", "--yes", "<fingerprint>"]);
