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
        paint.bold(&texts.part(finding, None)),
    );
    for place in &finding.places {
        let mut where_ = place.file.clone().unwrap_or_default();
        if let Some(line) = place.line {
            where_ = format!("{where_}:{line}:{}", place.column.unwrap_or(1));
        }
        if let Some(path) = place.path.as_deref().filter(|_| place.line.is_none()) {
            where_ = format!("{where_} ({path})");
        }
        out.push_str(&format!("  --> {where_}\n"));
        if let (Some(line), Some(excerpt)) = (place.line, &place.excerpt) {
            let number = line.to_string();
            let indent = " ".repeat(place.column.unwrap_or(1).saturating_sub(1));
            out.push_str(&format!("  {number} | {excerpt}\n"));
            out.push_str(&format!("  {} | {indent}^\n", " ".repeat(number.len())));
        }
    }
    for part in ["what", "why", "fix"] {
        let text = texts.part(finding, Some(part));
        let label = texts.say(&format!("say-{part}"), &[]);
        for (index, line) in text.lines().enumerate() {
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

/// A finding as a JSON object, as the command line's page describes it.
#[must_use]
pub fn json(finding: &Finding, texts: &Texts) -> Value {
    let mut evidence = json!(finding.facts);
    for (name, reason) in &finding.reasons {
        evidence[*name] = json!(reason.name);
    }
    json!({
        "code": finding.code.as_str(),
        "severity": finding.severity,
        "title": texts.part(finding, None),
        "what": texts.part(finding, Some("what")),
        "why": texts.part(finding, Some("why")),
        "fix": texts.part(finding, Some("fix")),
        "places": finding.places,
        "evidence": evidence,
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
