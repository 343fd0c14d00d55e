//! What follows a backslash in RE2, and how a plain character is written for the engine.

use super::{Re2Error, Re2ErrorKind, Translator};

impl Translator<'_> {
    /// A backslash outside of a class; `start` is its place.
    pub(super) fn escape(&mut self, start: usize) -> Result<(), Re2Error> {
        let Some(next) = self.rest().chars().next() else {
            return self.fail(Re2ErrorKind::TrailingBackslash, start);
        };
        let written = match next {
            'A' => r"\A".to_owned(),
            'z' => r"\z".to_owned(),
            'b' => r"(?-u:\b)".to_owned(),
            'B' => r"(?-u:\B)".to_owned(),
            // One byte, whatever it belongs to.
            'C' => "(?s-u:.)".to_owned(),
            'Q' => {
                self.position += 1;
                self.quoted();
                return Ok(());
            }
            'p' | 'P' => {
                self.position += 1;
                let class = self.unicode_class(next == 'P', start)?;
                self.output.push_str(&class);
                self.atom(1);
                return Ok(());
            }
            _ => match perl_class(next) {
                Some((class, negated)) => {
                    format!("[{}{class}]", if negated { "^" } else { "" })
                }
                None => {
                    let character = self.escaped_character(start)?;
                    self.literal(character);
                    return Ok(());
                }
            },
        };
        self.position += 1;
        self.output.push_str(&written);
        self.atom(1);
        Ok(())
    }

    /// `\Q…\E`: all plain characters, up to the end when there is no `\E`.
    fn quoted(&mut self) {
        while !self.rest().is_empty() && !self.take(r"\E") {
            if let Some(character) = self.next() {
                self.literal(character);
            }
        }
    }

    /// The character that an escape stands for, inside of a class or outside; the backslash at
    /// `start` has been read.
    pub(super) fn escaped_character(&mut self, start: usize) -> Result<char, Re2Error> {
        let Some(next) = self.next() else {
            return self.fail(Re2ErrorKind::TrailingBackslash, start);
        };
        let character = match next {
            'a' => Some('\u{7}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'x' => self.hexadecimal(),
            '0'..='7' => self.octal(next),
            _ => (next.is_ascii() && !next.is_ascii_alphanumeric()).then_some(next),
        };
        let invalid = Re2Error {
            kind: Re2ErrorKind::InvalidEscape,
            position: start,
        };
        character.ok_or(invalid)
    }

    /// `\xFF` or `\x{10FFFF}`, without the `\x`.
    fn hexadecimal(&mut self) -> Option<char> {
        let digits = if self.take("{") {
            let digits = self.take_while(|c| c.is_ascii_hexdigit());
            self.take("}").then_some(digits)?
        } else {
            let digits = self.rest().get(..2)?;
            self.position += 2;
            digits
        };
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| plain)?;
        char::from_u32(code)
    }

    /// Up to three octal digits. One that is neither zero nor followed by another would be a
    /// back-reference, which RE2 does not have.
    fn octal(&mut self, first: char) -> Option<char> {
        let mut code = first.to_digit(8)?;
        for round in 0..2 {
            let Some(digit) = self.rest().chars().next().and_then(|c| c.to_digit(8)) else {
                return char::from_u32(code).filter(|_| round > 0 || first == '0');
            };
            self.position += 1;
            code = code * 8 + digit;
        }
        char::from_u32(code)
    }

    /// `\pL`, `\p{Greek}`, `\p{^Lu}`, `\P{Any}`; the `p` has been read.
    pub(super) fn unicode_class(
        &mut self,
        negated: bool,
        start: usize,
    ) -> Result<String, Re2Error> {
        let mut negated = negated;
        let name = if self.take("{") {
            negated ^= self.take("^");
            let name = self.take_while(|c| c.is_ascii_alphabetic() || c == '_');
            self.take("}").then_some(name)
        } else {
            self.next().and_then(|c| {
                let length = c.len_utf8();
                self.pattern.get(self.position - length..self.position)
            })
        };
        let starts_upper = |name: &&str| name.starts_with(|c: char| c.is_ascii_uppercase());
        let Some(name) = name.filter(starts_upper) else {
            return self.fail(Re2ErrorKind::ClassRange, start);
        };
        let letter = if negated { 'P' } else { 'p' };
        // RE2 knows the categories by their short names only, and the scripts by their long ones.
        Ok(match name {
            "Any" => format!(r"\{letter}{{any}}"),
            "Yi" => format!(r"\{letter}{{sc=Yi}}"),
            _ if name.len() <= 2 => format!(r"\{letter}{{gc={name}}}"),
            _ => format!(r"\{letter}{{sc={name}}}"),
        })
    }
}

/// The ASCII members of `\d`, `\s`, `\w`, and whether the letter is the negated one.
pub(super) fn perl_class(letter: char) -> Option<(&'static str, bool)> {
    let members = match letter.to_ascii_lowercase() {
        'd' => "0-9",
        's' => r"\t\n\f\r ",
        'w' => "0-9A-Za-z_",
        _ => return None,
    };
    Some((members, letter.is_ascii_uppercase()))
}

/// Writes a character so that the engine takes it for itself, inside of a class or outside.
pub(super) fn write(output: &mut String, character: char) {
    if r"\.+*?()|[]{}^$#&-~".contains(character) {
        output.push('\\');
    }
    output.push(character);
}
