//! From HTTP to a request and back: methods, paths, redirects, headers.

use build_token_vault::rules::{acl::Operation, duration::text_seconds, fields::Parameters};

use super::{
    Core, body,
    core::{self, Asked},
    inline,
    reply::{self, Fault, Shape},
    sys,
};
use crate::wire::{Request, Response};

const NAMESPACE: &str = "X-Vault-Namespace";

/// Old paths whose answers repeat the data at the top.
const INJECTED: [&str; 12] = [
    "sys/audit",
    "sys/auth",
    "sys/capabilities",
    "sys/capabilities-accessor",
    "sys/capabilities-self",
    "sys/config/cors",
    "sys/key-status",
    "sys/mounts",
    "sys/policy",
    "sys/remount",
    "sys/rotate",
    "sys/wrapping/wrap",
];

/// Answers a request.
pub(super) fn handle(core: &Core, request: &Request) -> Response {
    let Some(path) = body::unescape(&request.path, false) else {
        return Response::new(400);
    };
    if path
        .chars()
        .any(|c| c != ' ' && (c.is_control() || c.is_whitespace() || c == '\u{fffd}'))
    {
        return Response::new(400);
    }
    let namespace = request.header(NAMESPACE).unwrap_or_default();
    let mut response = routed(core, request, &path, namespace);
    response
        .headers
        .push(("Cache-Control".to_owned(), "no-store".to_owned()));
    if !namespace.is_empty() {
        response
            .headers
            .push((NAMESPACE.to_owned(), namespace.to_owned()));
    }
    response
}

fn routed(core: &Core, request: &Request, path: &str, namespace: &str) -> Response {
    if path == "/" || path.starts_with("/ui") {
        return Response::new(404)
            .with_header("X-Content-Type-Options", "nosniff")
            .with_body("text/plain; charset=utf-8", "404 page not found\n");
    }
    let Some(path) = path.strip_prefix("/v1/") else {
        return reply::error(404, None);
    };
    if let Some(clean) = cleaned(&request.path) {
        return redirect(request, &clean);
    }
    if let Some(answer) = sys::unguarded(core, request, path, namespace) {
        return answer;
    }
    match understood(core, request, path, namespace) {
        Err(refused) => refused,
        Ok(asked) => {
            let shape = shape(&asked);
            let core::Answered {
                answer,
                inline_failed,
            } = core::answer(core, &asked);
            let mut response = reply::respond(answer, shape);
            if inline_failed {
                let header = ("X-Vault-Inline-Auth-Failed".to_owned(), "true".to_owned());
                response.headers.push(header);
            }
            response
        }
    }
}

fn shape(asked: &Asked) -> Shape {
    let bare = asked.path.strip_suffix('/').unwrap_or(&asked.path);
    let beneath = ["sys/auth/", "sys/mounts/", "sys/policy/", "sys/audit/"];
    Shape {
        read: matches!(asked.operation, Operation::Read | Operation::Head),
        list: asked.operation == Operation::List,
        inject: INJECTED.contains(&bare) || beneath.iter().any(|path| asked.path.starts_with(path)),
    }
}

/// The request, or the answer to one that is not understood.
fn understood(
    core: &Core,
    request: &Request,
    path: &str,
    namespace: &str,
) -> Result<Asked, Response> {
    let refused = |fault: Fault| reply::respond(Err(fault), Shape::default());
    let mut path = path.to_owned();
    let (operation, data) = match request.method.as_str() {
        "GET" => get(request, &mut path).ok_or_else(|| reply::error(400, None))?,
        "LIST" => (
            slashed(&mut path, Operation::List),
            body::query(&request.query),
        ),
        "SCAN" => (
            slashed(&mut path, Operation::Scan),
            body::query(&request.query),
        ),
        "DELETE" => (Operation::Delete, body::query(&request.query)),
        "HEAD" | "OPTIONS" => (Operation::Head, body::query(&request.query)),
        "POST" | "PUT" => (Operation::Update, body::write(request).map_err(refused)?),
        "PATCH" => (Operation::Patch, body::patch(request).map_err(refused)?),
        _ => return Err(reply::error(405, None)),
    };
    Ok(Asked {
        operation,
        path,
        data,
        token: token(request).to_owned(),
        namespace: namespace.to_owned(),
        inline: request
            .headers
            .iter()
            .filter(|(name, _)| inline::owns(name))
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect(),
        wrap_seconds: wrap_seconds(request).map_err(refused)?,
        remote: request.remote,
        now: core.clock.now(),
        remember: true,
    })
}

/// A read, or a list where the query asks for it; nothing where it asks unclearly.
fn get(request: &Request, path: &mut String) -> Option<(Operation, Parameters)> {
    let mut data = body::query(&request.query);
    let operation = match (body::asks(&data, "list")?, body::asks(&data, "scan")?) {
        (true, true) => return None,
        (true, false) => {
            data.remove("list");
            slashed(path, Operation::List)
        }
        (false, true) => {
            data.remove("scan");
            slashed(path, Operation::Scan)
        }
        (false, false) => Operation::Read,
    };
    Some((operation, data))
}

/// Lists are asked of directories.
fn slashed(path: &mut String, operation: Operation) -> Operation {
    if !path.ends_with('/') {
        path.push('/');
    }
    operation
}

/// The token of a request: its own header, or the general one.
pub(super) fn token(request: &Request) -> &str {
    match request.header("X-Vault-Token") {
        Some(token) if !token.is_empty() => token.trim(),
        _ => request
            .header("Authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default()
            .trim(),
    }
}

fn wrap_seconds(request: &Request) -> Result<i64, Fault> {
    let refused =
        |text: &str| Fault::refused(format!("error parsing X-Vault-Wrap-TTL header: {text}"));
    match request
        .header("X-Vault-Wrap-TTL")
        .filter(|text| !text.is_empty())
        .map(text_seconds)
    {
        None => Ok(0),
        Some(Err(text)) => Err(refused(&text)),
        Some(Ok(negative)) if negative < 0 => Err(refused("requested wrap ttl cannot be negative")),
        Some(Ok(seconds)) => Ok(seconds),
    }
}

/// The path without empty segments, `.` and `..`, if it has some.
fn cleaned(path: &str) -> Option<String> {
    if path == "/v1/sys" {
        return Some("/v1/sys/".to_owned());
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let slash = if path.ends_with('/') && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    let clean = format!("/{}{slash}", kept.join("/"));
    (clean != path).then_some(clean)
}

fn redirect(request: &Request, path: &str) -> Response {
    let location = match request.query.as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    let response = Response::new(307).with_header("Location", location.clone());
    if request.method != "GET" {
        return response;
    }
    let shown = location
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;");
    let link = format!("<a href=\"{shown}\">Temporary Redirect</a>.\n\n");
    response.with_body("text/html; charset=utf-8", link)
}
