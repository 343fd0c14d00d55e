//! Templates in policy paths: `{{identity.entity.…}}` becomes a value of who asks.

use std::collections::BTreeMap;

/// Who asks, as far as a policy's path can name it.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The entity, where the token has one.
    pub entity: Option<Entity>,
}

/// An entity of the identity store.
#[derive(Clone, Debug, Default)]
pub struct Entity {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its own metadata.
    pub metadata: BTreeMap<String, String>,
    /// How it is known to each auth mount.
    pub aliases: Vec<Alias>,
    /// The groups that it is in.
    pub groups: Vec<Group>,
}

/// An entity's name at one auth mount.
#[derive(Clone, Debug, Default)]
pub struct Alias {
    /// Its id.
    pub id: String,
    /// The auth mount's accessor.
    pub accessor: String,
    /// The name: the user claim's value.
    pub name: String,
    /// What the last login brought along; all of the alias's tokens share it.
    pub metadata: BTreeMap<String, String>,
    /// What an administrator added.
    pub custom_metadata: BTreeMap<String, String>,
}

/// A group of entities.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// Whether a path has a template in it.
///
/// # Errors
/// The server's text where the braces don't match.
pub fn is_template(path: &str) -> Result<bool, &'static str> {
    pieces(path).map(|(_, templates)| !templates.is_empty())
}

/// The path with its templates filled in; nothing where one has no value, which drops the stanza.
#[must_use]
pub fn render(path: &str, subject: &Subject) -> Option<String> {
    let (start, templates) = pieces(path).ok()?;
    let mut out = start.to_owned();
    for (template, rest) in templates {
        out.push_str(&value(template.trim(), subject)?);
        out.push_str(rest);
    }
    Some(out)
}

/// The text before the first template; then each template with the text behind it.
type Pieces<'a> = (&'a str, Vec<(&'a str, &'a str)>);

fn pieces(path: &str) -> Result<Pieces<'_>, &'static str> {
    const UNBALANCED: &str = "unbalanced templating characters";
    let mut parts = path.split("{{");
    let start = parts.next().unwrap_or_default();
    if start.contains("}}") {
        return Err(UNBALANCED);
    }
    let templates = parts
        .map(|part| match part.split_once("}}") {
            Some((template, rest)) if !rest.contains("}}") => Ok((template, rest)),
            _ => Err(UNBALANCED),
        })
        .collect::<Result<_, _>>()?;
    Ok((start, templates))
}

fn value(template: &str, subject: &Subject) -> Option<String> {
    let entity = subject.entity.as_ref()?;
    if let Some(field) = template.strip_prefix("identity.entity.") {
        return entity_value(field, entity);
    }
    let (kind, field) = template.strip_prefix("identity.groups.")?.split_once('.')?;
    let (wanted, field) = field.split_once('.')?;
    let group = entity.groups.iter().find(|group| match kind {
        "ids" => group.id == wanted,
        "names" => group.name == wanted,
        _ => false,
    })?;
    match field {
        "id" => Some(group.id.clone()),
        "name" => some(&group.name),
        _ => group
            .metadata
            .get(field.strip_prefix("metadata.")?)
            .cloned(),
    }
}

fn entity_value(field: &str, entity: &Entity) -> Option<String> {
    match field {
        "id" => return some(&entity.id),
        "name" => return some(&entity.name),
        _ => {}
    }
    if let Some(key) = field.strip_prefix("metadata.") {
        return entity.metadata.get(key).cloned();
    }
    let (accessor, field) = field.strip_prefix("aliases.")?.split_once('.')?;
    let alias = entity
        .aliases
        .iter()
        .find(|alias| alias.accessor == accessor)?;
    match field {
        "id" => some(&alias.id),
        "name" => some(&alias.name),
        _ => match field.strip_prefix("metadata.") {
            Some(key) => alias.metadata.get(key).cloned(),
            None => alias
                .custom_metadata
                .get(field.strip_prefix("custom_metadata.")?)
                .cloned(),
        },
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
