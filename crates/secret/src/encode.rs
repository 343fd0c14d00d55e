//! The ways in which programs write a value down: each function is one way, and leaves only buffers
//! that are zeroed on drop.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use zeroize::Zeroizing;

pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// Where MIME, `base64` and others break a line of base64, in characters.
const LINE: usize = 76;

/// Appends what `write` makes of each character. Six bytes a character is the longest there is, so
/// that the buffer does not move and leave a copy behind.
fn each_char(text: &str, mut write: impl FnMut(char, &mut Vec<u8>)) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 6));
    for character in text.chars() {
        write(character, &mut out);
    }
    out
}

fn push_char(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn hex_digit(nibble: u8, upper: bool) -> u8 {
    match (nibble, upper) {
        (0..=9, _) => b'0' + nibble,
        (_, false) => b'a' + nibble - 10,
        (_, true) => b'A' + nibble - 10,
    }
}

fn push_hex(byte: u8, upper: bool, out: &mut Vec<u8>) {
    out.push(hex_digit(byte >> 4, upper));
    out.push(hex_digit(byte & 15, upper));
}

pub(crate) fn hex(text: &str, upper: bool) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2));
    for byte in text.bytes() {
        push_hex(byte, upper, &mut out);
    }
    out
}

pub(crate) fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2));
    for unit in text.encode_utf16() {
        out.extend_from_slice(&to_bytes(unit));
    }
    out
}

/// The base64 of a value that starts at byte `3n + alignment` of a longer text: only those
/// characters that the value alone decides, so it is found whatever stands around it.
pub(crate) fn base64_inside(text: &str, alignment: usize, engine: &GeneralPurpose) -> Bytes {
    let mut padded = Zeroizing::new(vec![0; alignment]);
    padded.reserve_exact(text.len());
    padded.extend_from_slice(text.as_bytes());
    let mut encoded = base64_alone(&padded, engine);
    encoded.truncate(padded.len() * 8 / 6);
    encoded.drain(..first_character(alignment));
    encoded
}

/// The base64 of the value and nothing else, with the engine's padding.
pub(crate) fn base64_alone(bytes: &[u8], engine: &GeneralPurpose) -> Bytes {
    Zeroizing::new(engine.encode(bytes).into_bytes())
}

/// The first base64 character that no bit of the `alignment` bytes before the value has a part in.
fn first_character(alignment: usize) -> usize {
    (alignment * 8).div_ceil(6)
}

/// The same base64 with a line break after every 76 characters, for each place where the first break
/// may fall: the text around the value decides that.
pub(crate) fn base64_wrapped<'a>(
    inside: &'a [u8],
    alignment: usize,
    line_break: &'a [u8],
) -> impl Iterator<Item = Bytes> + 'a {
    // Lines are whole groups of four characters, so a break can only fall between two groups.
    let first = 4 - first_character(alignment) % 4;
    (first..=LINE)
        .step_by(4)
        .take_while(|&at| at < inside.len())
        .map(move |at| {
            let (head, rest) = inside.split_at(at);
            let breaks = 1 + rest.len() / LINE;
            let room = inside.len() + breaks * line_break.len();
            let mut out = Zeroizing::new(Vec::with_capacity(room));
            out.extend_from_slice(head);
            for line in rest.chunks(LINE) {
                out.extend_from_slice(line_break);
                out.extend_from_slice(line);
            }
            out
        })
}

/// Which ASCII bytes a percent-encoder leaves as they are, letters and digits apart, and whether a
/// space becomes `+`.
pub(crate) struct PercentStyle(&'static [u8], bool);

pub(crate) const PERCENT_STYLES: [PercentStyle; 7] = [
    PercentStyle(b"-._~", false),                 // RFC 3986: git, curl
    PercentStyle(b"-._~/", false),                // Python's quote
    PercentStyle(b"-._~!*'()", false),            // JavaScript's encodeURIComponent
    PercentStyle(b"-._~!*'();/?:@&=+$,#", false), // JavaScript's encodeURI
    PercentStyle(b"-._~$&+=:@", false),           // Go's PathEscape
    PercentStyle(b"-._~", true),                  // forms: Python, Go, Ruby
    PercentStyle(b"-._*", true),                  // forms: browsers
];

pub(crate) fn percent(text: &str, style: &PercentStyle, upper: bool) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 3));
    for byte in text.bytes() {
        match byte {
            b' ' if style.1 => out.push(b'+'),
            _ if byte.is_ascii_alphanumeric() || style.0.contains(&byte) => out.push(byte),
            _ => {
                out.push(b'%');
                push_hex(byte, upper, &mut out);
            }
        }
    }
    out
}

