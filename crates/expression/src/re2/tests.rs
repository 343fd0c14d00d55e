//! What RE2 accepts, refuses and matches, where the `regex` crate alone would do otherwise.

use proptest::prelude::*;

use super::{Re2Error, Re2ErrorKind};
use crate::pattern::{Pattern, PatternError};

/// Slashes around `body`, without the minimal length that the language demands.
fn compile(body: &str) -> Result<Pattern, PatternError> {
    Pattern::new(&format!("/{body}/"))
}

fn assert_matches(cases: &[(&str, &str, bool)]) {
    for (body, text, expected) in cases {
        let pattern = compile(body).unwrap();
        assert_eq!(pattern.is_match(text), *expected, "{body} on {text:?}");
    }
}

fn assert_refused(cases: &[(&str, Re2ErrorKind, usize)]) {
    for &(body, kind, position) in cases {
        let expected = PatternError::Syntax(Re2Error { kind, position });
        assert_eq!(compile(body).unwrap_err(), expected, "{body}");
    }
}

#[test]
fn classes_of_characters_are_about_ascii() {
    assert_matches(&[
        (r"^\d$", "7", true),
        (r"^\d$", "\u{663}", false),
        (r"^\D$", "\u{663}", true),
        (r"^\w$", "_", true),
        (r"^\w$", "é", false),
        (r"^[\w-]+$", "a-1_", true),
        (r"^[^\W]$", "é", false),
        (r"^[\D]$", "1", false),
        (r"^\s$", "\u{c}", true),
        (r"^\s$", "\u{b}", false),
        (r"^\S$", "\u{b}", true),
        (r"^[[:space:]]$", "\u{b}", true),
        (r"^[[:alpha:]]$", "é", false),
        (r"^[[:^alpha:]]$", "é", true),
        (r"\bb", "éb", true),
        (r"\Bb", "ab", true),
        (r"a\b", "aé", true),
    ]);
}

#[test]
fn unicode_has_its_own_classes() {
    assert_matches(&[
        (r"^\pL\p{Nd}$", "é\u{663}", true),
        (r"^\p{Greek}$", "α", true),
        (r"^\p{^Greek}\P{Greek}$", "ab", true),
        (r"^[\p{Lu}1]+$", "É1", true),
        (r"^\p{Any}$", "\n", true),
        (r"^\p{Yi}$", "\u{a000}", true),
    ]);
    assert_refused(&[
        (r"\p{lu}", Re2ErrorKind::ClassRange, 0),
        (r"\p{Lu", Re2ErrorKind::ClassRange, 0),
        (r"a\p", Re2ErrorKind::ClassRange, 1),
    ]);
    assert!(matches!(compile(r"\p{Foo}"), Err(PatternError::Engine(_))));
}

#[test]
fn flags_fold_case_beyond_ascii() {
    assert_matches(&[
        ("(?i)^é$", "É", true),
        ("(?i)^k$", "\u{212a}", true),
        ("a(?i)b", "aB", true),
        ("a(?i)b", "AB", false),
        ("a(?i:b)c", "aBc", true),
        ("a(?i:b)c", "aBC", false),
        ("(?i)a(?-i)b", "Ab", true),
        ("(?i)a(?-i)b", "AB", false),
        ("(?ii)a", "A", true),
        ("(?i-i)a", "A", false),
        ("(?)a(?:)", "a", true),
        ("(?sm)^b$.", "a\nb\n", true),
    ]);
    assert!(Pattern::new("/a/ii").unwrap().is_match("A"));
    assert!(Pattern::new("/^a+$/U").unwrap().is_match("aa"));
}

#[test]
fn quoting_takes_everything_literally() {
    assert_matches(&[
        (r"^\Qa.b*\E$", "a.b*", true),
        (r"^\Qa.b\E$", "acb", false),
        (r"\Q(", "(", true),
        (r"^\Qab\E+$", "abb", true),
        (r"^\Q\d\E$", r"\d", true),
    ]);
    assert_refused(&[(r"a\E", Re2ErrorKind::InvalidEscape, 1)]);
}

#[test]
fn escapes_are_those_of_re2() {
    assert_matches(&[
        (r"^\x41\x{e9}\101\0$", "AéA\0", true),
        (r"^\a\f\n\r\t\v$", "\u{7}\u{c}\n\r\t\u{b}", true),
        (r"^\-\_\ \.\<$", "-_ .<", true),
        (r"^[\x41-\x{43}]$", "B", true),
        // One byte of the two.
        (r"^\C$", "é", false),
        (r"^\C\C$", "é", true),
        (r"\Aa\z", "a", true),
        (r"\Aa\z", "a\n", false),
    ]);
    assert_refused(&[
        (r"(a)\1", Re2ErrorKind::InvalidEscape, 3),
        (r"\8", Re2ErrorKind::InvalidEscape, 0),
        (r"\h", Re2ErrorKind::InvalidEscape, 0),
        (r"\Z", Re2ErrorKind::InvalidEscape, 0),
        (r"\é", Re2ErrorKind::InvalidEscape, 0),
        (r"\x4", Re2ErrorKind::InvalidEscape, 0),
        (r"\x{110000}", Re2ErrorKind::InvalidEscape, 0),
        (r"\x{}", Re2ErrorKind::InvalidEscape, 0),
        (r"[\b]", Re2ErrorKind::InvalidEscape, 1),
        (r"[a-\d]", Re2ErrorKind::InvalidEscape, 3),
    ]);
}

