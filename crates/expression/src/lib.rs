//! GitLab's rules expression language, so that a grant's `when` means here exactly what
//! `rules:if` means there.
//!
//! An expression compares the job's variables: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH`.
//! GitLab reads it with a tokenizer and a shunting-yard parser and evaluates it on Ruby values.
//! This crate keeps that behaviour, its surprises included, because a gate that reads a rule
//! differently from the pipeline would open or close at the wrong time:
//!
//! - `&&` and `||` return one of their operands, and only `null` and `false` make them choose:
//!   `"" || "x"` is `""`, which does not count as true.
//! - An undefined variable is `null`, which differs from a variable that is set and empty.
//! - `!` binds tighter than `==`: `!$A == "x"` is `(!$A) == "x"`.
//! - The right side of `=~` is a pattern when it looks like one (`/…/`, also from a variable).
//!   Otherwise it is plain text in which the *left* side is searched.
//!
//! ```
//! use build_token_expression::Expression;
//!
//! let expression = Expression::parse("$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH")?;
//! let decision = expression.decide(&|name: &str| match name {
//!     "CI_PROJECT_PATH" => Some("group/project".to_owned()),
//!     _ => None,
//! });
//! assert!(!decision.result);
//! # Ok::<(), build_token_expression::ParseError>(())
//! ```
//!
//! [`Expression::parse`] reads, [`Expression::evaluate`] gives the value, and
//! [`Expression::decide`] says in addition which comparison was responsible.
//! Nothing here does I/O; variables come through [`Lookup`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod decide;
mod error;
mod evaluate;
mod lexer;
mod parser;
mod pattern;
mod re2;
mod tree;
mod value;

pub use decide::{Comparison, Decision, Side};
pub use error::{ExpressionError, ParseError, ParseErrorKind};
pub use evaluate::Lookup;
pub use pattern::{Pattern, PatternError};
pub use re2::{Re2Error, Re2ErrorKind};
pub use tree::Operator;
pub use value::Value;

/// An expression that has been parsed, ready to be evaluated any number of times.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: tree::Node,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What GitLab refuses is refused, with GitLab's own message and the place in `text`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let tokens = lexer::tokenize(text)?;
        let root = parser::parse(&tokens)?;
        Ok(Self { root })
    }

    /// The parse tree in GitLab's notation: `equals($A, "x")`.
    ///
    /// Operators are named `equals`, `not_equals`, `matches`, `not_matches`, `and`, `or` and
    /// `not`. A text is shown as Ruby would (`"x"`, whichever quotes it was written in), a
    /// pattern as it was written, and all else as in the language: `$A`, `null`, `true`,
    /// `$[[ inputs.a ]]`.
    pub fn tree(&self) -> String {
        self.root.prefix()
    }

    /// The names of the variables that the expression uses, in order of appearance, each once.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.visit(&mut |node| {
            if let tree::Node::Variable(name) = node {
                push_new(&mut names, name);
            }
        });
        names
    }

    /// The names of the variables whose absence the author has not thought of: all but those that are
    /// compared with `null`, which asks just whether they are there.
    pub fn variables_that_must_be_set(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut asked = Vec::new();
        self.root.visit(&mut |node| match node {
            tree::Node::Variable(name) => push_new(&mut names, name),
            tree::Node::Binary {
                operator: Operator::Equals | Operator::NotEquals,
                left,
                right,
            } => {
                if let (tree::Node::Variable(name), tree::Node::Null)
                | (tree::Node::Null, tree::Node::Variable(name)) = (&**left, &**right)
                {
                    push_new(&mut asked, name);
                }
            }
            _ => {}
        });
        names.retain(|name| !asked.contains(name));
        names
    }

    /// The names of the inputs (`$[[ inputs.name ]]`) that the expression uses, in order of
    /// appearance, each once.
    pub fn inputs(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.visit(&mut |node| {
            if let tree::Node::Input(name) = node {
                push_new(&mut names, name);
            }
        });
        names
    }

    /// The value of the expression. Whether that counts as true says [`Value::is_present`].
    ///
    /// # Errors
    ///
    /// The few comparisons that GitLab cannot make; [`Expression::decide`] takes them as false.
    pub fn evaluate(&self, lookup: &impl Lookup) -> Result<Value, ExpressionError> {
        evaluate::settle(&self.root, lookup).map(|(value, _)| value)
    }

    /// Whether the expression holds, and which comparison decided that.
    pub fn decide(&self, lookup: &impl Lookup) -> Decision {
        decide::decide(&self.root, lookup)
    }
}

/// The texts of an expression's tokens, as they were written: `$A`, `==`, `"x"`.
///
/// # Errors
///
/// Only what the tokenizer refuses; tokens in an impossible order are the parser's business.
pub fn tokens(text: &str) -> Result<Vec<String>, ParseError> {
    let tokens = lexer::tokenize(text)?;
    Ok(tokens.iter().map(|token| token.text.to_owned()).collect())
}

fn push_new<'n>(names: &mut Vec<&'n str>, name: &'n str) {
    if !names.contains(&name) {
        names.push(name);
    }
}
