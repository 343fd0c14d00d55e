//! What a Vault that trusts this GitLab fetches: the discovery document and the public keys.

use serde_json::{Value, json};

use super::answer::json;
use crate::wire::Response;

/// `GET /.well-known/openid-configuration`. As in GitLab, the claims of users' tokens only: those
/// of CI jobs are not listed.
pub(super) fn discovery(issuer: &str) -> Response {
    let body = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth/authorize"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "introspection_endpoint": format!("{issuer}/oauth/introspect"),
        "userinfo_endpoint": format!("{issuer}/oauth/userinfo"),
        "jwks_uri": format!("{issuer}/oauth/discovery/keys"),
        "scopes_supported": ["api", "read_api", "read_repository", "openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "name", "nickname",
            "preferred_username", "email", "email_verified", "website", "profile", "picture",
            "groups", "groups_direct",
        ],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    json(200, &body)
}

/// `GET /oauth/discovery/keys`, `GET /-/jwks`
pub(super) fn keys(keys: &[Value]) -> Response {
    json(200, &json!({ "keys": keys }))
}
