//! Reads HCL 1 into a tree, as laxly as the server does, with its messages.

use super::{
    lexer::{Kind, Lexer, Token},
    text,
    tree::{Item, Key, Node, Value, at},
};

/// How deep objects and lists may nest; the server has no limit but its stack.
const DEPTH: usize = 200;

/// The items of a whole text.
pub(super) fn parse(source: &str) -> Result<Vec<Item>, String> {
    let mut parser = Parser {
        source,
        lexer: Lexer::new(source),
        token: None,
        last: Kind::Eof,
        depth: 0,
    };
    let items = parser.items(false);
    match parser.lexer.fault {
        Some((position, message)) => Err(at(Some(position), message)),
        None => items,
    }
}

struct Parser<'a> {
    source: &'a str,
    lexer: Lexer<'a>,
    /// A token that was looked at and not taken.
    token: Option<Token>,
    /// The kind of the token that was taken last.
    last: Kind,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self) -> Token {
        let token = self.token.take().unwrap_or_else(|| self.lexer.token());
        self.last = token.kind;
        token
    }

    fn peek(&mut self) -> Kind {
        let token = self.take();
        let kind = token.kind;
        self.token = Some(token);
        kind
    }

    fn text(&self, token: &Token) -> &str {
        &self.source[token.span.clone()]
    }

    fn items(&mut self, inside: bool) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        loop {
            if inside && self.peek() == Kind::CloseBrace {
                return Ok(items);
            }
            let Some(item) = self.item(inside)? else {
                return Ok(items);
            };
            items.push(item);
            if self.peek() == Kind::Comma {
                self.take();
            }
        }
    }

    /// One item, or nothing at the end of the text.
    fn item(&mut self, inside: bool) -> Result<Option<Item>, String> {
        let mut keys = Vec::new();
        let mut start = None;
        loop {
            let token = self.take();
            start.get_or_insert(token.span.start);
            match token.kind {
                Kind::Eof if keys.is_empty() => return Ok(None),
                Kind::Identifier | Kind::String => keys.push(self.key(&token)),
                Kind::Assign if keys.len() > 1 => {
                    return Err(at(
                        Some(token.position),
                        "nested object expected: LBRACE got: ASSIGN",
                    ));
                }
                Kind::Assign if keys.is_empty() => {
                    return Err(at(Some(token.position), "no object keys found!"));
                }
                Kind::Assign => {
                    let node = self.value()?;
                    return Ok(Some(self.finish(keys, token.position.line, node, start)));
                }
                Kind::OpenBrace if keys.is_empty() => {
                    return Err(at(
                        Some(token.position),
                        "expected: IDENT | STRING got: LBRACE",
                    ));
                }
                Kind::OpenBrace => {
                    let node = self.object(&token)?;
                    return Ok(Some(self.finish(keys, 0, node, start)));
                }
                Kind::Eof | Kind::CloseBrace
                    if !keys.is_empty() && (token.kind == Kind::Eof || inside) =>
                {
                    // This fault is not forgiven.
                    self.last = Kind::Eof;
                    let names: Vec<&str> = keys.iter().map(|(_, raw)| raw.as_str()).collect();
                    let message = format!(
                        "key '{}' expected start of object ('{{') or assignment ('=')",
                        names.join(" ")
                    );
                    return Err(at(Some(token.position), &message));
                }
                Kind::Illegal => return Err(at(Some(token.position), "illegal character")),
                other => {
                    let message = format!(
                        "expected: IDENT | STRING | ASSIGN | LBRACE got: {}",
                        other.name()
                    );
                    return Err(at(Some(token.position), &message));
                }
            }
        }
    }

    fn finish(
        &self,
        keys: Vec<(Key, String)>,
        assigned_on: usize,
        node: Node,
        start: Option<usize>,
    ) -> Item {
        let end = self
            .token
            .as_ref()
            .map_or(self.lexer.offset(), |token| token.span.start);
        let start = start.unwrap_or(end);
        let written = self.source[start..end.max(start)].trim_end().len();
        let keys = keys.into_iter().map(|(key, _)| key).collect();
        Item {
            keys,
            assigned_on,
            node,
            span: start..start + written,
        }
    }

    /// The key and how it was written, which one message quotes.
    fn key(&self, token: &Token) -> (Key, String) {
        let raw = self.text(token).to_owned();
        let text = if token.kind == Kind::String {
            self.unquoted(token)
        } else {
            raw.clone()
        };
        (
            Key {
                text,
                position: Some(token.position),
            },
            raw,
        )
    }

    /// A text that cannot be unquoted is a fault that the lexer has noted.
    fn unquoted(&self, token: &Token) -> String {
        let raw = self.text(token);
        text::unquote(raw).unwrap_or_else(|| raw.to_owned())
    }

    fn value(&mut self) -> Result<Node, String> {
        let token = self.take();
        match token.kind {
            Kind::OpenBrace => self.object(&token),
            Kind::OpenBracket => self.list(&token),
            _ => self.literal(&token).ok_or_else(|| {
                let place = token.position;
                let shown = format!(
                    "{}:{} {} {}",
                    place.line,
                    place.column,
                    token.kind.name(),
                    self.text(&token)
                );
                at(Some(place), &format!("Unknown token: {shown}"))
            }),
        }
    }

    fn literal(&self, token: &Token) -> Option<Node> {
        let text = self.text(token);
        let value = match token.kind {
            Kind::Number => Value::Number(text.to_owned()),
            Kind::Float => Value::Float(text.parse().unwrap_or(f64::NAN)),
            Kind::Bool => Value::Bool(text == "true"),
            Kind::String => Value::Text(self.unquoted(token)),
            Kind::Heredoc => Value::Text(text::heredoc_body(text)),
            _ => return None,
        };
        Some(Node {
            value,
            position: Some(token.position),
        })
    }

    fn object(&mut self, open: &Token) -> Result<Node, String> {
        self.deeper(open)?;
        let items = match self.items(true) {
            // A fault at a closing brace is forgiven, and the brace with it.
            Err(_) if self.last == Kind::CloseBrace => Vec::new(),
            items => items?,
        };
        self.depth -= 1;
        let close = self.take();
        if close.kind != Kind::CloseBrace {
            let message = format!("object expected closing RBRACE got: {}", close.kind.name());
            return Err(at(Some(close.position), &message));
        }
        Ok(Node {
            value: Value::Object(items),
            position: Some(open.position),
        })
    }

    fn list(&mut self, open: &Token) -> Result<Node, String> {
        self.deeper(open)?;
        let mut nodes = Vec::new();
        let mut comma_due = false;
        loop {
            let token = self.take();
            if comma_due && !matches!(token.kind, Kind::Comma | Kind::CloseBracket) {
                let message = format!(
                    "error parsing list, expected comma or list end, got: {}",
                    token.kind.name()
                );
                return Err(at(Some(token.position), &message));
            }
            comma_due = true;
            match token.kind {
                Kind::Comma => comma_due = false,
                Kind::CloseBracket => break,
                Kind::OpenBrace => nodes.push(self.object(&token).map_err(|error| {
                    at(
                        Some(token.position),
                        &format!("error while trying to parse object within list: {error}"),
                    )
                })?),
                Kind::OpenBracket => {
                    nodes.push(self.list(&token).map_err(|error| {
                        at(
                            Some(token.position),
                            &format!("error while trying to parse list within list: {error}"),
                        )
                    })?);
                    comma_due = false;
                }
                other => nodes.push(self.literal(&token).ok_or_else(|| {
                    at(
                        Some(token.position),
                        &format!("unexpected token while parsing list: {}", other.name()),
                    )
                })?),
            }
        }
        self.depth -= 1;
        Ok(Node {
            value: Value::List(nodes),
            position: Some(open.position),
        })
    }

    fn deeper(&mut self, open: &Token) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(at(Some(open.position), "nested too deeply"));
        }
        Ok(())
    }
}
