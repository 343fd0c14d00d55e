//! Translates RE2's syntax into that of the `regex` crate, because GitLab matches with RE2.
//!
//! Both engines find the same matches in linear time, but they read some things differently.
//! In RE2 `\d`, `\w`, `\s` and `\b` are about ASCII only, `\Q…\E`, octal escapes and `\C` exist,
//! a `{` that starts no repetition is a plain character, repetition stops at 1000, and classes
//! have no set operations. The translator reads RE2's grammar itself, refuses what RE2 refuses,
//! and writes every character so that it can only be read in one way.
//!
//! One thing is left: RE2 lets a repetition reach over flags, as in `a(?i)*`, and the engine
//! refuses that.

mod class;
mod escape;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::mem;

use thiserror::Error;

/// What RE2 refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{kind} at byte {position} of the regular expression")]
pub struct Re2Error {
    /// What is wrong.
    pub kind: Re2ErrorKind,
    /// Where, as a byte offset into what is between the slashes, with `\/` counted as `/`.
    pub position: usize,
}

/// The ways in which a regular expression can be malformed. The display is RE2's own message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Re2ErrorKind {
    /// `)` without `(`.
    #[error("unexpected )")]
    UnexpectedParenthesis,
    /// `(` without `)`.
    #[error("missing )")]
    MissingParenthesis,
    /// `[` without `]`.
    #[error("missing ]")]
    MissingBracket,
    /// `*`, `+`, `?` or `{n}` with nothing before it.
    #[error("no argument for repetition operator")]
    NothingToRepeat,
    /// A repetition of a repetition, such as `a**`.
    #[error("bad repetition operator")]
    BadRepetition,
    /// A repetition over 1000 (also by nesting), or `{n,m}` with n over m.
    #[error("invalid repetition size")]
    RepetitionSize,
    /// A backslash before something that has no such meaning; back-references too.
    #[error("invalid escape sequence")]
    InvalidEscape,
    /// A backslash at the end.
    #[error("trailing \\")]
    TrailingBackslash,
    /// A range with its ends exchanged, or an unknown class name.
    #[error("invalid character class range")]
    ClassRange,
    /// `(?` and what RE2 does not know, look-around among it.
    #[error("invalid perl operator")]
    PerlOperator,
    /// A group's name is malformed, or used twice.
    #[error("invalid named capture group")]
    GroupName,
}

/// The flags that RE2 knows.
pub(crate) const FLAGS: &str = "imsU";

/// RE2's limit for one counted repetition, and for the product of nested ones.
const MAX_REPEAT: u32 = 1000;

/// The regular expression for the `regex` crate that means what `pattern` with `flags` means to
/// GitLab's RE2.
pub(crate) fn translate(pattern: &str, flags: &str) -> Result<String, Re2Error> {
    let mut translator = Translator {
        pattern,
        position: 0,
        output: String::with_capacity(2 * pattern.len()),
        group: Group::default(),
        outer: Vec::new(),
        names: BTreeSet::new(),
    };
    translator.write_flags(flags, "", ')');
    translator.run()?;
    Ok(translator.output)
}

struct Translator<'p> {
    pattern: &'p str,
    position: usize,
    output: String,
    /// The innermost open group, or the whole.
    group: Group,
    /// What is open around it.
    outer: Vec<Group>,
    names: BTreeSet<&'p str>,
}

/// What must be known of an open group to judge the next repetition operator.
#[derive(Default)]
struct Group {
    last: Last,
    /// The highest product of nested repetitions in it so far.
    weight: u32,
}

/// What a repetition operator would apply to, with its product of nested repetitions.
#[derive(Default, Clone, Copy)]
enum Last {
    #[default]
    Nothing,
    Atom(u32),
    Repeated,
}

impl<'p> Translator<'p> {
    fn run(&mut self) -> Result<(), Re2Error> {
        while let Some(character) = self.next() {
            let start = self.position - character.len_utf8();
            match character {
                '(' => self.open(start)?,
                ')' => self.close(start)?,
                '|' => {
                    self.output.push('|');
                    self.group.last = Last::Nothing;
                }
                '.' | '^' | '$' => {
                    self.output.push(character);
                    self.atom(1);
                }
                '[' => {
                    class::translate(self, start)?;
                    self.atom(1);
                }
                '\\' => self.escape(start)?,
                '*' | '+' | '?' => self.repeat(start, None)?,
                '{' => match self.take_counts() {
                    Some(counts) => self.repeat(start, Some(counts))?,
                    None => self.literal('{'),
                },
                _ => self.literal(character),
            }
        }
        if !self.outer.is_empty() {
            return self.fail(Re2ErrorKind::MissingParenthesis, self.position);
        }
        Ok(())
    }

    /// `(`, and all that may follow its question mark.
    fn open(&mut self, start: usize) -> Result<(), Re2Error> {
        if !self.take("?") {
            self.output.push('(');
            self.enter();
            Ok(())
        } else if self.take("P<") || self.take("<") {
            self.name(start)
        } else {
            self.flags(start)
        }
    }

