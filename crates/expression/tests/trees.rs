//! What parses into which tree, and what does not parse.

use build_token_expression::{Expression, ParseErrorKind, tokens};
use proptest::prelude::*;

fn tree(text: &str) -> String {
    match Expression::parse(text) {
        Ok(expression) => expression.tree(),
        Err(error) => format!("{} (at {})", error.message(), error.position),
    }
}

fn trees(texts: &[&str]) -> String {
    let lines = texts
        .iter()
        .map(|text| format!("{text}\n    {}", tree(text)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn values() {
    insta::assert_snapshot!(trees(&[
        "$A",
        "\"a b\"",
        "'say \"a\"'",
        "null",
        "true",
        "$[[inputs.a]]",
        r"/a\/b/i",
    ]), @r#"
    $A
        $A
    "a b"
        "a b"
    'say "a"'
        "say \"a\""
    null
        null
    true
        true
    $[[inputs.a]]
        $[[ inputs.a ]]
    /a\/b/i
        /a\/b/i
    "#);
}

#[test]
fn operators_bind_as_in_ruby_and_to_the_left() {
    insta::assert_snapshot!(trees(&[
        "$A == 'x'",
        "$A != 'x'",
        "$A =~ /xy/",
        "$A !~ /xy/",
        "$A == $B == $C",
        "$A || $B && $C || $D",
        "$A == 'x' && $B != 'y' || $C",
        "!$A == 'x'",
        "$A == !$B",
        "!!$A && $B",
        "$A && !$B || $C",
        "$A || $B || $C",
    ]), @r#"
    $A == 'x'
        equals($A, "x")
    $A != 'x'
        not_equals($A, "x")
    $A =~ /xy/
        matches($A, /xy/)
    $A !~ /xy/
        not_matches($A, /xy/)
    $A == $B == $C
        equals(equals($A, $B), $C)
    $A || $B && $C || $D
        or(or($A, and($B, $C)), $D)
    $A == 'x' && $B != 'y' || $C
        or(and(equals($A, "x"), not_equals($B, "y")), $C)
    !$A == 'x'
        equals(not($A), "x")
    $A == !$B
        equals($A, not($B))
    !!$A && $B
        and(not(not($A)), $B)
    $A && !$B || $C
        or(and($A, not($B)), $C)
    $A || $B || $C
        or(or($A, $B), $C)
    "#);
}

#[test]
fn parentheses_go_first() {
    insta::assert_snapshot!(trees(&[
        "($A)",
        "(($A || $B)) && $C",
        "!($A == 'x')",
        "$A && ($B || $C) && $D",
        "$A == ($B == $C)",
        "(($A == 'a' || $B == 'b') && $C) || $D",
    ]), @r#"
    ($A)
        $A
    (($A || $B)) && $C
        and(or($A, $B), $C)
    !($A == 'x')
        not(equals($A, "x"))
    $A && ($B || $C) && $D
        and(and($A, or($B, $C)), $D)
    $A == ($B == $C)
        equals($A, equals($B, $C))
    (($A == 'a' || $B == 'b') && $C) || $D
        or(and(or(equals($A, "a"), equals($B, "b")), $C), $D)
    "#);
}

/// A grammar would refuse these; GitLab's shunting-yard puts operators between what is there.
#[test]
fn operators_may_stand_anywhere() {
    insta::assert_snapshot!(trees(&["$A $B ==", "== $A $B", "$A !", "($A) ($B ==)"]), @"
    $A $B ==
        equals($A, $B)
    == $A $B
        equals($A, $B)
    $A !
        not($A)
    ($A) ($B ==)
        equals($A, $B)
    ");
}

#[test]
fn what_does_not_parse_has_gitlabs_message() {
    insta::assert_snapshot!(trees(&[
        "",
        " \t",
        "()",
        "!",
        "==",
        "$A ==",
        "== 'x'",
        "$A && || $B",
        "$A 'x'",
        "$A ! $B",
        "$A == 'x')",
        "$A == (",
        "($A == 'x'",
        ")",
        "$A = 'x'",
        "${A} == 'x'",
        "$A == x",
        "$A =~ /x(/",
        "$A =~ /x/",
        "/xy\n/",
    ]), @"

        Empty parse tree (at 0)
     	
        Empty parse tree (at 0)
    ()
        Empty parse tree (at 0)
    !
        Invalid operand (at 0)
    ==
        Invalid left operand (at 0)
    $A ==
        Invalid left operand (at 3)
    == 'x'
        Invalid left operand (at 0)
    $A && || $B
        Invalid left operand (at 3)
    $A 'x'
        Unreachable nodes in parse tree (at 3)
    $A ! $B
        Unreachable nodes in parse tree (at 3)
    $A == 'x')
        Unmatched parenthesis (at 9)
    $A == (
        Unprocessable token found in parse tree: parenthesis_open (at 6)
    ($A == 'x'
        Unprocessable token found in parse tree: parenthesis_open (at 0)
    )
        Unmatched parenthesis (at 0)
    $A = 'x'
        Unknown lexeme found! (at 3)
    ${A} == 'x'
        Unknown lexeme found! (at 0)
    $A == x
        Unknown lexeme found! (at 6)
    $A =~ /x(/
        Invalid regular expression! (at 6)
    $A =~ /x/
        Unknown lexeme found! (at 6)
    /xy
    /
        Invalid regular expression! (at 0)
    ");
}

#[test]
fn what_does_not_parse_may_have_tokens() {
    assert_eq!(tokens("$A == \"x\"").unwrap(), ["$A", "==", "\"x\""]);
    assert_eq!(tokens("$A =~ (/x(/i").unwrap(), ["$A", "=~", "(", "/x(/i"]);
    assert_eq!(tokens("$[[ inputs.a ]]").unwrap(), ["$[[ inputs.a ]]"]);
    assert!(tokens("").unwrap().is_empty());
    assert_eq!(
        tokens("$A = 1").unwrap_err().kind,
        ParseErrorKind::UnknownLexeme
    );
}

#[test]
fn ninety_nine_tokens_nest_as_deep_as_they_like() {
    let negations = format!("{}$A", "!".repeat(98));
    assert!(tree(&negations).starts_with("not(not("));
    let parentheses = format!("{}$A{}", "(".repeat(49), ")".repeat(49));
    assert_eq!(tree(&parentheses), "$A");
    let chain = format!("$A{}", " == $A".repeat(49));
    assert!(tree(&chain).starts_with("equals(equals("));
    for long in ["!", "(", "$A == "] {
        let error = Expression::parse(&long.repeat(1_000_000)).unwrap_err();
        assert_eq!(error.kind, ParseErrorKind::TooManyTokens, "{long}");
    }
}

#[test]
fn variables_and_inputs_are_listed_in_order_and_once() {
    let expression =
        Expression::parse("$B == $A && !($[[ inputs.i ]] || $B) || $C =~ /x$D/").unwrap();
    assert_eq!(expression.variables(), ["B", "A", "C"]);
    assert_eq!(expression.inputs(), ["i"]);
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused(text in any::<String>()) {
        let _ = Expression::parse(&text);
    }

    /// Nearly every such text has tokens; many of them parse.
    #[test]
    fn any_tokens_parse_or_are_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "$A", "'x'", "\"\"", "/xy/", "/x(/", "null", "true", "$[[ inputs.a ]]",
            "==", "!=", "=~", "!~", "&&", "||", "!", "(", ")",
        ]), 0..12),
    ) {
        let text = words.join(" ");
        prop_assert_eq!(tokens(&text).unwrap(), words);
        if let Ok(expression) = Expression::parse(&text) {
            let value = expression.evaluate(&|_: &str| None);
            let decision = expression.decide(&|_: &str| None);
            prop_assert_eq!(decision.result, value.is_ok_and(|value| value.is_present()));
            prop_assert_eq!(decision.deciding.is_some(), decision.error.is_none());
        }
    }
}
