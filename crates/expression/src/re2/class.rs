//! RE2's bracketed classes: `[a-z\d[:upper:]]`.

use super::escape::{self, perl_class};
use super::{Re2Error, Re2ErrorKind, Translator};

/// The names that may stand in `[:name:]`; they are about ASCII in both engines.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Translates a class whose `[` at `start` has been read.
pub(super) fn translate(translator: &mut Translator<'_>, start: usize) -> Result<(), Re2Error> {
    translator.output.push('[');
    if translator.take("^") {
        translator.output.push('^');
    }
    let mut first = true;
    // A `]` in the first place is a plain character.
    while first || !translator.take("]") {
        if translator.rest().is_empty() {
            return translator.fail(Re2ErrorKind::MissingBracket, start);
        }
        if !named(translator)? {
            range(translator, start)?;
        }
        first = false;
    }
    translator.output.push(']');
    Ok(())
}

/// Translates `[:name:]`, `\d` and its like, or `\p{…}`; false when none of them comes next.
fn named(translator: &mut Translator<'_>) -> Result<bool, Re2Error> {
    let rest = translator.rest();
    let place = translator.position;
    if let Some((name, _)) = rest
        .strip_prefix("[:")
        .and_then(|rest| rest.split_once(":]"))
    {
        let plain = name.strip_prefix('^').unwrap_or(name);
        if !POSIX.contains(&plain) {
            return translator.fail(Re2ErrorKind::ClassRange, place);
        }
        translator.output.push_str(&format!("[:{name}:]"));
        translator.position += name.len() + 4;
        return Ok(true);
    }
    let Some(letter) = rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
        return Ok(false);
    };
    let written = if let 'p' | 'P' = letter {
        translator.position += 2;
        translator.unicode_class(letter == 'P', place)?
    } else if let Some((members, negated)) = perl_class(letter) {
        translator.position += 2;
        if negated {
            format!("[^{members}]")
        } else {
            members.to_owned()
        }
    } else {
        return Ok(false);
    };
    translator.output.push_str(&written);
    Ok(true)
}

/// Translates one character or a range of them. A `-` that could start no range is plain.
fn range(translator: &mut Translator<'_>, class: usize) -> Result<(), Re2Error> {
    let place = translator.position;
    let low = character(translator, class)?;
    escape::write(&mut translator.output, low);
    let rest = translator.rest();
    if rest.starts_with('-') && rest.len() > 1 && !rest.starts_with("-]") {
        translator.position += 1;
        let high = character(translator, class)?;
        if high < low {
            return translator.fail(Re2ErrorKind::ClassRange, place);
        }
        translator.output.push('-');
        escape::write(&mut translator.output, high);
    }
    Ok(())
}

fn character(translator: &mut Translator<'_>, class: usize) -> Result<char, Re2Error> {
    let place = translator.position;
    match translator.next() {
        Some('\\') => translator.escaped_character(place),
        Some(character) => Ok(character),
        None => translator.fail(Re2ErrorKind::MissingBracket, class),
    }
}
