//! `ci eval`: GitLab's rules expression.

use crate::simply;
use crate::support::Ran;

fn eval(arguments: &[&str]) -> Ran {
    simply(&[&["ci", "eval"], arguments].concat())
}

#[test]
fn people_get_true_or_false_and_both_are_no_failure() {
    for (expression, expected) in [
        ("$A == \"x\"", "true\n"),
        ("$A == \"y\"", "false\n"),
        ("$B", "false\n"),
        ("$A =~ /^X$/i", "true\n"),
    ] {
        let ran = eval(&[expression, "--var", "A=x"]);
        assert_eq!(
            (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, expected, ""),
            "{expression}"
        );
    }
}

#[test]
fn the_document_is_as_it_is_documented() {
    let ran = eval(&["$A == \"x\"", "--var", "A=x", "--format", "json"]);
    assert_eq!(ran.exit_code, 0);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "schema": 1,
      "result": true,
      "value": true,
      "tree": "equals($A, \"x\")",
      "tokens": [
        "$A",
        "==",
        "\"x\""
      ],
      "error": null
    }
    "#);
}

#[test]
fn values_are_shown_as_they_are() {
    let value = |expression: &str| {
        let ran = eval(&[
            expression, "--var", "A=x", "--var", "E=", "--format", "json",
        ]);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        format!("{} {}", document["result"], document["value"])
    };
    assert_eq!(value("$A"), "true \"x\"");
    assert_eq!(value("$E"), "false \"\"");
    assert_eq!(value("$U"), "false null");
    assert_eq!(value("$A && $E"), "false \"\"");
    assert_eq!(value("$U == null"), "true true");
    assert_eq!(value("/ab+/i"), "true \"/ab+/i\"");
}

#[test]
fn what_does_not_parse_is_false_and_an_error() {
    let ran = eval(&["$A ==", "--format", "json"]);
    assert_eq!(ran.exit_code, 65);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "schema": 1,
      "result": false,
      "value": null,
      "tree": null,
      "tokens": [
        "$A",
        "=="
      ],
      "error": {
        "message": "Invalid left operand"
      },
      "findings": [
        {
          "code": "BT-C09",
          "severity": "error",
          "title": "the condition is not in GitLab's expression language",
          "what": "`$A ==`: Invalid left operand",
          "why": "EXPR is read as GitLab reads `rules:if`: variables without braces, strings in quotes, patterns between slashes.",
          "fix": "Correct it; `build-token ci eval '$A =='` tries it.",
          "places": [],
          "evidence": {
            "problem": "Invalid left operand",
            "source": "EXPR",
            "when": "$A ==",
            "word": "'$A =='"
          },
          "request_id": null
        }
      ]
    }
    "#);
    insta::assert_snapshot!(ran.stderr, @"
    error[BT-C09]: the condition is not in GitLab's expression language
      what: `$A ==`: Invalid left operand
      why: EXPR is read as GitLab reads `rules:if`: variables without braces, strings in quotes, patterns between slashes.
      fix: Correct it; `build-token ci eval '$A =='` tries it.
    ");
}

#[test]
fn what_does_not_lex_has_no_tokens_either() {
    let ran = eval(&["$A == 'x' %", "--format", "json"]);
    assert_eq!(ran.exit_code, 65);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "schema": 1,
      "result": false,
      "value": null,
      "tree": null,
      "tokens": null,
      "error": {
        "message": "Unknown lexeme found!"
      },
      "findings": [
        {
          "code": "BT-C09",
          "severity": "error",
          "title": "the condition is not in GitLab's expression language",
          "what": "`$A == 'x' %`: Unknown lexeme found!",
          "why": "EXPR is read as GitLab reads `rules:if`: variables without braces, strings in quotes, patterns between slashes.",
          "fix": "Correct it; `build-token ci eval '$A == '\\''x'\\'' %'` tries it.",
          "places": [],
          "evidence": {
            "problem": "Unknown lexeme found!",
            "source": "EXPR",
            "when": "$A == 'x' %",
            "word": "'$A == '\\''x'\\'' %'"
          },
          "request_id": null
        }
      ]
    }
    "#);
    assert_eq!(eval(&["$A == 'x' %"]).stdout, "false\n");
}