    /// A group's name, which is checked but has no bearing on what matches.
    fn name(&mut self, start: usize) -> Result<(), Re2Error> {
        let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if name.is_empty() || !self.take(">") || !self.names.insert(name) {
            return self.fail(Re2ErrorKind::GroupName, start);
        }
        self.output.push('(');
        self.enter();
        Ok(())
    }

    /// Flags for the rest of the group, or, before a colon, for a group of their own.
    fn flags(&mut self, start: usize) -> Result<(), Re2Error> {
        let flag = |c| FLAGS.contains(c);
        let on = self.take_while(flag);
        let dash = self.take("-");
        let off = if dash { self.take_while(flag) } else { "" };
        match self.next() {
            Some(end @ (':' | ')')) if dash != off.is_empty() => {
                self.write_flags(on, off, end);
                if end == ':' {
                    self.enter();
                }
                Ok(())
            }
            _ => self.fail(Re2ErrorKind::PerlOperator, start),
        }
    }

    fn enter(&mut self) {
        self.outer.push(mem::take(&mut self.group));
    }

    fn close(&mut self, start: usize) -> Result<(), Re2Error> {
        let Some(outer) = self.outer.pop() else {
            return self.fail(Re2ErrorKind::UnexpectedParenthesis, start);
        };
        let closed = mem::replace(&mut self.group, outer);
        self.output.push(')');
        self.atom(closed.weight.max(1));
        Ok(())
    }

    /// `(?on-off:` or `(?on-off)`. RE2 lets a flag be repeated and takes the last word on it, and
    /// allows that there is none.
    fn write_flags(&mut self, on: &str, off: &str, end: char) {
        let chosen = |wanted: &dyn Fn(&char) -> bool| FLAGS.chars().filter(wanted).collect();
        let on: String = chosen(&|&flag| on.contains(flag) && !off.contains(flag));
        let off: String = chosen(&|&flag| off.contains(flag));
        let dash = if off.is_empty() { "" } else { "-" };
        if end == ':' || !on.is_empty() || !off.is_empty() {
            self.output.push_str(&format!("(?{on}{dash}{off}{end}"));
        }
    }

    /// A repetition operator, `counts` being those of `{n,m}`.
    fn repeat(&mut self, start: usize, counts: Option<Counts>) -> Result<(), Re2Error> {
        let weight = match self.group.last {
            Last::Nothing => return self.fail(Re2ErrorKind::NothingToRepeat, start),
            Last::Repeated => return self.fail(Re2ErrorKind::BadRepetition, start),
            Last::Atom(weight) => weight,
        };
        let factor = match counts {
            Some((least, Some(most))) if least > most => None,
            Some((least, most)) => Some(most.unwrap_or(least).max(1)),
            None => Some(1),
        };
        let product = factor.and_then(|factor| weight.checked_mul(factor));
        let Some(product) = product.filter(|&product| product <= MAX_REPEAT) else {
            return self.fail(Re2ErrorKind::RepetitionSize, start);
        };
        self.output.push_str(&self.pattern[start..self.position]);
        if self.take("?") {
            self.output.push('?');
        }
        self.group.weight = self.group.weight.max(product);
        self.group.last = Last::Repeated;
        Ok(())
    }

    /// `n}`, `n,}` or `n,m}`. Anything else makes the brace a plain character.
    fn take_counts(&mut self) -> Option<Counts> {
        let start = self.position;
        let inside = self.take_while(|c| c.is_ascii_digit() || c == ',');
        let counts = match inside.split_once(',') {
            None => count(inside).map(|exactly| (exactly, Some(exactly))),
            Some((least, "")) => count(least).map(|least| (least, None)),
            Some((least, most)) => count(least).zip(count(most).map(Some)),
        };
        let counts = counts.filter(|_| self.take("}"));
        if counts.is_none() {
            self.position = start;
        }
        counts
    }

    /// Writes a character that stands for itself.
    fn literal(&mut self, character: char) {
        escape::write(&mut self.output, character);
        self.atom(1);
    }

    fn atom(&mut self, weight: u32) {
        self.group.weight = self.group.weight.max(weight);
        self.group.last = Last::Atom(weight);
    }

    fn rest(&self) -> &'p str {
        &self.pattern[self.position..]
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.position += character.len_utf8();
        Some(character)
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.position += expected.len();
        }
        found
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    fn fail<T>(&self, kind: Re2ErrorKind, position: usize) -> Result<T, Re2Error> {
        Err(Re2Error { kind, position })
    }
}

/// Least and most; no most for `{n,}`.
type Counts = (u32, Option<u32>);

/// A count as RE2 reads it: no leading zero, fewer than nine digits.
fn count(digits: &str) -> Option<u32> {
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    let readable = !leading_zero && digits.len() < 9;
    readable.then(|| digits.parse().ok())?
}
