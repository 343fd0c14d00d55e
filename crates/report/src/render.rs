//! Findings for people and for programs.

use serde_json::{Value, json};

use crate::{Finding, Severity, Texts};

/// A finding as people read it, with a newline at its end. `color` adds ANSI colours.
#[must_use]
pub fn human(finding: &Finding, texts: &Texts, color: bool) -> String {
    let paint = Paint { color };
    let mut out = format!(
        "{}: {}\n",
        paint.severity(
            finding.severity,
            &format!("{}[{}]", finding.severity.as_str(), finding.code)
        ),
        // A title is one line, whatever is named in it.
        paint.bold(&texts.part(finding, None).replace('\n', " ")),
    );
    for place in &finding.places {
        let mut where_ = visible(place.file.as_deref().unwrap_or_default());
        if let Some(line) = place.line {
            where_ = format!("{where_}:{line}:{}", place.column.unwrap_or(1));
        }
        if let Some(path) = place.path.as_deref().filter(|_| place.line.is_none()) {
            where_ = format!("{where_} ({path})");
        }
        out.push_str(&format!("  --> {where_}\n"));
        if let (Some(line), Some(excerpt)) = (place.line, &place.excerpt) {
            let number = line.to_string();
            let (excerpt, before) = window(excerpt, place.column.unwrap_or(1));
            let (margin, indent) = (" ".repeat(number.len()), " ".repeat(before));
            out.push_str(&format!("  {number} | {excerpt}\n"));
            out.push_str(&format!("  {margin} | {indent}^\n"));
        }
    }
    for part in ["what", "why", "fix"] {
        let text = texts.part(finding, Some(part));
        let label = texts.say(&format!("say-{part}"), &[]);
        // An argument at a line's end may be empty.
        for (index, line) in text.lines().map(str::trim_end).enumerate() {
            if index == 0 {
                out.push_str(&format!("  {} {line}\n", paint.bold(&format!("{label}:"))));
            } else {
                out.push_str(&format!("    {line}\n"));
            }
        }
    }
    if let Some(id) = &finding.request_id {
        out.push_str(&format!(
            "  {}\n",
            texts.say("say-request-id", &[("id", id)])
        ));
    }
    out
}

/// The part of a line around a column, and how many characters of it stand before that column.
fn window(line: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 80;
    const MOST: usize = 120;
    let start = column.saturating_sub(1 + BEFORE);
    let part: String = line.chars().skip(start).take(MOST).collect();
    (visible(&part), column.saturating_sub(1 + start))
}

/// Foreign text on one line: a tab is seen, and nothing can steer a terminal.
fn visible(text: &str) -> String {
    let replaced = |c: char| match c {
        '\t' => '→',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(replaced).collect()
}

/// A finding as a JSON object, as the command line's page describes it.
#[must_use]
pub fn json(finding: &Finding, texts: &Texts) -> Value {
    json!({
        "code": finding.code.as_str(),
        "severity": finding.severity,
        "title": texts.part(finding, None),
        "what": texts.part(finding, Some("what")),
        "why": texts.part(finding, Some("why")),
        "fix": texts.part(finding, Some("fix")),
        "places": finding.places,
        "evidence": finding.facts,
        "request_id": finding.request_id,
    })
}

/// Findings as a JSON array.
#[must_use]
pub fn json_list(findings: &[Finding], texts: &Texts) -> Value {
    findings
        .iter()
        .map(|finding| json(finding, texts))
        .collect()
}

struct Paint {
    color: bool,
}

impl Paint {
    fn wrap(&self, code: &str, text: &str) -> String {
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(&self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn severity(&self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Error => self.wrap("1;31", text),
            Severity::Warning => self.wrap("1;33", text),
            Severity::Note => self.wrap("1;36", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Language, Place};

    fn told(line: &str, column: usize) -> String {
        let finding = Finding::new(Code::C02).at(Place {
            file: Some("a\u{1b}b.yml".to_owned()),
            line: Some(7),
            column: Some(column),
            path: None,
            excerpt: Some(line.to_owned()),
        });
        human(&finding, &Texts::new(Language::English), false)
    }

    #[test]
    fn an_excerpt_shows_its_tabs_and_cannot_steer_a_terminal() {
        let told = told("\ta: \u{1b}[2J", 2);
        assert!(
            told.contains("--> a\u{fffd}b.yml:7:2\n  7 | →a: \u{fffd}[2J\n    |  ^\n"),
            "{told}"
        );
    }

    #[test]
    fn of_a_long_line_the_part_that_matters_is_shown() {
        let line = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let told = told(&line, 5001);
        let shown = format!(
            "  7 | {}X{}\n    | {}^\n",
            "a".repeat(80),
            "b".repeat(39),
            " ".repeat(80)
        );
        assert!(told.contains(&shown), "{told}");
    }

    #[test]
    fn a_line_break_in_a_title_begins_no_line() {
        let finding = Finding::new(Code::C15).with("name", "A\nerror[BT-X99]: B");
        let told = human(&finding, &Texts::new(Language::English), false);
        assert!(
            told.starts_with("error[BT-C15]: `A error[BT-X99]: B` "),
            "{told}"
        );
    }
}
