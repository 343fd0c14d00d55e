//! Masking, held against the plainest program that could do it.

use std::ops::Range;

use build_token_secret::{Form, MASK, MaskStream, Masker, Secret, forms};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// All occurrences of all forms, by trying each at each place.
fn occurrences(forms: &[Form], text: &[u8]) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for start in 0..text.len() {
        for form in forms {
            if text[start..].starts_with(&form.bytes) {
                all.push(start..start + form.bytes.len());
            }
        }
    }
    all
}

/// Overlapping occurrences become one.
fn merged(occurrences: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for next in occurrences {
        match merged.last_mut() {
            Some(last) if next.start < last.end => last.end = last.end.max(next.end),
            _ => merged.push(next),
        }
    }
    merged
}

fn plainly_masked(forms: &[Form], text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut past = 0;
    for range in merged(occurrences(forms, text)) {
        out.extend_from_slice(&text[past..range.start]);
        out.extend_from_slice(MASK);
        past = range.end;
    }
    out.extend_from_slice(&text[past..]);
    out
}

/// How many bytes have to be held back: from the first place on where a form may have begun, without
/// what is masked in any case.
fn plainly_pending(forms: &[Form], text: &[u8]) -> usize {
    let begins = |start: &usize| {
        let rest = &text[*start..];
        let longer = |form: &&Form| form.bytes.len() > rest.len();
        forms
            .iter()
            .filter(longer)
            .any(|form| form.bytes.starts_with(rest))
    };
    let undecided = (0..text.len()).find(begins).unwrap_or(text.len());
    let mut all = occurrences(forms, text);
    all.retain(|range| range.start < undecided);
    let masked = merged(all).last().map_or(0, |range| range.end);
    text.len() - masked.max(undecided)
}

fn forms_of(secrets: &[Secret]) -> Vec<Form> {
    secrets.iter().flat_map(forms).collect()
}

fn told(masker: Masker, secrets: &[Secret]) -> Masker {
    for secret in secrets {
        masker.add(secret);
    }
    masker
}

fn push_all(stream: &mut MaskStream, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(piece, &mut out);
    }
    stream.finish(&mut out);
    out
}

/// Values that overlap with themselves and with each other, and values that need escaping.
fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![
        "[ab]{1,12}",
        "[ab]{16,40}",
        "[a-c '\"<&\\\\/\n\té💚]{4,24}",
        "glpat-[A-Za-z0-9_-]{20}",
        "[a-z]{3,10}\r?\n[a-z]{3,20}\n?",
    ]
    .prop_map(Secret::new)
}

/// One part of a log, made of the secrets where that is possible.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Bytes(Vec<u8>),
    /// A piece of one of the forms: all of it, its beginning, or its end.
    Form(Index, Index, Cut),
}

#[derive(Debug, Clone, Copy)]
enum Cut {
    Whole,
    Beginning,
    End,
}

fn part() -> impl Strategy<Value = Part> {
    let cut = prop_oneof![3 => Just(Cut::Whole), 1 => Just(Cut::Beginning), 1 => Just(Cut::End)];
    prop_oneof![
        2 => "[ab]{0,20}|[ -~]{0,20}|\r?\n".prop_map(Part::Text),
        1 => "(glpat-|glrt-|hvs\\.|s\\.)[A-Za-z0-9]{0,30}[ .]?".prop_map(Part::Text),
        1 => "(g|gl|glpat|ey|eyJ|eyJhbGciOiJSUzI1NiJ9\\.?(eyJ)?[a-z]*)".prop_map(Part::Text),
        1 => vec(any::<u8>(), 0..10).prop_map(Part::Bytes),
        4 => (any::<Index>(), any::<Index>(), cut).prop_map(|(form, at, cut)| Part::Form(form, at, cut)),
    ]
}

fn text_of(parts: &[Part], forms: &[Form]) -> Vec<u8> {
    let mut text = Vec::new();
    for part in parts {
        match part {
            Part::Text(part) => text.extend_from_slice(part.as_bytes()),
            Part::Bytes(part) => text.extend_from_slice(part),
            Part::Form(form, at, cut) if !forms.is_empty() => {
                let bytes = &form.get(forms).bytes;
                let at = at.index(bytes.len());
                text.extend_from_slice(match cut {
                    Cut::Whole => bytes,
                    Cut::Beginning => &bytes[..at],
                    Cut::End => &bytes[at..],
                });
            }
            Part::Form(..) => {}
        }
    }
    text
}

/// Cuts a text at these places.
fn pieces<'a>(text: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
}

