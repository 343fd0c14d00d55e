//! Policy names that are templates over claims: `reader-{{.project_id}}`.

use serde_json::Value;

use super::{Claims, claims::shown};

/// Fills a template in. Only claims and their members can be named; the server's language can do
/// more, and for that this says that it cannot.
pub(super) fn render(template: &str, claims: &Claims) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find("{{") {
        out.push_str(&rest[..open]);
        let inner = &rest[open + 2..];
        let close = inner
            .find("}}")
            .ok_or("template: template:1: unclosed action")?;
        let path = inner[..close].trim().trim_matches('-').trim();
        let column = template.len() - rest.len() + open + 2;
        out.push_str(&value(path, claims, column)?);
        rest = &inner[close + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value(path: &str, claims: &Claims, column: usize) -> Result<String, String> {
    let Some(names) = path
        .strip_prefix('.')
        .filter(|names| names.split('.').all(is_identifier))
    else {
        return Err(format!(
            "template: template:1: {path:?} is more than this server can do"
        ));
    };
    let mut map = claims;
    let mut found = &Value::Null;
    for (index, name) in names.split('.').enumerate() {
        if index > 0 {
            map = found.as_object().ok_or_else(|| {
                format!("unable to apply template: template: template:1:{column}: executing \"template\" at <{path}>: can't evaluate field {name}")
            })?;
        }
        found = map.get(name).ok_or_else(|| {
            format!("unable to apply template: template: template:1:{column}: executing \"template\" at <{path}>: map has no entry for key \"{name}\"")
        })?;
    }
    Ok(match found {
        Value::Null => "<no value>".to_owned(),
        other => shown(other),
    })
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
