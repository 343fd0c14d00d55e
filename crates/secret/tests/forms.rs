//! The forms, held against what real programs write.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use build_token_secret::{FormKind, MASK, Masker, Secret, forms};

/// Something to escape for everyone.
const VALUE: &str = "pa ss/w<o>rd&'\"$é💚\\`end~*!";

/// A token like GitLab's.
const TOKEN: &str = "glpat-z_sxgtrfAxKr8q1TPY8Y";

fn masker(value: &str) -> Masker {
    let masker = Masker::without_shapes();
    masker.add(&Secret::new(value));
    masker
}

fn mask(value: &str, text: &str) -> String {
    mask_text(&masker(value), text)
}

fn mask_text(masker: &Masker, text: &str) -> String {
    String::from_utf8_lossy(&masker.mask(text.as_bytes())).into_owned()
}

#[test]
fn masks_what_real_programs_make_of_a_value() {
    // Each line was written by the program that it names, for `VALUE`.
    for (program, written, masked) in [
        (
            "Python, quote",
            "pa%20ss/w%3Co%3Erd%26%27%22%24%C3%A9%F0%9F%92%9A%5C%60end~%2A%21",
            "[MASKED]",
        ),
        (
            "Python, quote_plus",
            "pa+ss%2Fw%3Co%3Erd%26%27%22%24%C3%A9%F0%9F%92%9A%5C%60end~%2A%21",
            "[MASKED]",
        ),
        (
            "Go, PathEscape",
            "pa%20ss%2Fw%3Co%3Erd&%27%22$%C3%A9%F0%9F%92%9A%5C%60end~%2A%21",
            "[MASKED]",
        ),
        (
            "Node, encodeURIComponent",
            "pa%20ss%2Fw%3Co%3Erd%26'%22%24%C3%A9%F0%9F%92%9A%5C%60end~*!",
            "[MASKED]",
        ),
        (
            "Node, encodeURI",
            "pa%20ss/w%3Co%3Erd&'%22$%C3%A9%F0%9F%92%9A%5C%60end~*!",
            "[MASKED]",
        ),
        (
            "Node, URLSearchParams",
            "v=pa+ss%2Fw%3Co%3Erd%26%27%22%24%C3%A9%F0%9F%92%9A%5C%60end%7E*%21",
            "v=[MASKED]",
        ),
        (
            "git credential-store",
            "https://u:pa%20ss%2fw%3co%3erd%26%27%22%24%c3%a9%f0%9f%92%9a%5c%60end~%2a%21@h.example",
            "https://u:[MASKED]@h.example",
        ),
        (
            "Python, json.dumps",
            r#""pa ss/w<o>rd&'\"$\u00e9\ud83d\udc9a\\`end~*!""#,
            "\"[MASKED]\"",
        ),
        (
            "Node, JSON.stringify",
            r#""pa ss/w<o>rd&'\"$é💚\\`end~*!""#,
            "\"[MASKED]\"",
        ),
        (
            "Go, json.Marshal",
            r#""pa ss/w\u003co\u003erd\u0026'\"$é💚\\`end~*!""#,
            "\"[MASKED]\"",
        ),
        (
            "Python, html.escape",
            "pa ss/w&lt;o&gt;rd&amp;&#x27;&quot;$é💚\\`end~*!",
            "[MASKED]",
        ),
        (
            "Go, html.EscapeString",
            "pa ss/w&lt;o&gt;rd&amp;&#39;&#34;$é💚\\`end~*!",
            "[MASKED]",
        ),
        (
            "Python, shlex.quote",
            r#"'pa ss/w<o>rd&'"'"'"$é💚\`end~*!'"#,
            "'[MASKED]'",
        ),
        (
            "bash, set -x",
            r#"+ : 'pa ss/w<o>rd&'\''"$é💚\`end~*!'"#,
            "+ : '[MASKED]'",
        ),
        (
            "bash, declare -p",
            r#"V="pa ss/w<o>rd&'\"\$é💚\\\`end~*!""#,
            "V=\"[MASKED]\"",
        ),
        (
            "bash, printf %q",
            r#"pa\ ss/w\<o\>rd\&\'\"\$é💚\\\`end~\*\!"#,
            "[MASKED]",
        ),
        (
            "base64",
            "cGEgc3MvdzxvPnJkJiciJMOp8J+SmlxgZW5kfioh",
            "[MASKED]",
        ),
        (
            "base64 of oauth2:VALUE",
            "b2F1dGgyOnBhIHNzL3c8bz5yZCYnIiTDqfCfkppcYGVuZH4qIQ==",
            "b2F1dGgyOn[MASKED]Q==",
        ),
        (
            "xxd -p",
            "70612073732f773c6f3e726426272224c3a9f09f929a5c60656e647e2a21",
            "[MASKED]",
        ),
    ] {
        assert_eq!(mask(VALUE, written), masked, "{program}");
    }
}

#[test]
fn masks_what_other_programs_say_they_write() {
    let php = r#""pa ss\/w<o>rd&'\"$\u00e9\ud83d\udc9a\\`end~*!""#;
    assert_eq!(mask(VALUE, php), "\"[MASKED]\"");
    let ruby = r#"pa\ ss/w\<o\>rd\&\'\"\$\é\💚\\\`end\~\*\!"#;
    assert_eq!(mask(VALUE, ruby), "[MASKED]");
}

#[test]
fn leaves_nothing_of_the_base64_of_the_value_alone() {
    for value in ["eight888", "nine99999", "ten1010101", "???>>>???>>>x"] {
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            assert_eq!(mask(value, &engine.encode(value)), "[MASKED]");
        }
    }
}

