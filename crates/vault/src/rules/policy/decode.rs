//! From a policy's tree to its rules, in the order in which the server complains.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{
    Capabilities, ParameterRules, PathRule,
    tree::{Item, Node, Value, at},
};
use crate::rules::{acl::template, duration, quote::quoted};

const KEYS: [&str; 12] = [
    "comment",
    "policy",
    "capabilities",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "mfa_methods",
    "pagination_limit",
    "expiration",
    "list_scan_response_keys_filter_path",
];

/// The rules of a whole policy, and whether one of its paths is a template.
pub(super) fn rules(items: &[Item], now: Timestamp) -> Result<(Vec<PathRule>, bool), String> {
    check_keys(items, &["name", "path"]).map_err(|errors| several(&errors))?;
    for name in items.iter().filter(|item| item.keys[0].text == "name") {
        text("root.name", &name.node)?;
    }
    let mut rules = Vec::new();
    let mut templated = false;
    for item in items.iter().filter(|item| item.keys[0].text == "path") {
        let path = item.keys.get(1).map_or("path", |label| label.text.as_str());
        templated |= template::is_template(path)
            .map_err(|error| format!("failed to validate policy templating: {error}"))?;
        rules.extend(rule(path, item, now)?);
    }
    Ok((rules, templated))
}

fn check_keys(items: &[Item], known: &[&str]) -> Result<(), Vec<String>> {
    let errors: Vec<String> = items
        .iter()
        .filter(|item| !known.contains(&item.keys[0].text.as_str()))
        .map(|item| {
            format!(
                "invalid key {} on line {}",
                quoted(&item.keys[0].text),
                item.assigned_on
            )
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Several errors as the server joins them.
pub(crate) fn several(errors: &[String]) -> String {
    let count = match errors.len() {
        1 => "1 error occurred:".to_owned(),
        more => format!("{more} errors occurred:"),
    };
    let lines: String = errors
        .iter()
        .map(|error| format!("\n\t* {error}"))
        .collect();
    format!("{count}{lines}\n\n")
}

/// One stanza, or nothing where it has expired.
fn rule(path: &str, item: &Item, now: Timestamp) -> Result<Option<PathRule>, String> {
    let placed = |error: String| format!("path {}: {error}", quoted(path));
    let Value::Object(attributes) = &item.node.value else {
        return Err(placed(format!(
            "cannot check HCL keys of type {}",
            item.node.value.kind()
        )));
    };
    check_keys(attributes, &KEYS).map_err(|errors| {
        let errors: Vec<String> = errors.into_iter().map(placed).collect();
        several(&errors)
    })?;

    let mut read = Attributes::default();
    for attribute in attributes {
        read.take(attribute).map_err(placed)?;
    }

    let expires = match read.expiration.as_str() {
        "" => None,
        text => Some(time(text).ok_or_else(|| placed(EXPIRATION.to_owned()))?),
    };
    if expires.is_some_and(|expires| now > expires) {
        return Ok(None);
    }
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.contains("+*") {
        return Err(format!(
            "path {}: invalid use of wildcards ('+*' is forbidden)",
            quoted(path)
        ));
    }
    let mut rule = PathRule {
        path: path.to_owned(),
        capabilities: read.granted().map_err(placed)?,
        parameters: ParameterRules::default(),
        wrapping: (0, 0),
        pagination_limit: 0,
        expires,
        span: item.span.clone(),
    };
    if !rule.capabilities.contains(Capabilities::DENY) {
        rule.wrapping = read.wrapping()?;
        if read.filters && !rule.capabilities.contains(Capabilities::LIST) {
            return Err("list_scan_response_keys_filter_path needs to be used on a path with the list capability".to_owned());
        }
        rule.pagination_limit = read.pagination_limit;
        rule.parameters = ParameterRules {
            allowed: read.allowed.map(lower_keys),
            denied: read.denied.map(lower_keys),
            required: read
                .required
                .iter()
                .map(|name| name.to_lowercase())
                .collect(),
        };
    }
    Ok(Some(rule))
}

const EXPIRATION: &str = "invalid expiration time: could not parse string as date and time";

fn lower_keys(map: BTreeMap<String, Vec<Json>>) -> BTreeMap<String, Vec<Json>> {
    map.into_iter()
        .map(|(key, values)| (key.to_lowercase(), values))
        .collect()
}

/// RFC 3339, or seconds since 1970.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| Timestamp::from_second(text.parse().ok()?).ok())
}

/// A stanza's attributes. Lists of one name add up; of single values the last one counts.
#[derive(Default)]
struct Attributes {
    policy: String,
    capabilities: Vec<String>,
    allowed: Option<BTreeMap<String, Vec<Json>>>,
    denied: Option<BTreeMap<String, Vec<Json>>>,
    required: Vec<String>,
    wrapping: [Option<Json>; 2],
    pagination_limit: i64,
    expiration: String,
    /// Whether listed names are filtered, which this server does not do.
    filters: bool,
}

impl Attributes {
    fn take(&mut self, item: &Item) -> Result<(), String> {
        let name = item.keys[0].text.as_str();
        match name {
            "policy" => self.policy = text("root.Policy", &item.node)?,
            "capabilities" => self
                .capabilities
                .extend(texts("root.Capabilities", &item.node)?),
            "required_parameters" => self
                .required
                .extend(texts("root.required_parameters", &item.node)?),
            "mfa_methods" => drop(texts("root.mfa_methods", &item.node)?),
            "allowed_parameters" => parameters(name, item, &mut self.allowed)?,
            "denied_parameters" => parameters(name, item, &mut self.denied)?,
            "min_wrapping_ttl" => self.wrapping[0] = Some(json(&item.node)),
            "max_wrapping_ttl" => self.wrapping[1] = Some(json(&item.node)),
            "pagination_limit" => self.pagination_limit = integer(&item.node)?,
            "expiration" => self.expiration = text("root.expiration", &item.node)?,
            "list_scan_response_keys_filter_path" => {
                self.filters |= !text(&format!("root.{name}"), &item.node)?.is_empty();
            }
            _ => {}
        }
        Ok(())
    }

    fn granted(&self) -> Result<Capabilities, String> {
        let mut granted = Capabilities::NONE;
        if !self.policy.is_empty() {
            granted = Capabilities::of_old_policy(&self.policy)
                .ok_or_else(|| format!("invalid policy {}", quoted(&self.policy)))?;
        }
        for name in &self.capabilities {
            if granted.contains(Capabilities::DENY) {
                break;
            }
            let one = Capabilities::named(name)
                .ok_or_else(|| format!("invalid capability {}", quoted(name)))?;
            granted = if one == Capabilities::DENY {
                one
            } else {
                granted | one
            };
        }
        Ok(granted)
    }

    fn wrapping(&self) -> Result<(i64, i64), String> {
        let mut limits = [0, 0];
        for (index, name) in ["min_wrapping_ttl", "max_wrapping_ttl"]
            .into_iter()
            .enumerate()
        {
            if let Some(value) = &self.wrapping[index] {
                limits[index] = duration::seconds(value)
                    .map_err(|error| format!("error parsing {name}: {error}"))?;
            }
        }
        let [least, most] = limits;
        if least != 0 && most != 0 && most < least {
            return Err("max_wrapping_ttl cannot be less than min_wrapping_ttl".to_owned());
        }
        Ok((least, most))
    }
}

fn text(field: &str, node: &Node) -> Result<String, String> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Ok(text.clone()),
        other => Err(at(
            node.position,
            &format!("{field}: unknown type for string {}", other.kind()),
        )),
    }
}

