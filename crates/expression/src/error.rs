//! What can be wrong with an expression: when it is read, and when it is evaluated.

use thiserror::Error;

use crate::pattern::PatternError;
use crate::tree::Operator;
use crate::value::Value;

/// An expression that GitLab would refuse. Its display is [`ParseErrorKind`]'s: GitLab's own
/// message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Where, as a byte offset into the expression's text.
    pub position: usize,
}

impl ParseError {
    /// GitLab's own message for this error.
    pub fn message(&self) -> String {
        self.kind.to_string()
    }
}

/// The ways in which an expression can be malformed. The display is GitLab's own message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseErrorKind {
    /// No token of the language starts at this place.
    #[error("Unknown lexeme found!")]
    UnknownLexeme,
    /// There are more than 99 tokens.
    #[error("Too many tokens!")]
    TooManyTokens,
    /// A pattern is not a valid regular expression of RE2; the error says why.
    #[error("Invalid regular expression!")]
    InvalidPattern(PatternError),
    /// A closing parenthesis has no opening one.
    #[error("Unmatched parenthesis")]
    UnmatchedParenthesis,
    /// An opening parenthesis is never closed.
    #[error("Unprocessable token found in parse tree: parenthesis_open")]
    UnclosedParenthesis,
    /// Two values stand beside each other with no operator for both.
    #[error("Unreachable nodes in parse tree")]
    UnreachableNodes,
    /// There is nothing to evaluate.
    #[error("Empty parse tree")]
    EmptyTree,
    /// `!` has nothing to negate.
    #[error("Invalid operand")]
    MissingOperand,
    /// An operator with two sides has only one, or none. (GitLab takes the value that is there
    /// for the right side, wherever it stands, so it always misses the left one.)
    #[error("Invalid left operand")]
    MissingLeftOperand,
}

/// A comparison that GitLab cannot make. There, it ends the evaluation with an internal error.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ExpressionError {
    /// The right side of `=~` or `!~` is neither a pattern nor a text.
    #[error("the right side of {operator} is {value:?}, which is no pattern and no text")]
    NotAPattern {
        /// `=~` or `!~`.
        operator: Operator,
        /// What stands there: a boolean or a number.
        value: Value,
    },
    /// The left side of `==` or `!=` is a pattern, and the right side is not.
    #[error("the left side of {operator} is the pattern {pattern}, which equals only patterns")]
    PatternCompared {
        /// `==` or `!=`.
        operator: Operator,
        /// The pattern as it was written.
        pattern: String,
    },
}
