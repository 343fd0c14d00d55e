//! A server's words, made fit for a message: one line, not endless, nothing that looks like a token.

use std::borrow::Cow;

use build_token_secret::{Masker, Secret};

/// The longest text that is kept, in characters.
const MOST: usize = 500;

/// Cleans a text that a server sent; `known` is masked in all its forms.
pub(crate) fn clean(text: &str, known: &Secret) -> String {
    let masker = Masker::new();
    masker.add(known);
    let masked = masker.mask(text.as_bytes());
    let masked = String::from_utf8_lossy(&masked);
    let spaced = masked.replace(|c: char| c.is_control(), " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What a web page says: its title, or all that is not in angle brackets.
pub(crate) fn of_page(html: &str) -> Cow<'_, str> {
    let title = html.split_once("<title>").map(|(_, rest)| rest);
    if let Some((title, _)) = title.and_then(|rest| rest.split_once("</title>")) {
        return Cow::Borrowed(title);
    }
    let pieces = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    Cow::Owned(pieces.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(text, &Secret::new("plainly-secret"))
    }

    #[test]
    fn one_line_without_control_characters() {
        let text = "1 error occurred:\n\t* permission denied\n\n";
        assert_eq!(cleaned(text), "1 error occurred: * permission denied");
        assert_eq!(cleaned("a\u{1b}[31m\0b\u{9b}c"), "a [31m b c");
    }

    #[test]
    fn a_page_is_told_by_its_title_or_its_text() {
        let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
        assert_eq!(of_page(page), "502 Bad Gateway");
        assert_eq!(cleaned(&of_page("<h1>Sorry</h1>\n<p>later")), "Sorry later");
    }

    #[test]
    fn bounded_without_cutting_a_character() {
        let long = cleaned(&"é".repeat(2000));
        assert_eq!(long.chars().count(), MOST + 1);
        assert_eq!(cleaned(&"é".repeat(MOST)).chars().count(), MOST);
    }

    #[test]
    fn what_looks_like_a_token_and_what_is_known_is_masked() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
        let shown = cleaned(&format!(
            "bad jwt {jwt} and hvs.CAESIJ0123456789abcdefghijk"
        ));
        assert_eq!(shown, "bad jwt [MASKED] and [MASKED]");
        assert_eq!(cleaned("got plainly-secret"), "got [MASKED]");
    }
}
