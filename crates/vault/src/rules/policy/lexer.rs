//! The tokens of HCL 1, with the places that the server's messages name.

use std::ops::Range;

/// Where a token begins, as messages count: lines and characters from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1; 0 where a message has no line to name.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// A token's kind; its text is the source at its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Eof,
    Illegal,
    Identifier,
    Number,
    Float,
    Bool,
    String,
    Heredoc,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Period,
    Assign,
    Plus,
    Minus,
}

impl Kind {
    /// The name that messages use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Eof => "EOF",
            Self::Illegal => "ILLEGAL",
            Self::Identifier => "IDENT",
            Self::Number => "NUMBER",
            Self::Float => "FLOAT",
            Self::Bool => "BOOL",
            Self::String => "STRING",
            Self::Heredoc => "HEREDOC",
            Self::OpenBracket => "LBRACK",
            Self::CloseBracket => "RBRACK",
            Self::OpenBrace => "LBRACE",
            Self::CloseBrace => "RBRACE",
            Self::Comma => "COMMA",
            Self::Period => "PERIOD",
            Self::Assign => "ASSIGN",
            Self::Plus => "ADD",
            Self::Minus => "SUB",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
    pub(super) position: Position,
}

/// Reads tokens one by one; faults are noted and reading goes on, since the last one is reported.
pub(super) struct Lexer<'a> {
    source: &'a str,
    offset: usize,
    position: Position,
    line_length: usize,
    /// The last fault and its place.
    pub(super) fault: Option<(Position, &'static str)>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let position = Position { line: 1, column: 0 };
        Self {
            source,
            offset: 0,
            position,
            line_length: 0,
            fault: None,
        }
    }

    /// How far the text was read, in bytes.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    fn peek(&self) -> Option<char> {
        self.source[self.offset..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        self.position.column += 1;
        let next = self.peek()?;
        if next == '\0' {
            self.fail("unexpected null character (0x00)");
            self.offset = self.source.len();
            return None;
        }
        self.offset += next.len_utf8();
        if next == '\n' {
            self.line_length = self.position.column;
            self.position = Position {
                line: self.position.line + 1,
                column: 0,
            };
        }
        Some(next)
    }

    /// Takes characters while they fit. At the end of the text the place moves on by one, once for
    /// each attempt: the server's scanner counts so, and its messages show it.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&fits) {
            self.next();
        }
        if self.peek().is_none() {
            self.next();
        }
    }

    fn here(&self) -> Position {
        if self.position.column > 0 {
            self.position
        } else if self.line_length > 0 {
            Position {
                line: self.position.line - 1,
                column: self.line_length,
            }
        } else {
            Position { line: 1, column: 1 }
        }
    }

    fn fail(&mut self, message: &'static str) {
        self.fault = Some((self.here(), message));
    }

    /// The next token that is not a comment.
    pub(super) fn token(&mut self) -> Token {
        loop {
            while self
                .peek()
                .is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
            {
                self.next();
            }
            let start = self.offset;
            let first = self.next();
            let position = self.here();
            if let Some('#' | '/') = first {
                self.comment(first == Some('/'));
                continue;
            }
            let kind = self.kind(first);
            return Token {
                kind,
                span: start..self.offset,
                position,
            };
        }
    }

    fn kind(&mut self, first: Option<char>) -> Kind {
        let Some(first) = first else { return Kind::Eof };
        match first {
            '"' => self.string(),
            '<' => self.heredoc(),
            '[' => Kind::OpenBracket,
            ']' => Kind::CloseBracket,
            '{' => Kind::OpenBrace,
            '}' => Kind::CloseBrace,
            ',' => Kind::Comma,
            '=' => Kind::Assign,
            '+' => Kind::Plus,
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                self.take_while(|c| c.is_ascii_digit());
                self.exponent();
                Kind::Float
            }
            '.' => Kind::Period,
            '-' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                let digit = self.next().unwrap_or('0');
                self.number(digit)
            }
            '-' => Kind::Minus,
            digit if digit.is_ascii_digit() => self.number(digit),
            letter if is_letter(letter) => {
                let start = self.offset - letter.len_utf8();
                self.take_while(|c| is_letter(c) || c.is_numeric() || c == '-' || c == '.');
                match &self.source[start..self.offset] {
                    "true" | "false" => Kind::Bool,
                    _ => Kind::Identifier,
                }
            }
            _ => {
                self.fail("illegal char");
                Kind::Illegal
            }
        }
    }

    fn comment(&mut self, slash: bool) {
        if slash && self.peek() == Some('*') {
            self.next();
            let mut star = false;
            loop {
                match self.next() {
                    None => return self.fail("comment not terminated"),
                    Some('/') if star => return,
                    Some(other) => star = other == '*',
                }
            }
        }
        if slash && self.peek() != Some('/') {
            return self.fail("expected '/' for comment");
        }
        self.take_while(|c| c != '\n');
    }

    fn number(&mut self, first: char) -> Kind {
        if first == '0' && matches!(self.peek(), Some('x' | 'X')) {
            self.next();
            let start = self.offset;
            self.take_while(|c| c.is_ascii_hexdigit());
            if self.offset == start {
                // The place is that of the character which should have been a digit.
                let (offset, position, line_length) =
                    (self.offset, self.position, self.line_length);
                self.next();
                self.fail("illegal hexadecimal number");
                (self.offset, self.position, self.line_length) = (offset, position, line_length);
            }
            return Kind::Number;
        }
        self.take_while(|c| c.is_ascii_digit());
        match self.peek() {
            Some('.') => {
                self.next();
                self.take_while(|c| c.is_ascii_digit());
                self.exponent();
                Kind::Float
            }
            Some('e' | 'E') => {
                self.exponent();
                Kind::Float
            }
            _ => Kind::Number,
        }
    }

    fn exponent(&mut self) {
        if matches!(self.peek(), Some('e' | 'E')) {
            self.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.next();
            }
            self.take_while(|c| c.is_ascii_digit());
        }
    }

    /// A quoted text; inside `${…}` quotes and line ends are ordinary.
    fn string(&mut self) -> Kind {
        let mut braces = 0_usize;
        loop {
            match self.next() {
                None => {
                    self.fail("literal not terminated");
                    break;
                }
                Some('\n') if braces == 0 => {
                    self.fail("literal not terminated");
                    break;
                }
                Some('"') if braces == 0 => break,
                Some('$') if braces == 0 && self.peek() == Some('{') => {
                    self.next();
                    braces = 1;
                }
                Some('{') if braces > 0 => braces += 1,
                Some('}') if braces > 0 => braces -= 1,
                Some('\\') => self.escape(),
                Some(_) => {}
            }
        }
        Kind::String
    }

    fn escape(&mut self) {
        let (radix, digits) = match self.next() {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '"') => return,
            Some('0'..='7') => (8, 2),
            Some('x') => (16, 2),
            Some('u') => (16, 4),
            Some('U') => (16, 8),
            _ => return self.fail("illegal char escape"),
        };
        for _ in 0..digits {
            if !self.peek().is_some_and(|c| c.is_digit(radix)) {
                return self.fail("illegal char escape");
            }
            self.next();
        }
    }

    fn heredoc(&mut self) -> Kind {
        if self.next() != Some('<') {
            self.fail("heredoc expected second '<', didn't see it");
            return Kind::Heredoc;
        }
        if self.peek() == Some('-') {
            self.next();
        }
        let start = self.offset;
        self.take_while(|c| is_letter(c) || c.is_numeric());
        let anchor = &self.source[start..self.offset];
        if self.peek() == Some('\r') {
            self.next();
        }
        match self.next() {
            Some('\n') => {}
            None => {
                self.fail("heredoc not terminated");
                return Kind::Heredoc;
            }
            Some(_) => {
                self.fail("invalid characters in heredoc anchor");
                return Kind::Heredoc;
            }
        }
        if anchor.is_empty() {
            self.fail("zero-length heredoc anchor");
            return Kind::Heredoc;
        }
        let mut start = self.offset;
        loop {
            match self.next() {
                None => {
                    self.fail("heredoc not terminated");
                    return Kind::Heredoc;
                }
                Some('\n') => {
                    let line = &self.source[start..self.offset - 1];
                    if line.trim_start().trim_end_matches('\r') == anchor {
                        return Kind::Heredoc;
                    }
                    start = self.offset;
                }
                Some(_) => {}
            }
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}
