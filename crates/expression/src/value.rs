//! What an expression can evaluate to, with Ruby's ideas of truth and of text.

use std::fmt;

use crate::pattern::Pattern;

/// A value, as Ruby holds it while GitLab evaluates an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, or a variable or input that does not exist.
    Null,
    /// A text: every variable that exists is one, whatever it looks like.
    Text(String),
    /// `true` or `false`, from the literal, from a comparison, or from an input of that type.
    Boolean(bool),
    /// A number as it was written: the language has no such literal, but an input can be one.
    /// It never equals a text.
    Number(String),
    /// A regular expression.
    Pattern(Pattern),
}

impl Value {
    /// Ruby on Rails' `present?`, which decides whether a rule holds: `null`, `false`, the
    /// empty text and a text of white space alone are absent.
    pub fn is_present(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Text(text) => !text.trim().is_empty(),
            Self::Boolean(value) => *value,
            Self::Number(_) | Self::Pattern(_) => true,
        }
    }

    /// Ruby's own truth, by which `&&` and `||` choose: only `null` and `false` are not true.
    pub(crate) fn is_truthy(&self) -> bool {
        !matches!(self, Self::Null | Self::Boolean(false))
    }
}

/// Ruby's `to_s`: `null` is the empty text, a pattern is what was written.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) | Self::Number(text) => formatter.write_str(text),
            Self::Boolean(value) => write!(formatter, "{value}"),
            Self::Pattern(pattern) => formatter.write_str(pattern.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn blank_texts_are_truthy_but_not_present() {
        for blank in ["", " ", "\t\n", "\u{3000}", "\u{85}"] {
            assert!(text(blank).is_truthy(), "{blank:?}");
            assert!(!text(blank).is_present(), "{blank:?}");
        }
        assert!(text("false").is_present());
        assert!(text("0").is_present());
    }

    #[test]
    fn null_and_false_are_neither() {
        for value in [Value::Null, Value::Boolean(false)] {
            assert!(!value.is_truthy());
            assert!(!value.is_present());
        }
        assert!(Value::Number("0".to_owned()).is_present());
    }

    #[test]
    fn a_number_is_no_text() {
        assert_ne!(Value::Number("3".to_owned()), text("3"));
    }
}