fn texts(field: &str, node: &Node) -> Result<Vec<String>, String> {
    match &node.value {
        Value::List(nodes) => nodes
            .iter()
            .enumerate()
            .map(|(i, node)| text(&format!("{field}[{i}]"), node))
            .collect(),
        Value::Object(items) => match items.first() {
            None => Ok(Vec::new()),
            Some(item) => {
                let place = item.keys[0].position;
                Err(at(
                    place,
                    &format!("{field}[0]: unknown type for string *ast.ObjectItem"),
                ))
            }
        },
        other => Err(at(
            node.position,
            &format!("unknown slice type: {}", other.kind()),
        )),
    }
}

fn integer(node: &Node) -> Result<i64, String> {
    match &node.value {
        Value::Number(text) | Value::Text(text) => text
            .parse()
            .map_err(|_| format!("strconv.ParseInt: parsing {}: invalid syntax", quoted(text))),
        other => Err(at(
            node.position,
            &format!("root.pagination_limit: unknown type {}", other.kind()),
        )),
    }
}

type Parameters = Option<BTreeMap<String, Vec<Json>>>;

fn parameters(name: &str, item: &Item, into: &mut Parameters) -> Result<(), String> {
    // A labelled block, `allowed_parameters "x" { … }`, is an object under its label.
    if item.keys.len() > 1 {
        let values = vec![json(&item.node)];
        into.get_or_insert_default()
            .entry(item.keys[1].text.clone())
            .or_default()
            .extend(values);
        return Ok(());
    }
    let Value::Object(items) = &item.node.value else {
        let message = format!(
            "root.{name}: not an object type for map ({})",
            item.node.value.kind()
        );
        return Err(at(item.node.position, &message));
    };
    let map = into.get_or_insert_default();
    for item in items {
        let values = match &item.node.value {
            Value::List(nodes) => nodes.iter().map(json).collect(),
            Value::Object(_) => vec![json(&item.node)],
            other => {
                return Err(at(
                    item.node.position,
                    &format!("unknown slice type: {}", other.kind()),
                ));
            }
        };
        map.entry(item.keys[0].text.clone())
            .or_default()
            .extend::<Vec<Json>>(values);
    }
    Ok(())
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Number(text) => text
            .parse::<i64>()
            .map_or_else(|_| Json::from(text.as_str()), Json::from),
        Value::Float(float) => Json::from(*float),
        Value::Bool(on) => Json::from(*on),
        Value::List(nodes) => nodes.iter().map(json).collect(),
        Value::Object(items) => items
            .iter()
            .map(|item| (item.keys[0].text.clone(), json(&item.node)))
            .collect(),
    }
}
