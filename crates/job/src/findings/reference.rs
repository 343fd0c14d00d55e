//! Secret references: what was wrong with one, and what is worth saying about how it was written.

use build_token_report::{Code, Finding, Reason};
use build_token_vault::{Note, Part, RefError, RefProblem, SecretRef};

/// Why a text is no secret reference.
#[must_use]
pub fn error(input: &str, error: &RefError) -> Finding {
    if let RefProblem::UndefinedVariable { name } = &error.problem {
        return Finding::new(Code::Y09)
            .with("input", input)
            .with("variables", format!("${name}"));
    }
    let part = |part: &Part| match part {
        Part::Mount => "mount",
        Part::Path => "path",
        Part::Field => "field",
    };
    let problem = match &error.problem {
        RefProblem::Empty(of) => Reason::new("reason-part-empty").with("part", part(of)),
        RefProblem::EmptySegment(of) => Reason::new("reason-part-segment").with("part", part(of)),
        RefProblem::DotSegment(of) => Reason::new("reason-part-dots").with("part", part(of)),
        RefProblem::Character {
            part: of,
            character,
        } => Reason::new("reason-part-character")
            .with("part", part(of))
            .with("character", format!("{character:?}")),
        RefProblem::Version { text } => Reason::new("reason-version").with("version", text),
        RefProblem::UnknownUrl | RefProblem::UndefinedVariable { .. } => {
            Reason::new("reason-unknown-url")
        }
    };
    Finding::new(Code::C10)
        .with("input", input)
        .because("problem", problem)
        .with("mount", &error.parts.mount)
        .with("path", &error.parts.path)
        .with("field", &error.parts.field)
}

/// What is worth saying about how a reference was written, each thing once.
#[must_use]
pub fn notes(notes: &[Note], input: &str, reference: &SecretRef) -> Vec<Finding> {
    // That the field was assumed shows in the normal form, which the note on `metadata/` tells too.
    let said = |note: &&Note| **note != Note::DefaultField || !notes.contains(&Note::MetadataPath);
    notes
        .iter()
        .filter(said)
        .map(|one| note(one, input, reference))
        .collect()
}

fn note(note: &Note, input: &str, reference: &SecretRef) -> Finding {
    let (code, segment) = match note {
        Note::MetadataPath => (Code::Y06, "metadata"),
        Note::ApiWordInPath { word } => (Code::Y06, word.as_str()),
        Note::MountRepeated | Note::MountInPath => (Code::Y07, ""),
        Note::DefaultField
        | Note::DefaultMount
        | Note::ServerIgnored { .. }
        | Note::NamespaceIgnored { .. } => (Code::C26, ""),
    };
    let finding = Finding::new(code)
        .with("input", input)
        .with("normal", reference)
        .with("read", reference.api_read_path());
    match code {
        Code::Y06 => finding.with("segment", segment),
        Code::C26 => finding.because("assumed", assumed(note, reference)),
        _ => finding,
    }
}

fn assumed(note: &Note, reference: &SecretRef) -> Reason {
    match note {
        Note::DefaultMount => Reason::new("reason-assumed-mount").with("value", reference.mount()),
        Note::ServerIgnored { host } => Reason::new("reason-assumed-server").with("value", host),
        Note::NamespaceIgnored { namespace } => {
            Reason::new("reason-assumed-namespace").with("value", namespace)
        }
        _ => Reason::new("reason-assumed-field").with("value", reference.field()),
    }
}