proptest! {
    #[test]
    fn does_what_the_plainest_program_does(
        secrets in vec(secret(), 0..5),
        parts in vec(part(), 0..12),
    ) {
        let forms = forms_of(&secrets);
        let text = text_of(&parts, &forms);
        let masker = told(Masker::without_shapes(), &secrets);
        prop_assert_eq!(masker.mask(&text), plainly_masked(&forms, &text));
    }

    #[test]
    fn any_split_gives_what_the_whole_gives(
        secrets in vec(secret(), 0..5),
        parts in vec(part(), 0..12),
        cuts in vec(any::<Index>(), 0..12),
        shapes in any::<bool>(),
    ) {
        let text = text_of(&parts, &forms_of(&secrets));
        let empty = if shapes { Masker::new() } else { Masker::without_shapes() };
        let masker = told(empty, &secrets);
        let whole = masker.mask(&text);
        prop_assert_eq!(&push_all(&mut masker.stream(), &pieces(&text, &cuts)), &whole);
        let bytes: Vec<_> = text.chunks(1).collect();
        prop_assert_eq!(&push_all(&mut masker.stream(), &bytes), &whole);
    }

    #[test]
    fn no_form_survives(
        secrets in vec(secret(), 1..5),
        parts in vec(part(), 1..12),
    ) {
        let mut forms = forms_of(&secrets);
        let text = text_of(&parts, &forms);
        let out = told(Masker::new(), &secrets).mask(&text);
        forms.retain(|form| form.bytes.len() >= 8);
        prop_assert!(occurrences(&forms, &out).is_empty());
    }

    #[test]
    fn holds_back_no_more_than_it_must(
        secrets in vec(secret(), 0..5),
        parts in vec(part(), 0..12),
    ) {
        let forms = forms_of(&secrets);
        let text = text_of(&parts, &forms);
        let mut stream = told(Masker::without_shapes(), &secrets).stream();
        stream.push(&text, &mut Vec::new());
        prop_assert_eq!(stream.pending(), plainly_pending(&forms, &text));
    }

    #[test]
    fn without_secrets_and_shapes_nothing_changes(text in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Masker::without_shapes().mask(&text), text);
    }
}

#[test]
fn every_beginning_of_a_form_is_held_back() {
    let secrets = [
        Secret::new("z_sxgtrfAxKr8q1TPY8Y"),
        Secret::new("short-one"),
    ];
    let masker = told(Masker::without_shapes(), &secrets);
    for form in forms_of(&secrets) {
        // Whatever phase the search is in when the form begins.
        for before in 0..form.bytes.len() {
            for length in [1, form.bytes.len() / 2, form.bytes.len() - 1] {
                let text = [&vec![b'.'; before], &form.bytes[..length]].concat();
                let mut stream = masker.stream();
                stream.push(&text, &mut Vec::new());
                assert!(stream.pending() >= length, "{form:?} {before} {length}");
            }
        }
    }
}

#[test]
fn a_secret_can_be_added_while_a_stream_runs() {
    let masker = Masker::new();
    let secret = Secret::new("only-known-later");
    let mut stream = masker.stream();
    let mut out = Vec::new();
    stream.push(b"before: only-known-later, ", &mut out);
    masker.clone().add(&secret);
    stream.push(b"after: only-known", &mut out);
    assert_eq!(stream.pending(), "only-known".len());
    stream.push(b"-later.", &mut out);
    stream.finish(&mut out);
    assert_eq!(out, b"before: only-known-later, after: [MASKED].");
}

#[test]
fn matches_that_touch_stay_two_and_those_that_overlap_become_one() {
    let masker = told(
        Masker::new(),
        &[Secret::new("abcdefgh"), Secret::new("ghabcdef")],
    );
    assert_eq!(masker.mask(b"abcdefghabcdefgh"), MASK);
    assert_eq!(masker.mask(b"ghabcdefabcdefgh"), [MASK, MASK].concat());
}

#[test]
fn a_repeated_beginning_does_not_lose_the_match() {
    let masker = told(Masker::new(), &[Secret::new("aaaaaaab")]);
    let out = push_all(&mut masker.stream(), &[b"aaaaaaa", b"aaab", b"!"]);
    assert_eq!(out, b"aaa[MASKED]!");
}

#[test]
fn short_secrets_are_masked_as_they_are_or_not_at_all() {
    let masker = told(Masker::new(), &[Secret::new("abc"), Secret::new("defg")]);
    assert_eq!(masker.mask(b"abc defg 64656667"), b"abc [MASKED] 64656667");
    assert_eq!(told(Masker::new(), &[Secret::new("")]).mask(b"abc"), b"abc");
}

#[test]
fn a_hundred_secrets_are_found() {
    let secrets: Vec<_> = (0..100)
        .map(|number| Secret::new(format!("{number:03}-the-secret-of-{number:03}")))
        .collect();
    let masker = told(Masker::new(), &secrets);
    for secret in &secrets {
        let line = format!("<{}>", secret.expose());
        assert_eq!(masker.mask(line.as_bytes()), b"<[MASKED]>");
    }
}

#[test]
fn blocks_of_a_long_input_have_no_seams() {
    let masker = told(Masker::new(), &[Secret::new("sixteen bytes ok")]);
    let text = b"12345 sixteen bytes ok".repeat(10_000);
    assert_eq!(masker.mask(&text), b"12345 [MASKED]".repeat(10_000));
}

#[test]
fn can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Masker>();
    sent::<MaskStream>();
}