/// What a JSON writer escapes beyond what it must.
#[derive(Clone, Copy)]
pub(crate) struct JsonStyle {
    /// Everything that is not ASCII, as Python does.
    ascii: bool,
    /// `<`, `>` and `&`, as Go and Rails do.
    html: bool,
    /// `/`, as PHP does.
    slash: bool,
    upper: bool,
}

pub(crate) const JSON_STYLES: [JsonStyle; 8] = [
    json_style(false, false, false, false),
    json_style(false, false, false, true),
    json_style(true, false, false, false),
    json_style(true, false, false, true),
    json_style(false, true, false, false),
    json_style(false, true, false, true),
    json_style(false, false, true, false),
    json_style(true, false, true, false),
];

const fn json_style(ascii: bool, html: bool, slash: bool, upper: bool) -> JsonStyle {
    JsonStyle {
        ascii,
        html,
        slash,
        upper,
    }
}

pub(crate) fn json(text: &str, style: JsonStyle) -> Bytes {
    each_char(text, |character, out| match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '/' if style.slash => out.extend_from_slice(b"\\/"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        '\0'..='\x1f' => push_unicode_escape(character, style.upper, out),
        '<' | '>' | '&' if style.html => push_unicode_escape(character, style.upper, out),
        '\u{7f}'.. if style.ascii => push_unicode_escape(character, style.upper, out),
        _ => push_char(character, out),
    })
}

fn push_unicode_escape(character: char, upper: bool, out: &mut Vec<u8>) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(b"\\u");
        for byte in unit.to_be_bytes() {
            push_hex(byte, upper, out);
        }
    }
}

/// How an HTML writer spells `"` and `'`; `&`, `<` and `>` have one spelling.
pub(crate) struct HtmlStyle(&'static str, &'static str);

pub(crate) const HTML_STYLES: [HtmlStyle; 6] = [
    HtmlStyle("\"", "'"),
    HtmlStyle("&quot;", "'"),
    HtmlStyle("&quot;", "&#39;"),
    HtmlStyle("&quot;", "&#x27;"),
    HtmlStyle("&quot;", "&apos;"),
    HtmlStyle("&#34;", "&#39;"),
];

pub(crate) fn html(text: &str, style: &HtmlStyle) -> Bytes {
    each_char(text, |character, out| match character {
        '&' => out.extend_from_slice(b"&amp;"),
        '<' => out.extend_from_slice(b"&lt;"),
        '>' => out.extend_from_slice(b"&gt;"),
        '"' => out.extend_from_slice(style.0.as_bytes()),
        '\'' => out.extend_from_slice(style.1.as_bytes()),
        _ => push_char(character, out),
    })
}

/// How a shell, or a program that prints a command for one, quotes a value.
#[derive(Clone, Copy)]
pub(crate) enum ShellStyle {
    /// Between single quotes; an inner one as `'\''`.
    Single,
    /// Between single quotes; an inner one as `'"'"'`, as Python does.
    SingleDoubled,
    /// Between double quotes.
    Double,
    /// A backslash before each character that is special to `printf %q`.
    Backslash,
    /// A backslash before each character that is special to Ruby's Shellwords.
    BackslashRuby,
    /// Between `$'` and `'`, as `set -x` does for line breaks.
    Ansi,
}

pub(crate) const SHELL_STYLES: [ShellStyle; 6] = [
    ShellStyle::Single,
    ShellStyle::SingleDoubled,
    ShellStyle::Double,
    ShellStyle::Backslash,
    ShellStyle::BackslashRuby,
    ShellStyle::Ansi,
];

pub(crate) fn shell(text: &str, style: ShellStyle) -> Bytes {
    each_char(text, |character, out| {
        match (style, character) {
            (ShellStyle::Single, '\'') => return out.extend_from_slice(b"'\\''"),
            (ShellStyle::SingleDoubled, '\'') => return out.extend_from_slice(b"'\"'\"'"),
            (ShellStyle::Ansi, '\n') => return out.extend_from_slice(b"\\n"),
            (ShellStyle::Ansi, '\r') => return out.extend_from_slice(b"\\r"),
            (ShellStyle::Ansi, '\t') => return out.extend_from_slice(b"\\t"),
            (ShellStyle::Double, '"' | '$' | '`' | '\\') | (ShellStyle::Ansi, '\'' | '\\') => {
                out.push(b'\\');
            }
            (ShellStyle::Backslash, _)
                if character.is_ascii() && is_special(character, "@%+=:./-_~#") =>
            {
                out.push(b'\\');
            }
            (ShellStyle::BackslashRuby, _) if is_special(character, "_-.,:+/@\n") => {
                out.push(b'\\')
            }
            _ => {}
        }
        push_char(character, out);
    })
}

fn is_special(character: char, ordinary: &str) -> bool {
    !character.is_ascii_alphanumeric() && !ordinary.contains(character)
}