#[test]
fn a_brace_that_repeats_nothing_is_plain() {
    assert_matches(&[
        ("^a{$", "a{", true),
        ("^a{,5}$", "a{,5}", true),
        ("^a{01}$", "a{01}", true),
        ("^{a}$", "{a}", true),
        ("^a{2}$", "aa", true),
        ("^a{2,}$", "aaa", true),
        ("^a{0,1}b}$", "b}", true),
    ]);
}

#[test]
fn repetition_is_limited() {
    assert!(compile("a{1000}").is_ok());
    assert!(compile("(?:a{10}){100}").is_ok());
    assert!(compile("(?:a{10}b){100}|(c{1000})").is_ok());
    assert_refused(&[
        ("a{1001}", Re2ErrorKind::RepetitionSize, 1),
        ("a{1001,}", Re2ErrorKind::RepetitionSize, 1),
        ("a{2,1}", Re2ErrorKind::RepetitionSize, 1),
        ("(a{10}){101}", Re2ErrorKind::RepetitionSize, 7),
        ("((a{10}b){10}c){11}", Re2ErrorKind::RepetitionSize, 15),
        ("*a", Re2ErrorKind::NothingToRepeat, 0),
        ("a|+", Re2ErrorKind::NothingToRepeat, 2),
        ("({2})", Re2ErrorKind::NothingToRepeat, 1),
        ("a**", Re2ErrorKind::BadRepetition, 2),
        ("a*??", Re2ErrorKind::BadRepetition, 3),
        ("a+{2}", Re2ErrorKind::BadRepetition, 2),
    ]);
    assert_eq!(
        compile(r"\P{Nd}{1000}").unwrap_err(),
        PatternError::TooLarge
    );
}

#[test]
fn classes_have_no_set_operations() {
    assert_matches(&[
        ("^[a&&b]+$", "a&b", true),
        ("^[a~~b]+$", "~", true),
        ("^[+--b]+$", "-", true),
        ("^[[a]+$", "[", true),
        ("^[]a]+$", "]", true),
        ("^[^]a]$", "]", false),
        ("^[a-]+$", "-", true),
        ("^[-a]+$", "-", true),
        ("^[^a]$", "\n", true),
        ("^[[:]+$", ":", true),
    ]);
    assert_refused(&[
        ("[a--b]", Re2ErrorKind::ClassRange, 1),
        ("x[z-a]", Re2ErrorKind::ClassRange, 2),
        ("[[:foo:]]", Re2ErrorKind::ClassRange, 1),
        ("a[b", Re2ErrorKind::MissingBracket, 1),
        ("[]", Re2ErrorKind::MissingBracket, 0),
        ("[a-", Re2ErrorKind::MissingBracket, 0),
    ]);
}

#[test]
fn groups_are_those_of_re2() {
    assert_matches(&[
        ("^(?P<1a>b)(?<c>d)$", "bd", true),
        ("^()a$", "a", true),
        ("^(|a)b$", "b", true),
    ]);
    assert_refused(&[
        ("(?=a)", Re2ErrorKind::PerlOperator, 0),
        ("a(?!b)", Re2ErrorKind::PerlOperator, 1),
        ("(?<=a)", Re2ErrorKind::GroupName, 0),
        ("(?x)a", Re2ErrorKind::PerlOperator, 0),
        ("(?-)a", Re2ErrorKind::PerlOperator, 0),
        ("(?P<>a)", Re2ErrorKind::GroupName, 0),
        ("(?P<n>a)(?P<n>b)", Re2ErrorKind::GroupName, 8),
        ("(a", Re2ErrorKind::MissingParenthesis, 2),
        ("a)", Re2ErrorKind::UnexpectedParenthesis, 1),
    ]);
}

#[test]
fn the_form_is_slashes_and_known_flags() {
    for text in ["", "/", "ab", "/ab", "ab/", "/ab/x", "/ab/i ", " /ab/"] {
        assert_eq!(
            Pattern::new(text).unwrap_err(),
            PatternError::Form,
            "{text}"
        );
    }
    // From a variable; the language itself would look for another slash.
    assert!(Pattern::new(r"/a\/").unwrap().is_match("a"));
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    assert!(compile(&"a".repeat(16_384)).is_ok());
    let error = compile(&"a".repeat(16_385)).unwrap_err();
    assert_eq!(error, PatternError::TooLarge);
    let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(compile(&nested(200)).is_ok());
    let refused = compile(&nested(8_000));
    assert!(matches!(refused, Err(PatternError::Engine(_))));
}

proptest! {
    #[test]
    fn any_body_is_compiled_or_refused(body in any::<String>()) {
        let _ = compile(&body);
    }

    /// Whatever the translator accepts, the engine accepts, but for names and sizes.
    #[test]
    fn any_syntax_is_compiled_or_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", "é", "(", ")", "(?:", "(?i)", "(?P<n>", "[", "]", "[^", "-", "[:alpha:]", "|",
            "*", "+", "?", "{2}", "{2,", "}", "^", "$", ".", r"\d", r"\W", r"\b", r"\Q", r"\E",
            r"\x41", r"\1", r"\pL", r"\p{", "&&", "~~",
        ]), 0..10),
    ) {
        let body = words.concat();
        if let Err(PatternError::Engine(reason)) = compile(&body) {
            // The engine does not repeat what stands before a group of flags.
            prop_assert!(body.contains("(?i)"), "{}: {}", body, reason);
        }
    }

    #[test]
    fn quoted_texts_match_themselves(text in "[^\n/\\\\]{1,20}") {
        let pattern = compile(&format!(r"^\Q{text}\E$")).unwrap();
        prop_assert!(pattern.is_match(&text));
    }
}
