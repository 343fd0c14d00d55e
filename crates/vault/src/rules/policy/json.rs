//! Reads a policy in JSON into the same tree, as forgivingly as the server: a text that ends early
//! is taken for what it has, and commas are optional.

use super::{
    lexer::Position,
    tree::{Item, Key, Node, Value},
};

/// How deep objects and lists may nest; the server has no limit but its stack.
const DEPTH: usize = 200;

/// The items of a whole text, which begins with `{`.
pub(super) fn parse(source: &str) -> Result<Vec<Item>, String> {
    let mut parser = Parser {
        source,
        offset: 0,
        line: 1,
        column: 0,
        depth: 0,
    };
    parser.blanks();
    parser.next();
    let items = parser.object()?;
    Ok(flatten(items))
}

struct Parser<'a> {
    source: &'a str,
    offset: usize,
    line: usize,
    column: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.source[self.offset..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.offset += next.len_utf8();
        self.column += 1;
        if next == '\n' {
            (self.line, self.column) = (self.line + 1, 0);
        }
        Some(next)
    }

    fn blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
        {
            self.next();
        }
    }

    fn here(&self) -> Position {
        Position {
            line: self.line,
            column: self.column,
        }
    }

    /// The members after `{`, up to and with `}` or the text's end.
    fn object(&mut self) -> Result<Vec<Item>, String> {
        self.deeper()?;
        let mut items = Vec::new();
        loop {
            self.blanks();
            let start = self.offset;
            match self.peek() {
                None => break,
                Some('}') => {
                    self.next();
                    break;
                }
                Some(',') => {
                    self.next();
                }
                Some('"') => {
                    let key = self.string()?;
                    self.blanks();
                    match self.peek() {
                        None => break,
                        Some(':') => self.next(),
                        Some(other) => {
                            return Err(format!("expected: STRING got: {}", name(other)));
                        }
                    };
                    let assigned_on = self.line;
                    let Some(node) = self.value()? else { break };
                    let span = start..self.offset;
                    items.push(Item {
                        keys: vec![Key {
                            text: key,
                            position: None,
                        }],
                        assigned_on,
                        node,
                        span,
                    });
                }
                Some(other @ ('{' | '[' | ']' | ':')) => {
                    return Err(format!("expected: STRING got: {}", name(other)));
                }
                Some(_) => return Err(self.illegal()),
            }
        }
        self.depth -= 1;
        Ok(items)
    }

    fn illegal(&mut self) -> String {
        let word = self.word();
        if word.is_empty() {
            let c = self.next().unwrap_or(' ');
            return format!("{}:{}: illegal char: {c}", self.line, self.column);
        }
        format!("{}:{}: illegal char", self.line, self.column)
    }

    fn word(&mut self) -> String {
        let start = self.offset;
        while self
            .peek()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.'))
        {
            self.next();
        }
        self.source[start..self.offset].to_owned()
    }

    /// A value, or nothing at the end of the text.
    fn value(&mut self) -> Result<Option<Node>, String> {
        self.blanks();
        let position = Some(self.here());
        let value = match self.peek() {
            None => return Ok(None),
            Some('{') => {
                self.next();
                return Ok(Some(Node {
                    value: Value::Object(self.object()?),
                    position,
                }));
            }
            Some('[') => {
                self.next();
                return Ok(Some(Node {
                    value: Value::List(self.list()?),
                    position,
                }));
            }
            Some('"') => Value::Text(self.string()?),
            Some(c) if c == '-' || c.is_ascii_digit() => {
                let word = self.word();
                match word.parse() {
                    Ok(float) if word.contains(['.', 'e', 'E']) => Value::Float(float),
                    _ => Value::Number(word),
                }
            }
            Some(c) if c.is_ascii_alphabetic() => match self.word().as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Text(String::new()),
                _ => return Err(format!("{}:{}: illegal char", self.line, self.column)),
            },
            Some(other) => return Err(format!("Unknown token: {}", name(other))),
        };
        Ok(Some(Node {
            value,
            position: None,
        }))
    }

    fn list(&mut self) -> Result<Vec<Node>, String> {
        self.deeper()?;
        let mut nodes = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => break,
                Some(']') => {
                    self.next();
                    break;
                }
                Some(',') => {
                    self.next();
                }
                Some('}' | ':') => return Err("unexpected token while parsing list".to_owned()),
                Some(_) => match self.value()? {
                    // The server's parser passes over switches in lists.
                    Some(Node {
                        value: Value::Bool(_),
                        ..
                    }) => {}
                    Some(node) => nodes.push(node),
                    None => break,
                },
            }
        }
        self.depth -= 1;
        Ok(nodes)
    }

    fn string(&mut self) -> Result<String, String> {
        let start = self.offset;
        self.next();
        loop {
            match self.next() {
                None | Some('\n') => {
                    return Err(format!(
                        "{}:{}: literal not terminated",
                        self.line, self.column
                    ));
                }
                Some('\\') => {
                    self.next();
                }
                Some('"') => break,
                Some(_) => {}
            }
        }
        serde_json::from_str(&self.source[start..self.offset])
            .map_err(|_| format!("{}:{}: illegal char escape", self.line, self.column))
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH {
            Err("nested too deeply".to_owned())
        } else {
            Ok(())
        }
    }
}

fn name(c: char) -> &'static str {
    match c {
        '{' => "LBRACE",
        '}' => "RBRACE",
        '[' => "LBRACK",
        ']' => "RBRACK",
        ':' => "COLON",
        ',' => "COMMA",
        _ => "ILLEGAL",
    }
}

/// `"path": {"a": {…}}` means `path "a" {…}`: an object of nothing but objects, and a list of
/// nothing but objects, become one item for each, with their keys as labels.
fn flatten(items: Vec<Item>) -> Vec<Item> {
    let mut flat = Vec::new();
    for item in items {
        let Item {
            keys,
            assigned_on,
            node,
            span,
        } = item;
        match node.value {
            Value::Object(inner)
                if !inner.is_empty() && inner.iter().all(|i| is_object(&i.node)) =>
            {
                flat.extend(flatten(inner).into_iter().map(|inner| Item {
                    keys: keys.iter().cloned().chain(inner.keys).collect(),
                    ..inner
                }));
            }
            Value::List(nodes) if !nodes.is_empty() && nodes.iter().all(is_object) => {
                flat.extend(nodes.into_iter().flat_map(|node| {
                    flatten(vec![Item {
                        keys: keys.clone(),
                        assigned_on,
                        node,
                        span: span.clone(),
                    }])
                }));
            }
            Value::Object(inner) => {
                let value = Value::Object(flatten(inner));
                flat.push(Item {
                    keys,
                    assigned_on,
                    node: Node { value, ..node },
                    span,
                });
            }
            value => flat.push(Item {
                keys,
                assigned_on,
                node: Node { value, ..node },
                span,
            }),
        }
    }
    flat
}

fn is_object(node: &Node) -> bool {
    matches!(node.value, Value::Object(_))
}
