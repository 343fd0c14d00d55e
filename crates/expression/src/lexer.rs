//! Cuts an expression's text into tokens: GitLab's lexemes, found as GitLab's scanner finds them.
//!
//! Every lexeme but `!` is known by its first character, so the order in which GitLab tries them
//! matters only for `!=`, `!~` and `!`.

use crate::error::{ParseError, ParseErrorKind};
use crate::re2::FLAGS;
use crate::tree::Operator;

/// GitLab's limit is a hundred rounds of its loop, and the last round only finds the end.
const MAX_TOKENS: usize = 99;

/// One token, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'t> {
    pub(crate) kind: TokenKind,
    /// As it was written.
    pub(crate) text: &'t str,
    /// Byte offset into the expression's text.
    pub(crate) position: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Open,
    Close,
    Input,
    Variable,
    Text,
    Pattern,
    Null,
    Boolean,
    Not,
    Operator(Operator),
}

/// The tokens of `text`.
pub(crate) fn tokenize(text: &str) -> Result<Vec<Token<'_>>, ParseError> {
    let mut tokens = Vec::new();
    let mut position = 0;
    loop {
        let rest = text[position..].trim_start_matches(is_space);
        position = text.len() - rest.len();
        if rest.is_empty() {
            return Ok(tokens);
        }
        let fail = |kind| Err(ParseError { kind, position });
        let Some((kind, length)) = scan(rest) else {
            return fail(ParseErrorKind::UnknownLexeme);
        };
        if tokens.len() == MAX_TOKENS {
            return fail(ParseErrorKind::TooManyTokens);
        }
        tokens.push(Token {
            kind,
            text: &rest[..length],
            position,
        });
        position += length;
    }
}

/// The kind and the length of the token at the start of `rest`.
fn scan(rest: &str) -> Option<(TokenKind, usize)> {
    use TokenKind::Operator as Binary;

    let two = rest.get(..2);
    match (rest.as_bytes().first()?, two) {
        (b'(', _) => Some((TokenKind::Open, 1)),
        (b')', _) => Some((TokenKind::Close, 1)),
        (b'$', Some("$[")) => Some((TokenKind::Input, input(rest)?)),
        (b'$', _) => Some((TokenKind::Variable, 1 + name(&rest[1..])?.len())),
        (b'"' | b'\'', _) => Some((TokenKind::Text, text(rest)?)),
        (b'/', _) => Some((TokenKind::Pattern, pattern(rest)?)),
        (_, Some("==")) => Some((Binary(Operator::Equals), 2)),
        (_, Some("=~")) => Some((Binary(Operator::Matches), 2)),
        (_, Some("!=")) => Some((Binary(Operator::NotEquals), 2)),
        (_, Some("!~")) => Some((Binary(Operator::NotMatches), 2)),
        (_, Some("&&")) => Some((Binary(Operator::And), 2)),
        (_, Some("||")) => Some((Binary(Operator::Or), 2)),
        (b'!', _) => Some((TokenKind::Not, 1)),
        (b'n', _) => rest.starts_with("null").then_some((TokenKind::Null, 4)),
        (b't' | b'f', _) => Some((TokenKind::Boolean, boolean(rest)?)),
        _ => None,
    }
}

/// `$[[ inputs.name ]]`
fn input(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("$[[")?.trim_start_matches(is_space);
    let inner = inner.strip_prefix("inputs.")?;
    let after = inner[name(inner)?.len()..].trim_start_matches(is_space);
    Some(rest.len() - after.strip_prefix("]]")?.len())
}

/// The name inside an input's token.
pub(crate) fn input_name(token: &str) -> &str {
    token
        .trim_start_matches("$[[")
        .trim_start_matches(is_space)
        .trim_start_matches("inputs.")
        .trim_end_matches("]]")
        .trim_end_matches(is_space)
}

/// `"…"` or `'…'`: no escapes, and no line breaks.
fn text(rest: &str) -> Option<usize> {
    let quote = rest.as_bytes().first()?;
    let bytes = &rest.as_bytes()[1..];
    let end = bytes
        .iter()
        .position(|byte| byte == quote || *byte == b'\n')?;
    (bytes[end] == *quote).then_some(end + 2)
}

/// `/…/` and flags, as GitLab's `/([^/]|\\/)+[^\\]/[ismU]*` finds it by backtracking.
///
/// Such a pattern has at least two characters. It ends at the first slash with no backslash
/// before it, but where two slashes follow each other, the first one still belongs to it.
fn pattern(rest: &str) -> Option<usize> {
    let mut index = 1;
    let mut characters = 0;
    let close = loop {
        let rest = &rest[index..];
        if rest.starts_with(r"\//") {
            break index + 2;
        } else if rest.starts_with(r"\/") {
            index += 2;
        } else if rest.starts_with("//") && characters > 0 {
            break index + 1;
        } else if rest.starts_with('/') {
            if characters < 2 {
                return None;
            }
            break index;
        } else {
            index += rest.chars().next()?.len_utf8();
        }
        characters += 1;
    };
    let flags = rest[close + 1..]
        .chars()
        .take_while(|&flag| FLAGS.contains(flag));
    Some(close + 1 + flags.count())
}

/// `true` or `false`, as a whole word.
fn boolean(rest: &str) -> Option<usize> {
    let word = ["true", "false"]
        .into_iter()
        .find(|word| rest.starts_with(word))?;
    let next = rest[word.len()..].chars().next();
    let ends = next.is_none_or(|next| !next.is_alphanumeric() && next != '_');
    ends.then_some(word.len())
}

