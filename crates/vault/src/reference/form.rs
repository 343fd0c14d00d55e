//! Which form a text has, and its parts.

use super::{DEFAULT_FIELD, DEFAULT_MOUNT, Note, Parts, RefProblem};
use crate::encode;

/// Parts that are not judged yet.
pub(super) struct Found {
    pub parts: Parts,
    pub notes: Vec<Note>,
}

type Expand<'a> = &'a dyn Fn(&str) -> Result<String, RefProblem>;

/// Takes a text apart by its marks.
pub(super) fn read(text: &str, expand: Expand<'_>) -> Result<Found, RefProblem> {
    if let Some((_, rest)) = text.split_once("://") {
        return url(rest, expand);
    }
    if text.starts_with("/v1/") || text.starts_with("/ui/") {
        return page(text, expand, Vec::new());
    }
    let is_api = !text.contains('@') && api_words(text).is_some();
    if text.contains('#') || is_api {
        return location(text, expand, Vec::new());
    }
    short(text, expand)
}

/// What follows `://`.
fn url(rest: &str, expand: Expand<'_>) -> Result<Found, RefProblem> {
    let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default().to_owned();
    page(target, expand, vec![Note::ServerIgnored { host }])
}

/// The path of a URL, percent-encoded: the API's, or a page of the user interface.
fn page(target: &str, expand: Expand<'_>, mut notes: Vec<Note>) -> Result<Found, RefProblem> {
    let (target, fragment) = cut(target, '#');
    let (path, query) = cut(target, '?');
    let pair = |name: &str| {
        let found = query?
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.map(encode::decode)
    };
    notes.extend(pair("namespace").map(|namespace| Note::NamespaceIgnored { namespace }));
    let (mount, below) = if let Some((_, api)) = path.split_once("/v1/") {
        let api = expand(&encode::decode(api))?;
        let (mount, path) = api_parts(&api, &mut notes);
        (mount.to_owned(), path.to_owned())
    } else if let Some((_, page)) = path.split_once("/ui/vault/secrets/") {
        let (mount, path) = interface_parts(page).ok_or(RefProblem::UnknownUrl)?;
        (expand(&mount)?, expand(&path)?)
    } else {
        return Err(RefProblem::UnknownUrl);
    };
    let field = field(fragment.map(encode::decode), expand, &mut notes)?;
    let parts = Parts {
        mount,
        path: below,
        field,
        version: pair("version"),
    };
    Ok(Found { parts, notes })
}

/// `mount/path#field`, or the API's path, each with an optional `?version=N`.
fn location(text: &str, expand: Expand<'_>, mut notes: Vec<Note>) -> Result<Found, RefProblem> {
    const VERSION: &str = "?version=";
    let (rest, fragment) = cut(text, '#');
    let (rest, before) = split(rest, VERSION);
    let (fragment, after) = match fragment {
        Some(fragment) => {
            let (fragment, after) = split(fragment, VERSION);
            (Some(fragment.to_owned()), after)
        }
        None => (None, None),
    };
    let rest = expand(rest)?;
    let (mount, path) = api_parts(&rest, &mut notes);
    let field = field(fragment, expand, &mut notes)?;
    let version = before.or(after).map(str::to_owned);
    let parts = Parts {
        mount: mount.to_owned(),
        path: path.to_owned(),
        field,
        version,
    };
    Ok(Found { parts, notes })
}

/// GitLab's short form: the mount after the last `@`, the field after the last `/` before it.
fn short(text: &str, expand: Expand<'_>) -> Result<Found, RefProblem> {
    let mut notes = Vec::new();
    let (secret, mount) = match text.rsplit_once('@') {
        Some((secret, mount)) if !secret.is_empty() => (secret, expand(mount)?),
        _ => {
            notes.push(Note::DefaultMount);
            (text, DEFAULT_MOUNT.to_owned())
        }
    };
    let (path, field) = secret.rsplit_once('/').unwrap_or(("", secret));
    let (path, field) = (expand(path)?, expand(field)?);
    let path = match path
        .strip_prefix(&mount)
        .and_then(|rest| rest.strip_prefix('/'))
    {
        Some(below) => match without_word(below) {
            Some((word, path)) => {
                notes.push(Note::MountRepeated);
                notes.extend((word == "metadata").then_some(Note::MetadataPath));
                path.to_owned()
            }
            None => {
                notes.push(Note::MountInPath);
                path
            }
        },
        None => {
            let word = without_word(&path).map(|(word, _)| word.to_owned());
            notes.extend(word.map(|word| Note::ApiWordInPath { word }));
            path
        }
    };
    Ok(Found {
        parts: Parts {
            mount,
            path,
            field,
            version: None,
        },
        notes,
    })
}

/// Mount and path of an API path; without its marks the first segment is the mount.
fn api_parts<'a>(text: &'a str, notes: &mut Vec<Note>) -> (&'a str, &'a str) {
    match api_words(text) {
        Some((mount, word, path)) => {
            notes.extend((word == "metadata").then_some(Note::MetadataPath));
            (mount, path)
        }
        None => text.split_once('/').unwrap_or((text, "")),
    }
}

/// Splits `mount/data/path` and `mount/metadata/path` at the first of these words; a mount may
/// have several segments.
fn api_words(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('/').find_map(|(slash, _)| {
        let (word, path) = without_word(&text[slash + 1..])?;
        Some((&text[..slash], word, path))
    })
}

/// `data/…` or `metadata/…`: the word, and what follows it.
fn without_word(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once('/')?;
    matches!(word, "data" | "metadata").then_some((word, rest))
}

/// Mount and path of a secret's page in the user interface, new (`mount/kv/path/details`, the
/// path in one encoded segment) or old (`mount/show/path`).
fn interface_parts(page: &str) -> Option<(String, String)> {
    let segments: Vec<&str> = page.trim_end_matches('/').split('/').collect();
    let is_kind = |segment: &&str| matches!(*segment, "kv" | "show" | "list" | "edit");
    let kind = 1 + segments.get(1..)?.iter().position(is_kind)?;
    let mut path = &segments[kind + 1..];
    if segments[kind] == "kv" {
        path = path.strip_prefix(&["list"]).unwrap_or(path);
        if let [
            rest @ ..,
            "details" | "metadata" | "paths" | "edit" | "history",
        ] = path
        {
            path = if rest.is_empty() { path } else { rest };
        }
    }
    let decoded = |segments: &[&str]| encode::decode(&segments.join("/"));
    Some((decoded(&segments[..kind]), decoded(path)))
}

fn field(
    fragment: Option<String>,
    expand: Expand<'_>,
    notes: &mut Vec<Note>,
) -> Result<String, RefProblem> {
    match fragment {
        Some(field) => expand(&field),
        None => {
            notes.push(Note::DefaultField);
            Ok(DEFAULT_FIELD.to_owned())
        }
    }
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn split<'a>(text: &'a str, mark: &str) -> (&'a str, Option<&'a str>) {
    match text.rsplit_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}
