//! `build-token ci eval`: GitLab's rules expression, as GitLab decides it.

use std::collections::BTreeMap;

use build_token_expression::{Expression, Lookup, Value, tokens};
use build_token_job::shell::quoted;
use build_token_report::{Code, Finding};
use clap::Args;
use serde_json::json;

use crate::args::{Format, FormatOption};
use crate::outcome::{Outcome, SUCCESS};
use crate::ui::Ui;

/// The reviewer's questions.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Evaluate an expression of GitLab's `rules:if`.
    Eval(EvalOptions),
}

/// Options of `ci eval`.
#[derive(Debug, Args)]
pub struct EvalOptions {
    /// The expression.
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// A variable; what is not given is undefined. Repeat for more.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    variables: Vec<(String, String)>,
    /// An input; repeat for more.
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    inputs: Vec<(String, String)>,
    #[command(flatten)]
    format: FormatOption,
}

/// Reads `NAME=VALUE`; the value may be empty.
///
/// # Errors
/// There is no `=`, or no name.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not NAME=VALUE")),
    }
}

struct Given {
    variables: BTreeMap<String, String>,
    inputs: BTreeMap<String, String>,
}

impl Lookup for Given {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn input(&self, name: &str) -> Option<Value> {
        self.inputs.get(name).map(|text| typed(text))
    }
}

/// An input's value is read as YAML: it can be a boolean or a number.
fn typed(text: &str) -> Value {
    match text {
        "true" | "false" => Value::Boolean(text == "true"),
        // Rust reads `nan` and `inf` as numbers; in YAML these are words.
        number if number.parse::<f64>().is_ok_and(f64::is_finite) => {
            Value::Number(number.to_owned())
        }
        other => Value::Text(other.to_owned()),
    }
}

/// Runs the command.
pub fn run(subcommand: &Subcommand, ui: &mut Ui) -> Outcome {
    let Subcommand::Eval(options) = subcommand;
    ui.set_format(options.format.format);
    eval(options, ui)
}

fn eval(options: &EvalOptions, ui: &Ui) -> Outcome {
    let given = Given {
        variables: options.variables.iter().cloned().collect(),
        inputs: options.inputs.iter().cloned().collect(),
    };
    let parsed = Expression::parse(&options.expression);
    let (value, error) = match &parsed {
        Err(error) => (Value::Null, Some(error.message())),
        Ok(expression) => match expression.evaluate(&given) {
            Ok(value) => (value, None),
            Err(error) => (Value::Null, Some(error.to_string())),
        },
    };
    let result = error.is_none() && value.is_present();
    let finding = error.as_ref().map(|message| {
        Finding::new(Code::C09)
            .with("when", &options.expression)
            .with("word", quoted(&options.expression))
            .with("problem", message)
            .with("source", "EXPR")
    });
    if options.format.format == Format::Json {
        let shown = match &value {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(value) => json!(value),
            other => json!(other.to_string()),
        };
        let mut document = json!({
            "schema": 1,
            "result": result,
            "value": shown,
            "tree": parsed.as_ref().ok().map(Expression::tree),
            "tokens": tokens(&options.expression).ok(),
            "error": error.as_ref().map(|message| json!({"message": message})),
        });
        if let Some(finding) = &finding {
            document["findings"] = ui.findings_json(std::slice::from_ref(finding));
        }
        ui.json(&document)?;
    } else {
        ui.report(&format!("{result}\n"))?;
    }
    match finding {
        None => Ok(SUCCESS),
        Some(finding) => {
            ui.tell(&finding);
            Ok(finding.exit() as u8)
        }
    }
}