/// The longest name at the start of `rest`: ASCII letters, digits and underscores.
fn name(rest: &str) -> Option<&str> {
    let length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    (length > 0).then(|| &rest[..length])
}

/// Ruby's `\s`.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    fn texts(text: &str) -> Vec<&str> {
        let tokens = tokenize(text).unwrap();
        tokens.iter().map(|token| token.text).collect()
    }

    fn refused(text: &str) -> (ParseErrorKind, usize) {
        let error = tokenize(text).unwrap_err();
        (error.kind, error.position)
    }

    #[test]
    fn tokens_need_no_space_between_them() {
        assert_eq!(
            texts("!($A==\"x\")&&$B=~/ab/i||'y'!=null"),
            [
                "!", "(", "$A", "==", "\"x\"", ")", "&&", "$B", "=~", "/ab/i", "||", "'y'", "!=",
                "null"
            ]
        );
        assert_eq!(texts("$A!~$B"), ["$A", "!~", "$B"]);
    }

    #[test]
    fn white_space_is_rubys() {
        assert_eq!(texts(" \t\r\n\u{b}\u{c}$A "), ["$A"]);
        assert_eq!(refused("\u{a0}$A"), (ParseErrorKind::UnknownLexeme, 0));
    }

    #[test]
    fn an_input_has_a_simple_name() {
        assert_eq!(texts("$[[inputs.a_1]]"), ["$[[inputs.a_1]]"]);
        assert_eq!(input_name("$[[ \t inputs.a_1  ]]"), "a_1");
        for wrong in [
            "$[[ input.a ]]",
            "$[[ inputs.a-b ]]",
            "$[[ inputs. ]]",
            "$[a]",
        ] {
            assert_eq!(
                refused(wrong),
                (ParseErrorKind::UnknownLexeme, 0),
                "{wrong}"
            );
        }
    }

    #[test]
    fn texts_have_no_escapes_and_no_line_breaks() {
        assert_eq!(
            texts(r#""a'b" 'c"d' "" '\'"#),
            [r#""a'b""#, r#"'c"d'"#, "\"\"", r"'\'"]
        );
        assert_eq!(texts("'it''s'"), ["'it'", "'s'"]);
        assert_eq!(
            refused(r#"$A == "a\"b""#),
            (ParseErrorKind::UnknownLexeme, 10)
        );
        assert_eq!(refused("\"a\nb\""), (ParseErrorKind::UnknownLexeme, 0));
    }

    #[test]
    fn what_is_not_in_the_language_is_refused_at_its_place() {
        for (text, position) in [
            ("${A}", 0),
            ("%A%", 0),
            ("word", 0),
            ("123", 0),
            ("$A = 1", 3),
            ("$A & $B", 3),
            ("$A and $B", 3),
            ("$A # note", 3),
            ("nullx", 4),
            ("truex", 0),
            ("true_", 0),
            ("falseé", 0),
            ("$", 0),
            ("é", 0),
        ] {
            assert_eq!(
                refused(text),
                (ParseErrorKind::UnknownLexeme, position),
                "{text}"
            );
        }
    }

    #[test]
    fn names_are_ascii_words() {
        assert_eq!(refused("$é"), (ParseErrorKind::UnknownLexeme, 0));
        assert_eq!(texts("$1a_B $_"), ["$1a_B", "$_"]);
    }

    #[test]
    fn patterns_end_where_gitlabs_end() {
        for (text, token) in [
            ("/ab/", "/ab/"),
            ("/ab/ismU", "/ab/ismU"),
            ("/ab/i && $B =~ /cd/", "/ab/i"),
            (r"/a\/b/", r"/a\/b/"),
            (r"/\//", r"/\//"),
            (r"/a\//", r"/a\//"),
            ("/a//", "/a//"),
            ("/ab//", "/ab//"),
            ("/a\nb/", "/a\nb/"),
            ("/(/", "/(/"),
        ] {
            let found = pattern(text).map(|length| &text[..length]);
            let expected = (text != "/(/").then_some(token);
            assert_eq!(found, expected, "{text}");
        }
        for wrong in ["//", "/a/", "/./", "/a", r"/ab\/", "/[/]/", "/é"] {
            assert_eq!(pattern(wrong), None, "{wrong}");
        }
        assert_eq!(refused("/ab/x"), (ParseErrorKind::UnknownLexeme, 4));
    }

    #[test]
    fn the_hundredth_token_is_one_too_many() {
        assert_eq!(texts(&"$A ".repeat(99)).len(), 99);
        assert_eq!(refused(&"$A".repeat(100)).0, ParseErrorKind::TooManyTokens);
        assert_eq!(
            refused(&"(".repeat(1_000_000)).0,
            ParseErrorKind::TooManyTokens
        );
        let bad_hundredth = format!("{}%", "$A".repeat(99));
        assert_eq!(refused(&bad_hundredth).0, ParseErrorKind::UnknownLexeme);
    }

    proptest! {
        #[test]
        fn patterns_agree_with_gitlabs_own_expression(rest in r"[a/\\i\n(é]{0,12}") {
            let text = format!("/{rest}");
            let gitlab = Regex::new(r"^/([^/]|\\/)+[^\\]/[ismU]*").unwrap();
            let expected = gitlab.find(&text).map(|found| found.end());
            prop_assert_eq!(pattern(&text), expected, "{}", text);
        }

        #[test]
        fn any_text_is_cut_or_refused(text in any::<String>()) {
            if let Ok(tokens) = tokenize(&text) {
                for token in tokens {
                    prop_assert!(text[token.position..].starts_with(token.text));
                }
            }
        }
    }
}