#[test]
fn masks_line_breaks_as_shells_and_json_write_them() {
    let value = "line 'one'\nline\\two\ttab";
    assert_eq!(
        mask(value, r"$'line \'one\'\nline\\two\ttab'"),
        "$'[MASKED]'"
    );
    assert_eq!(
        mask(value, r#""line 'one'\nline\\two\ttab""#),
        "\"[MASKED]\""
    );
}

#[test]
fn masks_utf16() {
    for (to_bytes, space) in [
        (u16::to_le_bytes as fn(u16) -> [u8; 2], b" \0"),
        (u16::to_be_bytes, b"\0 "),
    ] {
        let text: Vec<u8> = " pässword💚 ".encode_utf16().flat_map(to_bytes).collect();
        let expected = [&space[..], MASK, space].concat();
        assert_eq!(masker("pässword💚").mask(&text), expected);
    }
}

#[test]
fn masks_the_basic_header_of_any_user() {
    for user in [
        "oauth2",
        "gitlab-ci-token",
        "x",
        "xy",
        "someone@example.com",
    ] {
        let header = STANDARD.encode(format!("{user}:{TOKEN}"));
        let masked = mask(TOKEN, &format!("Authorization: Basic {header}"));
        let rest = masked.strip_prefix("Authorization: Basic ").unwrap();
        let (before, after) = rest.split_once("[MASKED]").unwrap();
        // What is left holds the user, and at most four bits of the token on either side.
        let all_of_user = (user.len() + 1) * 8;
        assert!(before.len() * 6 <= all_of_user + 4, "{masked}");
        assert!(after.trim_end_matches('=').len() <= 1, "{masked}");
    }
}

/// Wherever a value lies in a longer text, and however the base64 of that is wrapped.
#[test]
fn masks_base64_at_every_place_of_a_longer_text() {
    for value in [TOKEN, &TOKEN.repeat(8)] {
        let masker = masker(value);
        for before in 0..120 {
            let text = ["<".repeat(before), value.to_owned(), "ÿÿ".to_owned()].concat();
            // The characters that the value alone decides.
            let first = (before * 8).div_ceil(6);
            let last = (before + value.len()) * 8 / 6 - 1;
            for (encoded, line_break) in [
                (URL_SAFE_NO_PAD.encode(&text), ""),
                (STANDARD.encode(&text), ""),
                (STANDARD.encode(&text), "\n"),
                (STANDARD.encode(&text), "\r\n"),
            ] {
                let wrapped = wrap(&encoded, line_break);
                let wrapped_at = |index: usize| index + index / 76 * line_break.len();
                let left = &wrapped[..wrapped_at(first)];
                let right = &wrapped[wrapped_at(last) + 1..];
                let expected = format!("{left}[MASKED]{right}");
                assert_eq!(
                    mask_text(&masker, &wrapped),
                    expected,
                    "{before} bytes before"
                );
            }
        }
    }
}

fn wrap(encoded: &str, line_break: &str) -> String {
    let mut wrapped = String::new();
    for (index, character) in encoded.chars().enumerate() {
        if index > 0 && index % 76 == 0 {
            wrapped.push_str(line_break);
        }
        wrapped.push(character);
    }
    wrapped
}

#[test]
fn masks_each_line_of_a_value_that_has_several() {
    let value = "-----BEGIN KEY-----\nAAECAwQFBgcICQ\nend\n-----END KEY-----\n";
    assert_eq!(mask(value, value), "[MASKED]");
    assert_eq!(
        mask(
            value,
            "  -----BEGIN KEY-----\r\n  AAECAwQFBgcICQ\r\n  end\r\n"
        ),
        "  [MASKED]\r\n  [MASKED]\r\n  end\r\n"
    );
    // `base64` of one line.
    assert_eq!(mask(value, "QUFFQ0F3UUZCZ2NJQ1E="), "[MASKED]");
}

#[test]
fn white_space_around_a_value_is_not_needed() {
    assert_eq!(
        mask(" the-value-itself\n", "<the-value-itself>"),
        "<[MASKED]>"
    );
}

#[test]
fn short_values_have_few_forms() {
    let kinds = |value: &str| -> Vec<FormKind> {
        forms(&Secret::new(value))
            .iter()
            .map(|form| form.kind)
            .collect()
    };
    assert_eq!(kinds(""), []);
    assert_eq!(kinds("abc"), []);
    assert_eq!(kinds("abcd"), [FormKind::Raw]);
    assert_eq!(kinds("a\nb\nc d"), [FormKind::Raw]);
    assert!(kinds("abcdefgh").len() > 10);
}

#[test]
fn no_form_is_trivial_and_none_comes_twice() {
    for value in [
        "abcdefgh",
        VALUE,
        TOKEN,
        "abcdefg\nabcdefgh\n1\n",
        "\n\n\n\n\n\n\n\n\n",
    ] {
        let forms = forms(&Secret::new(value));
        let distinct: HashSet<_> = forms.iter().map(|form| &form.bytes[..]).collect();
        assert_eq!(distinct.len(), forms.len());
        assert!(forms.iter().all(|form| form.bytes.len() >= 8));
        assert!(forms.is_sorted_by(|one, next| one.bytes[..] < next.bytes[..]));
    }
}

#[test]
fn debug_shows_no_bytes() {
    for form in forms(&Secret::new(TOKEN)) {
        let shown = format!("{form:?}");
        assert_eq!(
            shown,
            format!("Form({:?}, {} bytes)", form.kind, form.bytes.len())
        );
    }
}
