//! From a quoted text or a heredoc, as it is written, to its value.

/// The value of a quoted text, quotes included in `quoted`; `${…}` is left alone.
///
/// Nothing, where an escape is not one.
pub(super) fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    let mut braces = 0_usize;
    while let Some(c) = rest.next() {
        match c {
            '$' if braces == 0 && rest.as_str().starts_with('{') => {
                rest.next();
                braces = 1;
                out.push_str("${");
            }
            '{' if braces > 0 => {
                braces += 1;
                out.push('{');
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push('}');
            }
            '\\' if braces == 0 => out.push(unescape(&mut rest)?),
            other => out.push(other),
        }
    }
    Some(out)
}

fn unescape(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let (digits, radix) = match rest.next()? {
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\u{b}'),
        same @ ('\\' | '"') => return Some(same),
        first @ '0'..='7' => {
            let tail: String = rest.by_ref().take(2).collect();
            let code = u32::from_str_radix(&format!("{first}{tail}"), 8).ok()?;
            return char::from_u32(code);
        }
        'x' => (2, 16),
        'u' => (4, 16),
        'U' => (8, 16),
        _ => return None,
    };
    let code: String = rest.by_ref().take(digits).collect();
    char::from_u32(u32::from_str_radix(&code, radix).ok()?)
}

/// The lines of a heredoc; with `<<-` each loses the closing anchor's indentation, if it has it.
pub(super) fn heredoc_body(text: &str) -> String {
    let Some((opening, rest)) = text.split_once('\n') else {
        return String::new();
    };
    let rest = rest.strip_suffix('\n').unwrap_or(rest);
    let (body, closing) = match rest.rfind('\n') {
        Some(end) => rest.split_at(end + 1),
        None => ("", rest),
    };
    if !opening.starts_with("<<-") {
        return body.to_owned();
    }
    let indent = &closing[..closing.len() - closing.trim_start().len()];
    if !body.lines().all(|line| line.starts_with(indent)) {
        return body.to_owned();
    }
    body.split_inclusive('\n')
        .map(|line| line.strip_prefix(indent).unwrap_or(line))
        .collect()
}
