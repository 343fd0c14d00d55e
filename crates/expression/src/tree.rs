//! The parsed expression, and the two ways to write it down again: GitLab's prefix notation
//! for people who debug a rule, and the language itself for messages.

use std::fmt;

use crate::pattern::Pattern;

/// An operator with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equals,
    /// `!=`
    NotEquals,
    /// `=~`
    Matches,
    /// `!~`
    NotMatches,
    /// `&&`
    And,
    /// `||`
    Or,
}

impl Operator {
    /// GitLab's name for the operator, as the tree shows it: `not_equals`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::Matches => "matches",
            Self::NotMatches => "not_matches",
            Self::And => "and",
            Self::Or => "or",
        }
    }

    /// The operator as it is written: `!=`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equals => "==",
            Self::NotEquals => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}

/// The operator as it is written.
impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.symbol())
    }
}

/// One node of the tree. At most 99 tokens make a tree, so recursion over it stays shallow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Boolean(bool),
    Text {
        value: String,
        /// The quotes in which it was written, `"` or `'`.
        quote: char,
    },
    Pattern(Pattern),
    Variable(String),
    Input(String),
    Not(Box<Node>),
    Binary {
        operator: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
}

impl Node {
    /// Calls `act` for this node and all below it, from left to right.
    pub(crate) fn visit<'n>(&'n self, act: &mut impl FnMut(&'n Self)) {
        act(self);
        match self {
            Self::Not(operand) => operand.visit(act),
            Self::Binary { left, right, .. } => {
                left.visit(act);
                right.visit(act);
            }
            _ => {}
        }
    }

    /// GitLab's notation: `equals($A, "x")`.
    pub(crate) fn prefix(&self) -> String {
        match self {
            Self::Not(operand) => format!("not({})", operand.prefix()),
            Self::Binary {
                operator,
                left,
                right,
            } => format!("{}({}, {})", operator.name(), left.prefix(), right.prefix()),
            Self::Text { value, .. } => inspect(value),
            _ => self.infix(),
        }
    }

    /// The language itself: `$A == "x"`, with parentheses around every inner operation.
    pub(crate) fn infix(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean(value) => value.to_string(),
            Self::Text { value, quote } => format!("{quote}{value}{quote}"),
            Self::Pattern(pattern) => pattern.text().to_owned(),
            Self::Variable(name) => format!("${name}"),
            Self::Input(name) => format!("$[[ inputs.{name} ]]"),
            Self::Not(operand) => format!("!{}", operand.infix_inner()),
            Self::Binary {
                operator,
                left,
                right,
            } => format!("{} {operator} {}", left.infix_inner(), right.infix_inner()),
        }
    }

    fn infix_inner(&self) -> String {
        match self {
            Self::Binary { .. } => format!("({})", self.infix()),
            _ => self.infix(),
        }
    }
}

/// A text as Ruby's `inspect` shows it.
fn inspect(text: &str) -> String {
    let mut shown = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\\' => shown.extend(['\\', character]),
            // Ruby would take these for the start of an interpolation.
            '#' if matches!(characters.peek(), Some('{' | '$' | '@')) => shown.push_str("\\#"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\u{7}' => shown.push_str("\\a"),
            '\u{8}' => shown.push_str("\\b"),
            '\u{b}' => shown.push_str("\\v"),
            '\u{c}' => shown.push_str("\\f"),
            '\u{1b}' => shown.push_str("\\e"),
            '\u{7f}' => shown.push_str("\\x7F"),
            _ if character.is_control() => {
                shown.push_str(&format!("\\u{:04X}", u32::from(character)));
            }
            _ => shown.push(character),
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_ruby_shows_them() {
        assert_eq!(inspect("a b"), r#""a b""#);
        assert_eq!(inspect("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(inspect("#{a} #$b #@c # #d"), r##""\#{a} \#$b \#@c # #d""##);
        assert_eq!(
            inspect("\t\r\n\u{7}\u{8}\u{b}\u{c}\u{1b}"),
            r#""\t\r\n\a\b\v\f\e""#
        );
        assert_eq!(inspect("\u{1}\u{7f}é"), r#""\u0001\x7Fé""#);
    }
}
