//! How a command ends: with an exit code, or with findings that say why it could not go on.

use std::io;

use build_token_report::{Code, Exit, Finding, Reason};

/// What a command returns: the exit code, or why it failed.
pub type Outcome = Result<u8, Failed>;

/// Why a command could not go on.
#[derive(Debug)]
pub enum Failed {
    /// A finding; the exit code is its code's.
    Finding(Box<Finding>),
    /// Standard output is gone: whoever read it has enough. Not a failure.
    OutputGone,
}

impl From<Finding> for Failed {
    fn from(finding: Finding) -> Failed {
        Failed::Finding(Box::new(finding))
    }
}

impl From<Box<Finding>> for Failed {
    fn from(finding: Box<Finding>) -> Failed {
        Failed::Finding(finding)
    }
}

/// Writing to standard output failed.
impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failed::OutputGone;
        }
        Finding::new(Code::R24)
            .with("file", "stdout")
            .with("problem", &error)
            .because(
                "reason",
                Reason::new("reason-named-by").with("option", "stdout"),
            )
            .into()
    }
}

/// The exit code of success.
pub const SUCCESS: u8 = 0;

/// The exit code of a check that found something.
pub const FOUND: u8 = Exit::Check as u8;
