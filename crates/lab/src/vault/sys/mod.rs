//! The system's paths.

mod capabilities;
mod mounts;
mod policies;
mod preflight;
mod status;

use super::{Core, endpoint::Endpoint, reply};
use crate::wire::{Request, Response};

/// The paths that go through tokens and policies.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    mounts::LIST,
    mounts::ONE,
    mounts::AUTH_LIST,
    mounts::AUTH_ONE,
    policies::LIST,
    policies::ONE,
    policies::LEGACY_LIST,
    policies::LEGACY_ONE,
    capabilities::OWN,
    capabilities::OTHERS,
    capabilities::BY_ACCESSOR,
    preflight::ALL,
    preflight::NONE,
    preflight::ONE,
];

/// Answers the paths that are there without a token, and while the server is sealed.
pub(super) fn unguarded(
    core: &Core,
    request: &Request,
    path: &str,
    namespace: &str,
) -> Option<Response> {
    let answer = match path {
        "sys/health" => status::health,
        "sys/init" => status::init,
        "sys/seal" => status::seal,
        "sys/unseal" => status::unseal,
        "sys/seal-status" => return Some(only_get(request, || status::seal_status(core))),
        "sys/leader" => return Some(only_get(request, status::leader)),
        _ => return None,
    };
    if namespace.is_empty() {
        return Some(answer(core, request));
    }
    Some(reply::error(
        400,
        Some("operation unavailable in namespaces"),
    ))
}

fn only_get(request: &Request, answer: impl FnOnce() -> Response) -> Response {
    if request.method == "GET" {
        answer()
    } else {
        reply::error(405, None)
    }
}
