//! What both notations of a policy, HCL 1 and JSON, become: objects of items with their places.

use std::ops::Range;

use super::lexer::Position;

/// `key "label" = value` or `key "label" { … }`.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The key, then the labels.
    pub(super) keys: Vec<Key>,
    /// The line of `=`, or 0 without one: what messages about unknown keys name.
    pub(super) assigned_on: usize,
    pub(super) node: Node,
    /// From the first key to the value's end.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) text: String,
    /// Nothing in JSON.
    pub(super) position: Option<Position>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Nothing in JSON, whose positions the server does not keep for literals.
    pub(super) position: Option<Position>,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// Kept as text: lists of texts take numbers too.
    Number(String),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Object(Vec<Item>),
}

impl Value {
    /// The kind's name in the server's messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Number(_) | Self::Float(_) | Self::Bool(_) => "*ast.LiteralType",
            Self::List(_) => "*ast.ListType",
            Self::Object(_) => "*ast.ObjectType",
        }
    }
}

/// `At 1:2: message`, or `At -: message` where there is no place.
pub(super) fn at(position: Option<Position>, message: &str) -> String {
    match position {
        Some(Position { line, column }) => format!("At {line}:{column}: {message}"),
        None => format!("At -: {message}"),
    }
}
