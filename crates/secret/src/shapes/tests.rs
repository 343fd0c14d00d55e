//! Each shape as it is, cut off, too short, and beside what only looks like it.

use super::*;
use crate::Masker;

const BODY: &str = "z_sxgtrfAxKr8q1TPY8Y";
const SERVICE_TOKEN: &str = "s.Zx81mQkTbn4wVd0HsYcRj7Ua";

fn mask(text: &str) -> String {
    String::from_utf8(Masker::new().mask(text.as_bytes())).unwrap()
}

#[test]
fn masks_every_prefix_of_gitlab_and_vault() {
    for prefix in GITLAB {
        assert_eq!(mask(&format!("a {prefix}{BODY} b")), "a [MASKED] b");
        assert_eq!(mask(&format!("a {prefix} b")), format!("a {prefix} b"));
    }
    for prefix in VAULT {
        assert_eq!(mask(&format!("x={prefix}{BODY}{BODY}\n")), "x=[MASKED]\n");
    }
    let batch = format!("b.AAAAAQ{}", BODY.repeat(4));
    assert_eq!(mask(&batch), "[MASKED]");
}

#[test]
fn no_prefix_hides_another() {
    // `hvb.AAAA` may hide its `b.AAAA`, which asks for a longer body.
    const { assert!(VAULT_BODY < BATCH_BODY) };
    for one in prefixes() {
        assert!(one.len() <= LONGEST_PREFIX);
        for other in prefixes().filter(|other| *other != one && *other != BATCH) {
            let shortest = one.len().min(other.len());
            let hides = (1..=shortest).any(|shared| one.ends_with(&other[..shared]));
            assert!(!hides, "{one} hides {other}");
        }
    }
}

#[test]
fn masks_the_whole_token_and_nothing_else() {
    assert_eq!(mask("glpat-aB3.01.0w1abcdefgh"), "[MASKED]");
    assert_eq!(
        mask(&format!("https://oauth2:glpat-{BODY}@host/a")),
        "https://oauth2:[MASKED]@host/a"
    );
    assert_eq!(mask(&format!("%0Aglcbt-64_{BODY}")), "%0A[MASKED]");
    assert_eq!(mask("glpat-too-short"), "glpat-too-short");
    assert_eq!(mask("Is glpat- its prefix?"), "Is glpat- its prefix?");
    assert_eq!(mask(&format!("SIE-glpat-{BODY}")), "SIE-[MASKED]");
}

#[test]
fn a_token_inside_a_token_is_one() {
    let nested = format!("glpat-short-glpat-{BODY}-glrt-{BODY}");
    assert_eq!(mask(&nested), "[MASKED]");
}

#[test]
fn masks_service_tokens_where_that_is_safe() {
    assert_eq!(mask(SERVICE_TOKEN), "[MASKED]");
    assert_eq!(
        mask(&format!("token: {SERVICE_TOKEN}\n")),
        "token: [MASKED]\n"
    );
    assert_eq!(mask(&format!("\"{SERVICE_TOKEN}\"")), "\"[MASKED]\"");
    assert_eq!(mask(&format!("{SERVICE_TOKEN}.nsid1 x")), "[MASKED] x");
    for other in [
        format!("class{SERVICE_TOKEN}"),
        format!("this.{SERVICE_TOKEN}"),
        format!("é{SERVICE_TOKEN}"),
        format!("{SERVICE_TOKEN}x"),
        format!("{SERVICE_TOKEN}_x"),
        format!("{SERVICE_TOKEN}-x"),
        SERVICE_TOKEN[..25].to_owned(),
        "s.componentDidMountHandler".to_owned(),
        "files.AndThenTheNextSentence1".to_owned(),
    ] {
        assert_eq!(mask(&other), other);
    }
}

#[test]
fn masks_jwts_from_the_claims_on() {
    let header = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";
    assert_eq!(
        mask(&format!("{header}.eyJzdWIiOiIxIn0.c2ln-_ x")),
        "[MASKED] x"
    );
    assert_eq!(mask(&format!("{header}.eyJ")), "[MASKED]");
    let longest = format!("eyJ{}", "a".repeat(509));
    assert_eq!(mask(&format!("{longest}.eyJ.c2ln")), "[MASKED]");
    for other in [
        header.to_owned(),
        format!("{header}."),
        format!("{header}.ey"),
        format!("{header}.other"),
        "eyJ.eyJ".to_owned(),
        format!("{longest}a.eyJ"),
    ] {
        assert_eq!(mask(&other), other);
    }
}

#[test]
fn holds_back_only_what_may_be_a_token() {
    for (text, pending) in [
        ("Username: ", 0),
        ("Continue? [y/n] ", 0),
        ("a glpat", 5),
        ("a glpat-abc", 9),
        ("a glpat-abc ", 0),
        ("files", 0),
        ("a s", 1),
        ("a s.", 2),
        ("a s.abcdefghijklmnopqrstuvwxy", 0),
        ("a eyJhbGciOi", 10),
        ("a glpat-abcdefghijklmnopqrst", 0),
    ] {
        let mut stream = Masker::new().stream();
        let mut out = Vec::new();
        stream.push(text.as_bytes(), &mut out);
        assert_eq!(stream.pending(), pending, "{text}");
    }
}

#[test]
fn the_byte_before_a_push_counts() {
    let mut stream = Masker::new().stream();
    let mut out = Vec::new();
    for piece in ["clas", "s", ".Zx81mQkTbn4wVd0HsYcRj7Ua "] {
        stream.push(piece.as_bytes(), &mut out);
        assert_eq!(stream.pending(), 0, "{piece}");
    }
}

#[test]
fn a_long_token_is_masked_without_being_held() {
    let mut stream = Masker::new().stream();
    let mut out = Vec::new();
    stream.push(b"glpat-0123456789abcdefghij", &mut out);
    for _ in 0..100 {
        stream.push(&[b'x'; 10_000], &mut out);
        assert_eq!(stream.pending(), 0);
    }
    stream.push(b" end", &mut out);
    stream.finish(&mut out);
    assert_eq!(out, b"[MASKED] end");
}

#[test]
fn shapes_are_found_in_any_two_pieces() {
    let jwt = format!("eyJ{}.eyJzdWIiOiIxIn0.c2ln", "a".repeat(500));
    let texts = [
        format!("x GR1348941{BODY} glagent-{BODY} x"),
        format!("x hvb.AAAAAQ{} {jwt} x", BODY.repeat(4)),
        format!("x b.AAAAAQ{} b.AAAA{BODY} eyJ", BODY.repeat(4)),
        format!("x {SERVICE_TOKEN}.nsid1 {SERVICE_TOKEN}"),
        format!("class{SERVICE_TOKEN} this.{SERVICE_TOKEN} {SERVICE_TOKEN}x s"),
    ];
    for text in texts {
        let whole = mask(&text);
        for cut in 0..text.len() {
            let (one, other) = text.as_bytes().split_at(cut);
            let mut stream = Masker::new().stream();
            let mut out = Vec::new();
            stream.push(one, &mut out);
            stream.push(other, &mut out);
            stream.finish(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), whole, "cut at {cut}");
        }
    }
}
