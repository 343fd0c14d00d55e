//! Names the one comparison that decided an expression, for the line that tells a job why it is
//! not entitled.

use crate::error::ExpressionError;
use crate::evaluate::{Lookup, settle};
use crate::tree::{Node, Operator};
use crate::value::Value;

/// Whether an expression holds, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whether the value of the expression is present, as Ruby says, so that a rule would match.
    pub result: bool,
    /// The comparison whose value was the value of the whole; `None` only when there is an error.
    ///
    /// With `&&` it is the first side that is `null` or `false`, else the last; with `||` the
    /// first that is neither, else the last.
    pub deciding: Option<Comparison>,
    /// Why there is no value. GitLab fails then; the result is `false`.
    pub error: Option<ExpressionError>,
}

/// A part of an expression without `&&`, `||` and `!` around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// As it would be written: `$CI_PROJECT_PATH == $SECURITY_PROJECT_PATH`.
    pub text: String,
    /// Whether it holds by itself; under a `!` that is the opposite of what it contributed.
    pub result: bool,
    /// The left side, or the only one.
    pub left: Side,
    /// What compares them; `None` for a value that stands alone, such as `$ENABLED`.
    pub operator: Option<Operator>,
    /// The right side; `None` for a value that stands alone.
    pub right: Option<Side>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// As it would be written: `$CI_PROJECT_PATH`.
    pub text: String,
    /// Its value as a text; `None` for `null`, so for every variable that does not exist.
    pub value: Option<String>,
}

/// Evaluates the tree and describes the leaf that its value came from.
pub(crate) fn decide(root: &Node, lookup: &impl Lookup) -> Decision {
    let decided = settle(root, lookup).and_then(|(value, leaf)| {
        let comparison = describe(leaf, lookup)?;
        Ok((value.is_present(), comparison))
    });
    match decided {
        Ok((result, comparison)) => Decision {
            result,
            deciding: Some(comparison),
            error: None,
        },
        Err(error) => Decision {
            result: false,
            deciding: None,
            error: Some(error),
        },
    }
}

fn describe(leaf: &Node, lookup: &impl Lookup) -> Result<Comparison, ExpressionError> {
    let (value, _) = settle(leaf, lookup)?;
    let (left, operator, right) = match leaf {
        Node::Binary {
            operator,
            left,
            right,
        } => (&**left, Some(*operator), Some(side(right, lookup)?)),
        _ => (leaf, None, None),
    };
    Ok(Comparison {
        text: leaf.infix(),
        result: value.is_present(),
        left: side(left, lookup)?,
        operator,
        right,
    })
}

fn side(node: &Node, lookup: &impl Lookup) -> Result<Side, ExpressionError> {
    let (value, _) = settle(node, lookup)?;
    Ok(Side {
        text: node.infix(),
        value: (value != Value::Null).then(|| value.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use crate::Expression;

    use super::*;

    /// `$T` is `x`, `$E` is empty, all else is undefined.
    fn decide(text: &str) -> Decision {
        let lookup = |name: &str| match name {
            "T" => Some("x".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        };
        Expression::parse(text).unwrap().decide(&lookup)
    }

    #[test]
    fn a_comparison_shows_both_values() {
        let decision = decide("$T == $U");
        assert!(!decision.result);
        let side = |text: &str, value: Option<&str>| Side {
            text: text.to_owned(),
            value: value.map(str::to_owned),
        };
        assert_eq!(
            decision.deciding.unwrap(),
            Comparison {
                text: "$T == $U".to_owned(),
                result: false,
                left: side("$T", Some("x")),
                operator: Some(Operator::Equals),
                right: Some(side("$U", None)),
            }
        );
    }

    #[test]
    fn the_deciding_comparison_is_the_one_whose_value_is_the_result() {
        for (text, result, deciding) in [
            // `&&`: the first that is null or false, else the last.
            ("$T == 'y' && $T == 'z'", false, "$T == 'y'"),
            ("$T == 'x' && $T == 'z'", false, "$T == 'z'"),
            ("$T == 'x' && $T =~ /^x.?$/", true, "$T =~ /^x.?$/"),
            ("$U && $T", false, "$U"),
            ("$E && $T", true, "$T"),
            // `||`: the first that is neither, else the last.
            ("$T == 'y' || $T == 'z'", false, "$T == 'z'"),
            ("$T == 'x' || $T == 'z'", true, "$T == 'x'"),
            ("$E || $T", false, "$E"),
            // Both, and parentheses.
            (
                "($T == 'x' || $U) && ($E == null || $U == '')",
                false,
                "$U == ''",
            ),
            // Under `!`, what is negated.
            ("!($T == 'x' && $U == null)", false, "$U == null"),
            ("!$U", true, "$U"),
            // A comparison of comparisons is one.
            (
                "($T == 'x') == ($U && $T)",
                false,
                "($T == 'x') == ($U && $T)",
            ),
        ] {
            let decision = decide(text);
            assert_eq!(decision.result, result, "{text}");
            assert_eq!(decision.deciding.unwrap().text, deciding, "{text}");
            assert_eq!(decision.error, None, "{text}");
        }
    }

    #[test]
    fn under_a_negation_the_comparison_keeps_its_own_result() {
        let decision = decide("!($T == 'x')");
        assert!(!decision.result);
        assert!(decision.deciding.unwrap().result);
    }

    #[test]
    fn a_value_alone_has_no_operator() {
        let comparison = decide("$E").deciding.unwrap();
        assert_eq!(comparison.operator, None);
        assert_eq!(comparison.right, None);
        assert_eq!(comparison.left.value.as_deref(), Some(""));
        assert!(!comparison.result);
    }

    #[test]
    fn what_gitlab_cannot_compare_is_false_with_its_reason() {
        let decision = decide("$T == 'x' && $T =~ true");
        assert!(!decision.result);
        assert_eq!(decision.deciding, None);
        assert_eq!(
            decision.error,
            Some(ExpressionError::NotAPattern {
                operator: Operator::Matches,
                value: Value::Boolean(true),
            })
        );
    }
}
