//! `build-token schema`: JSON Schemas of what we read and write.

use build_token_job::{config, receipt};
use build_token_report::{Code, Finding, Reason};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct Options {
    /// Of what.
    #[arg(value_enum)]
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// .build-token.yml
    Config,
    /// fleet.yml (not there yet)
    Fleet,
    /// A finding in JSON.
    Finding,
    /// The receipt of a run.
    Receipt,
}

/// Runs the command.
pub fn run(options: &Options, ui: &Ui) -> Outcome {
    let schema = match options.what {
        What::Config => Value::from(schemars::schema_for!(config::schema::BuildToken)),
        What::Receipt => Value::from(schemars::schema_for!(receipt::Receipt)),
        What::Finding => finding(),
        What::Fleet => {
            return Err(Finding::new(Code::R25)
                .because(
                    "problem",
                    Reason::new("reason-not-yet").with("option", "schema fleet"),
                )
                .because("remedy", Reason::new("reason-other-schemas"))
                .into());
        }
    };
    ui.json(&schema)?;
    Ok(SUCCESS)
}

/// Written out, since a finding's JSON is made where its words are.
fn finding() -> Value {
    let text = json!({"type": "string"});
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Finding",
        "description": "What a check reports.",
        "type": "object",
        "required": ["code", "severity", "title", "what", "why", "fix", "places", "evidence", "request_id"],
        "additionalProperties": false,
        "properties": {
            "code": {"enum": codes},
            "severity": {"enum": ["error", "warning", "note"]},
            "title": text, "what": text, "why": text, "fix": text,
            "places": {"type": "array", "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "file": {"type": ["string", "null"]},
                    "line": {"type": ["integer", "null"], "minimum": 1},
                    "column": {"type": ["integer", "null"], "minimum": 1},
                    "path": {"type": ["string", "null"]}
                }
            }},
            "evidence": {"type": "object", "additionalProperties": text},
            "request_id": {"type": ["string", "null"]}
        }
    })
}
