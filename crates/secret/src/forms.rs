//! Every form in which a secret may appear: the masker and the leak scan look for exactly these.

use std::fmt;

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::Secret;
use crate::encode::{self, Bytes};

/// The shortest secret that is looked for, in bytes. What is shorter occurs by chance everywhere.
pub(crate) const SHORTEST: usize = 4;

/// The shortest value, and the shortest form, that is looked for in all encodings, in bytes. Below
/// that only the value itself is.
pub(crate) const SHORTEST_ENCODED: usize = 8;

/// How a form was made from its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FormKind {
    /// The value as it is.
    Raw,
    /// One line of a value that has several, without the white space around it.
    Line,
    /// Base64, standard or URL-safe, alone or inside the base64 of a longer text.
    Base64,
    /// Base64 with a line break after every 76 characters.
    Base64Wrapped,
    /// Percent-encoded, as in URLs.
    Percent,
    /// Escaped for a JSON string.
    Json,
    /// Quoted or escaped for a shell.
    Shell,
    /// Escaped for HTML.
    Html,
    /// Hexadecimal digits.
    Hex,
    /// UTF-16, little- or big-endian.
    Utf16,
}

/// One form of a secret. As secret as the secret itself, so `Debug` shows no bytes.
#[derive(Clone)]
pub struct Form {
    /// How it was made.
    pub kind: FormKind,
    /// The bytes to look for; zeroed on drop.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl Form {
    fn new(kind: FormKind, bytes: Bytes) -> Self {
        Self { kind, bytes }
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// All forms of a secret, sorted by their bytes; each byte string once, under the first kind that
/// makes it.
///
/// A secret of eight bytes or more comes in every form, and so does each of its lines that has eight
/// bytes or more. A secret of four to seven bytes comes raw only; a shorter one has no form, since
/// masking it would blank every log.
#[must_use]
pub fn forms(secret: &Secret) -> Vec<Form> {
    let value = secret.expose();
    let mut forms = Vec::new();
    if value.len() >= SHORTEST {
        forms.push(Form::new(FormKind::Raw, raw(value)));
    }
    if value.len() >= SHORTEST_ENCODED {
        add_encodings(value, &mut forms);
        for line in value.split(['\n', '\r']).map(str::trim) {
            if line.len() >= SHORTEST_ENCODED && line.len() < value.len() {
                forms.push(Form::new(FormKind::Line, raw(line)));
                add_encodings(line, &mut forms);
            }
        }
    }
    sort_and_dedup(&mut forms);
    forms
}

/// Sorts by bytes, and leaves each byte string once.
pub(crate) fn sort_and_dedup(forms: &mut Vec<Form>) {
    forms.sort_unstable_by(|one, other| {
        let by_bytes = one.bytes.cmp(&other.bytes);
        by_bytes.then(one.kind.cmp(&other.kind))
    });
    forms.dedup_by(|one, before| one.bytes == before.bytes);
}

fn raw(value: &str) -> Bytes {
    Zeroizing::new(value.as_bytes().to_vec())
}

fn add_encodings(value: &str, forms: &mut Vec<Form>) {
    add_base64(value, forms);
    for upper in [false, true] {
        forms.push(Form::new(FormKind::Hex, encode::hex(value, upper)));
    }
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        forms.push(Form::new(FormKind::Utf16, encode::utf16(value, to_bytes)));
    }
    if !value.bytes().all(is_never_escaped) {
        add_escapes(value, forms);
    }
}

/// Most tokens are made of these alone, and then every escape leaves them as they are.
fn is_never_escaped(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

fn add_escapes(value: &str, forms: &mut Vec<Form>) {
    let mut add = |kind, bytes| forms.push(Form::new(kind, bytes));
    for style in &encode::PERCENT_STYLES {
        for upper in [false, true] {
            add(FormKind::Percent, encode::percent(value, style, upper));
        }
    }
    for style in encode::JSON_STYLES {
        add(FormKind::Json, encode::json(value, style));
    }
    for style in encode::SHELL_STYLES {
        add(FormKind::Shell, encode::shell(value, style));
    }
    for style in &encode::HTML_STYLES {
        add(FormKind::Html, encode::html(value, style));
    }
}

/// `user:token` of a Basic header needs no form of its own: the token has one of three alignments in
/// it, whatever the user is called.
fn add_base64(value: &str, forms: &mut Vec<Form>) {
    let mut add = |kind, bytes| forms.push(Form::new(kind, bytes));
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        let alone = encode::base64_alone(value.as_bytes(), engine);
        add(FormKind::Base64, alone);
    }
    for alignment in 0..3 {
        let url_safe = encode::base64_inside(value, alignment, &URL_SAFE_NO_PAD);
        add(FormKind::Base64, url_safe);
        let inside = encode::base64_inside(value, alignment, &STANDARD_NO_PAD);
        // Nobody wraps the URL-safe alphabet: it is for places that have no lines.
        for line_break in [&b"\n"[..], b"\r\n"] {
            for wrapped in encode::base64_wrapped(&inside, alignment, line_break) {
                add(FormKind::Base64Wrapped, wrapped);
            }
        }
        add(FormKind::Base64, inside);
    }
}
