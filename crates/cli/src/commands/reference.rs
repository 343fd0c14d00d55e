//! `build-token ref`: a secret reference in all its forms.

use build_token_job::findings;
use build_token_report::Finding;
use build_token_vault::SecretRef;
use clap::Args;
use serde_json::{Value, json};

use crate::args::FormatOption;
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `ref`.
#[derive(Debug, Args)]
pub struct Options {
    /// References in any form that people paste.
    #[arg(required = true, value_name = "REF")]
    references: Vec<String>,
    #[command(flatten)]
    format: FormatOption,
}

/// Runs the command: what cannot be used is shown with the parts that were understood.
pub fn run(options: &Options, ui: &mut Ui) -> Outcome {
    ui.set_format(options.format.format);
    let mut forms = Vec::new();
    let mut findings = Vec::new();
    let mut exit = SUCCESS;
    for input in &options.references {
        match SecretRef::parse(input, &|name| std::env::var(name).ok()) {
            Ok(parsed) => {
                findings.extend(findings::reference::notes(
                    &parsed.notes,
                    input,
                    &parsed.reference,
                ));
                forms.push(all_forms(input, &parsed.reference));
            }
            Err(error) => {
                let finding = findings::reference::error(input, &error);
                exit = finding.exit() as u8;
                findings.push(finding);
                forms.push(json!({
                    "input": input,
                    "engine": "kv-v2",
                    "mount": error.parts.mount,
                    "path": error.parts.path,
                    "field": error.parts.field,
                    "version": error.parts.version,
                    "ci_short": null, "api_read_path": null, "api_metadata_path": null, "policy": null,
                }));
            }
        }
    }
    if ui.is_json() {
        let mut document = json!({"schema": 1, "refs": forms});
        if !findings.is_empty() {
            document["findings"] = ui.findings_json(&findings);
        }
        ui.json(&document)?;
    } else {
        for form in &forms {
            ui.report(&human(form))?;
        }
    }
    findings
        .iter()
        .for_each(|finding: &Finding| ui.tell_always(finding));
    Ok(exit)
}

fn all_forms(input: &str, reference: &SecretRef) -> Value {
    json!({
        "input": input,
        "engine": "kv-v2",
        "mount": reference.mount(),
        "path": reference.path(),
        "field": reference.field(),
        "version": reference.version(),
        "ci_short": reference.ci_short(),
        "api_read_path": reference.api_read_path(),
        "api_metadata_path": reference.api_metadata_path(),
        "policy": reference.policy(),
    })
}

/// One line a form, its name in front.
fn human(form: &Value) -> String {
    let mut text = String::new();
    for (name, value) in form.as_object().into_iter().flatten() {
        let value = match value {
            Value::Null => continue,
            Value::String(value) => value.replace('\n', "\n                   "),
            other => other.to_string(),
        };
        text.push_str(&format!("{name:17}  {value}\n"));
    }
    text.push('\n');
    text
}
