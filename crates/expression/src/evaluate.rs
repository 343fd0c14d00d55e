//! Evaluates a tree on Ruby's terms, and keeps track of which leaf the value came from.

use std::collections::BTreeMap;

use crate::error::ExpressionError;
use crate::pattern::Pattern;
use crate::tree::{Node, Operator};
use crate::value::Value;

/// Where an expression's variables and inputs come from.
///
/// A map from names to values is one, and so is a closure `|name: &str| -> Option<String>`.
pub trait Lookup {
    /// The value of a variable, unexpanded, as `rules:if` sees it; `None` when it does not exist.
    fn variable(&self, name: &str) -> Option<String>;

    /// The value of an input of the configuration's `spec:inputs`. Most callers have none.
    fn input(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }
}

impl Lookup for BTreeMap<String, String> {
    fn variable(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

impl<F: Fn(&str) -> Option<String>> Lookup for F {
    fn variable(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// The value of `node`, and the leaf responsible for it.
///
/// `&&` and `||` return the value of one of their sides, so the leaf of that side is responsible.
pub(crate) fn settle<'n>(
    node: &'n Node,
    lookup: &impl Lookup,
) -> Result<(Value, &'n Node), ExpressionError> {
    match node {
        Node::Not(operand) => {
            let (value, leaf) = settle(operand, lookup)?;
            Ok((Value::Boolean(!value.is_present()), leaf))
        }
        Node::Binary {
            operator: operator @ (Operator::And | Operator::Or),
            left,
            right,
        } => {
            let (value, leaf) = settle(left, lookup)?;
            if value.is_truthy() == (*operator == Operator::Or) {
                Ok((value, leaf))
            } else {
                settle(right, lookup)
            }
        }
        _ => Ok((evaluate(node, lookup)?, node)),
    }
}

fn evaluate(node: &Node, lookup: &impl Lookup) -> Result<Value, ExpressionError> {
    Ok(match node {
        Node::Null => Value::Null,
        Node::Boolean(value) => Value::Boolean(*value),
        Node::Text { value, .. } => Value::Text(value.clone()),
        Node::Pattern(pattern) => Value::Pattern(pattern.clone()),
        Node::Variable(name) => lookup.variable(name).map_or(Value::Null, Value::Text),
        Node::Input(name) => lookup.input(name).unwrap_or(Value::Null),
        Node::Binary {
            operator,
            left,
            right,
        } if !matches!(operator, Operator::And | Operator::Or) => {
            let (left, _) = settle(left, lookup)?;
            let (right, _) = settle(right, lookup)?;
            Value::Boolean(compare(*operator, left, right)?)
        }
        Node::Not(_) | Node::Binary { .. } => settle(node, lookup)?.0,
    })
}

fn compare(operator: Operator, left: Value, right: Value) -> Result<bool, ExpressionError> {
    match operator {
        Operator::Equals => equals(operator, &left, &right),
        Operator::NotEquals => equals(operator, &left, &right).map(|equal| !equal),
        Operator::Matches => matches(operator, &left, right),
        _ => matches(operator, &left, right).map(|matched| !matched),
    }
}

/// Ruby's `==`: values of different types differ, and a pattern cannot even be asked.
fn equals(operator: Operator, left: &Value, right: &Value) -> Result<bool, ExpressionError> {
    match (left, right) {
        (Value::Pattern(left), Value::Pattern(right)) => Ok(left == right),
        (Value::Pattern(left), _) => Err(ExpressionError::PatternCompared {
            operator,
            pattern: left.text().to_owned(),
        }),
        _ => Ok(left == right),
    }
}

/// Ruby's `right.scan(left)`: what is absent on the right matches nothing, what is absent on the
/// left is the empty text.
fn matches(operator: Operator, left: &Value, right: Value) -> Result<bool, ExpressionError> {
    let left = left.to_string();
    match right {
        Value::Null | Value::Boolean(false) => Ok(false),
        Value::Pattern(pattern) => Ok(pattern.is_match(&left)),
        Value::Text(text) => Ok(match Pattern::new(&text) {
            Ok(pattern) => pattern.is_match(&left),
            // No pattern, or an invalid one: then the text itself is searched for the left side.
            Err(_) => text.contains(&left),
        }),
        value @ (Value::Boolean(true) | Value::Number(_)) => {
            Err(ExpressionError::NotAPattern { operator, value })
        }
    }
}
