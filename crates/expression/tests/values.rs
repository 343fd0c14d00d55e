//! What expressions evaluate to.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use build_token_expression::{Expression, ExpressionError, Lookup, Operator, Value};
use proptest::prelude::*;

/// A job whose variables show every kind of value; `$UNSET` is not among them.
struct Job;

impl Lookup for Job {
    fn variable(&self, name: &str) -> Option<String> {
        let value = match name {
            "NAME" => "build one",
            "PATH" => "/group/project",
            "EMPTY" => "",
            "BLANK" => " \t",
            "TRUE" => "true",
            "PATTERN" => "/^BUILD/i",
            "OTHER_PATTERN" => "/^test/",
            "SLASHED" => r"/^\/group\//",
            "BROKEN_PATTERN" => "/a(/",
            "EMPTY_PATTERN" => "//",
            "LINES" => "first\n/two$/\nlast",
            "DIGITS" => "1234",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn input(&self, name: &str) -> Option<Value> {
        match name {
            "name" => Some(Value::Text("build one".to_owned())),
            "flag" => Some(Value::Boolean(true)),
            "count" => Some(Value::Number("3".to_owned())),
            _ => None,
        }
    }
}

fn evaluate(text: &str) -> Value {
    Expression::parse(text).unwrap().evaluate(&Job).unwrap()
}

/// Asserts that each expression evaluates to true or false itself, not just to something present.
fn assert_booleans(cases: &[(&str, bool)]) {
    for (text, expected) in cases {
        assert_eq!(evaluate(text), Value::Boolean(*expected), "{text}");
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

#[test]
fn values_are_themselves() {
    assert_eq!(evaluate("$NAME"), text("build one"));
    assert_eq!(evaluate("$EMPTY"), text(""));
    assert_eq!(evaluate("$UNSET"), Value::Null);
    assert_eq!(evaluate("null"), Value::Null);
    assert_eq!(evaluate("'a'"), text("a"));
    assert_eq!(evaluate("'$NAME'"), text("$NAME"));
    assert_eq!(evaluate("true"), Value::Boolean(true));
    assert_eq!(evaluate("false"), Value::Boolean(false));
    assert_eq!(evaluate("$[[ inputs.name ]]"), text("build one"));
    assert_eq!(evaluate("$[[ inputs.none ]]"), Value::Null);
    assert_eq!(evaluate("/ab/i").to_string(), "/ab/i");
    assert!(evaluate("/ab/i").is_present());
}

#[test]
fn equality_knows_types() {
    assert_booleans(&[
        ("$NAME == 'build one'", true),
        ("'build one' == $NAME", true),
        ("$NAME == $EMPTY", false),
        ("$NAME != 'build one'", false),
        ("$EMPTY == ''", true),
        ("$EMPTY == null", false),
        ("$UNSET == null", true),
        ("$UNSET == ''", false),
        ("$UNSET != null", false),
        ("$UNSET == $ALSO_UNSET", true),
        // A variable is always a text.
        ("$TRUE == 'true'", true),
        ("$TRUE == true", false),
        ("$[[ inputs.flag ]] == true", true),
        ("$[[ inputs.flag ]] == 'true'", false),
        ("$[[ inputs.count ]] == '3'", false),
        ("$[[ inputs.count ]] == $[[ inputs.count ]]", true),
        ("($NAME == 'x') == false", true),
        ("!$NAME == 'build one'", false),
        ("!$NAME == false", true),
    ]);
}

#[test]
fn a_pattern_equals_only_patterns_and_cannot_be_asked_from_the_left() {
    assert_booleans(&[
        ("$PATH == /group/", false),
        ("$PATH != /group/", true),
        ("/group/ == /group/", true),
        ("/group/ == /group/i", false),
    ]);
    let error = Expression::parse("/group/ != $PATH")
        .unwrap()
        .evaluate(&Job)
        .unwrap_err();
    let pattern = "/group/".to_owned();
    let operator = Operator::NotEquals;
    assert_eq!(
        error,
        ExpressionError::PatternCompared { operator, pattern }
    );
}

#[test]
fn a_pattern_is_found_anywhere() {
    assert_booleans(&[
        ("$NAME =~ /ild o/", true),
        ("$NAME =~ /^one/", false),
        ("$NAME =~ /one$/", true),
        ("$NAME =~ /ONE$/", false),
        ("$NAME =~ /ONE$/i", true),
        ("$NAME !~ /one$/", false),
        ("$NAME !~ /two/", true),
        (r"$PATH =~ /^\/group\/project$/", true),
        ("$EMPTY =~ /^$/", true),
        ("$EMPTY =~ /x*y*/", true),
        ("$EMPTY =~ /xy/", false),
        // Null on the left is the empty text.
        ("$UNSET =~ /^$/", true),
        ("$UNSET =~ /xy/", false),
        ("$UNSET !~ /xy/", true),
        ("true =~ /tr/", true),
        ("$[[ inputs.count ]] =~ /^3$/", true),
        // Variables inside of a pattern are not expanded.
        ("$NAME =~ /$NAME/", false),
    ]);
}

#[test]
fn lines_count_only_with_the_flag_m() {
    assert_booleans(&[
        ("$LINES =~ /^last$/", false),
        ("$LINES =~ /^last$/m", true),
        ("$LINES =~ /first.*last/", false),
        ("$LINES =~ /first.*last/s", true),
        ("$LINES =~ /FIRST.*LAST/si", true),
    ]);
}

#[test]
fn the_right_side_may_be_a_variable_with_a_pattern() {
    assert_booleans(&[
        ("$NAME =~ $PATTERN", true),
        ("$NAME =~ $OTHER_PATTERN", false),
        ("$NAME !~ $PATTERN", false),
        ("$PATH =~ $SLASHED", true),
        ("$NAME =~ '/one/'", true),
        // What the language itself would refuse as too short.
        ("$NAME =~ $EMPTY_PATTERN", true),
        ("$NAME =~ '/o/'", true),
        // The first line that looks like a pattern is the pattern.
        ("'two' =~ $LINES", true),
        ("'first' =~ $LINES", false),
    ]);
}

/// Then the roles are exchanged: the left side is searched in the right one.
#[test]
fn the_right_side_may_be_a_text() {
    assert_booleans(&[
        ("'23' =~ '1234'", true),
        ("'23' =~ $DIGITS", true),
        ("$DIGITS =~ '23'", false),
        ("$DIGITS !~ '23'", true),
        ("$NAME =~ $NAME", true),
        ("$UNSET =~ 'anything'", true),
        ("$EMPTY =~ ''", true),
        // An invalid pattern in a variable is no error, but a text.
        ("'a(' =~ $BROKEN_PATTERN", true),
        ("'b' =~ $BROKEN_PATTERN", false),
    ]);
}

#[test]
fn nothing_on_the_right_matches_nothing() {
    assert_booleans(&[
        ("$NAME =~ $UNSET", false),
        ("$NAME !~ $UNSET", true),
        ("$UNSET =~ null", false),
        ("$NAME =~ false", false),
        ("$NAME !~ false", true),
    ]);
}

#[test]
fn some_right_sides_cannot_be_matched() {
    for (text, operator, value) in [
        ("$NAME =~ true", Operator::Matches, Value::Boolean(true)),
        (
            "$NAME !~ $[[ inputs.count ]]",
            Operator::NotMatches,
            Value::Number("3".to_owned()),
        ),
    ] {
        let error = Expression::parse(text).unwrap().evaluate(&Job).unwrap_err();
        assert_eq!(error, ExpressionError::NotAPattern { operator, value });
    }
}

#[test]
fn and_gives_the_first_side_that_is_null_or_false_else_the_last() {
    assert_eq!(evaluate("$NAME && 'a'"), text("a"));
    assert_eq!(evaluate("$EMPTY && 'a'"), text("a"));
    assert_eq!(evaluate("'a' && $EMPTY"), text(""));
    assert_eq!(evaluate("$UNSET && 'a'"), Value::Null);
    assert_eq!(evaluate("'a' && $UNSET"), Value::Null);
    assert_eq!(evaluate("'a' == 'b' && $UNSET"), Value::Boolean(false));
    assert_eq!(evaluate("$UNSET && $NAME =~ true"), Value::Null);
}

#[test]
fn or_gives_the_first_side_that_is_neither_else_the_last() {
    assert_eq!(evaluate("$NAME || 'a'"), text("build one"));
    assert_eq!(evaluate("$EMPTY || 'a'"), text(""));
    assert_eq!(evaluate("$UNSET || 'a'"), text("a"));
    assert_eq!(evaluate("null || 'a' == 'b'"), Value::Boolean(false));
    assert_eq!(evaluate("'a' == 'b' || null"), Value::Null);
    assert_eq!(evaluate("$NAME || $NAME =~ true"), text("build one"));
}

#[test]
fn not_is_about_presence() {
    assert_booleans(&[
        ("!$NAME", false),
        ("!$EMPTY", true),
        ("!$BLANK", true),
        ("!$UNSET", true),
        ("!!$NAME", true),
        ("!false", true),
        ("!/ab/", false),
    ]);
}

#[test]
fn the_result_is_about_presence() {
    for (text, expected) in [
        ("$NAME", true),
        ("$EMPTY", false),
        ("$BLANK", false),
        ("$UNSET", false),
        ("$TRUE", true),
        ("'false'", true),
        ("$EMPTY || $NAME", false),
        ("$EMPTY && $NAME", true),
        ("$BLANK == ' '", false),
    ] {
        let decision = Expression::parse(text).unwrap().decide(&Job);
        assert_eq!(decision.result, expected, "{text}");
    }
}

#[test]
fn maps_and_closures_are_lookups_without_inputs() {
    let expression = Expression::parse("$A == 'x' && $[[ inputs.a ]] == null").unwrap();
    let map = BTreeMap::from([("A".to_owned(), "x".to_owned())]);
    assert!(expression.decide(&map).result);
    let closure = |name: &str| (name == "A").then(|| "x".to_owned());
    assert!(expression.decide(&closure).result);
    assert!(!expression.decide(&BTreeMap::new()).result);
}

proptest! {
    #[test]
    fn any_values_can_be_compared(
        left in any::<String>(),
        right in prop_oneof![any::<String>(), "/.{0,20}/[ismU]{0,3}"],
    ) {
        let variables = BTreeMap::from([
            ("L".to_owned(), left.clone()),
            ("R".to_owned(), right.clone()),
        ]);
        let holds = |text: &str| Expression::parse(text).unwrap().decide(&variables).result;
        prop_assert_eq!(holds("$L == $R"), left == right);
        prop_assert_eq!(holds("$L != $R"), left != right);
        prop_assert_eq!(holds("$L =~ $R"), !holds("$L !~ $R"));
    }
}
