//! Each text that servers are known to answer, and its cause.

use build_token_http::Response;

use super::*;
use crate::error::Cause::{self, *};

fn claim(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn every_text_of_a_login() {
    let validating = |rest: &str| format!("error validating token: {rest}");
    let signature = |rest: &str| validating(&format!("error verifying token signature: {rest}"));
    let validator = |rest: &str| {
        format!("error configuring token validator: keyset configuration error: {rest}")
    };
    for (status, text, cause) in [
        (403, "permission denied".to_owned(), LoginDenied),
        (404, String::new(), LoginDenied),
        (400, "missing client token".to_owned(), LoginDenied),
        (400, "could not load configuration".to_owned(), NotConfigured),
        (400, "missing role".to_owned(), RoleMissing),
        (400, "role \"x\" could not be found".to_owned(), RoleUnknown),
        (400, "role with oidc role_type is not allowed".to_owned(), RoleIsOidc),
        (400, "missing token".to_owned(), IdTokenMissing),
        (400, validator("dial tcp 10.0.0.1:443: i/o timeout"), DiscoveryFailed),
        (400, validator("x509: certificate signed by unknown authority"), DiscoveryFailed),
        (400, validator("404 Not Found: <html>"), DiscoveryFailed),
        (400, validator("expected \"A\" got \"B\""), DiscoveryFailed),
        (400, "error configuring token validator: unsupported config type".to_owned(), MountIsOidc),
        (400, "error checking oidc discovery URL".to_owned(), DiscoveryFailed),
        (400, signature("fetching keys oidc: get keys failed: 404 Not Found"), KeysUnreachable),
        (400, signature("fetching keys: x509: certificate has expired"), KeysUnreachable),
        (400, signature("no known key successfully validated the token signature"), Signature),
        (400, signature("failed to verify id token signature"), Signature),
        (400, signature("go-jose/go-jose: compact JWS format must have three parts"), IdTokenMalformed),
        (400, signature("illegal base64 data at input byte 0"), IdTokenMalformed),
        (400, signature("unexpected signature algorithm \"HS256\"; expected [\"RS256\"]"), Algorithm),
        (400, validating("invalid algorithm (alg) header parameter: token signed with unexpected algorithm"), Algorithm),
        (400, validating("invalid issuer (iss) claim"), Issuer),
        (400, validating("invalid subject (sub) claim"), Subject),
        (400, "sub claim does not match bound subject".to_owned(), Subject),
        (400, validating("invalid audience (aud) claim: audience claim does not match any expected audience"), Audience),
        (400, "aud claim does not match any bound audience".to_owned(), Audience),
        (400, "audience claim found in JWT but no audiences bound to the role".to_owned(), AudienceUnbound),
        (400, validating("no issued at (iat), not before (nbf), or expiration time  claims in token"), NoTimes),
        (400, validating("invalid not before (nbf) claim: token not yet valid"), NotYetValid),
        (400, validating("invalid expiration time  claim: token is expired"), Expired),
        (400, validating("invalid expiration time (exp) claim: token is expired"), Expired),
        (400, validating("invalid issued at (iat) claim: token issued in the future"), IssuedInFuture),
        (400, "claim \"user_email\" not found in token".to_owned(), UserClaim { claim: claim("user_email") }),
        (400, "claim \"id\" could not be converted to string".to_owned(), UserClaim { claim: claim("id") }),
        (500, "missing name in alias".to_owned(), UserClaim { claim: None }),
        (400, "error converting claim 'runner_id' to string".to_owned(), MappedClaim { claim: claim("runner_id") }),
        (400, "failed to fetch groups: \"g\" claim not found in token".to_owned(), GroupsClaim { claim: claim("g") }),
        (400, "\"g\" claim could not be converted to string list".to_owned(), GroupsClaim { claim: claim("g") }),
        (400, "value 7 in groups claim could not be parsed as string".to_owned(), GroupsClaim { claim: None }),
        (400, "error validating claims: claim \"environment\" is missing".to_owned(), ClaimMissing { claim: claim("environment") }),
        (
            400,
            "error validating claims: claim \"project_id\" does not match any associated bound claim values".to_owned(),
            ClaimMismatch { claim: claim("project_id") },
        ),
        (400, "error validating claims: received claim is not a string, bool, int or list: 1.5".to_owned(), ClaimType),
        (500, "failed to template policy [0]: x".to_owned(), PolicyTemplate),
        (400, "auth methods cannot create root tokens".to_owned(), PolicyNotAllowed),
        (400, "cannot assign policy \"response-wrapping\"".to_owned(), PolicyNotAllowed),
        (500, "internal error".to_owned(), ServerFault),
        (400, "something new".to_owned(), LoginRefused),
        (405, "unsupported operation".to_owned(), LoginRefused),
    ] {
        assert_eq!(login(status, &text), cause, "{text}");
    }
}

#[test]
fn every_text_of_a_read() {
    for (status, text, cause) in [
        (
            403,
            "1 error occurred:\n\t* permission denied\n\n",
            ReadDenied,
        ),
        (403, "permission denied", SessionRefused),
        (
            403,
            "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n",
            SessionRefused,
        ),
        (403, "bad token", SessionRefused),
        (400, "missing client token", SessionRefused),
        (
            400,
            "Upgrading from non-versioned to versioned data. This backend will…",
            Upgrading,
        ),
        (
            404,
            "no handler for route \"x/data/y\". route entry not found.",
            NoSuchMount,
        ),
        (
            404,
            "1 error occurred:\n\t* unsupported path\n\n",
            WrongEngine,
        ),
        (
            405,
            "1 error occurred:\n\t* unsupported operation\n\n",
            WrongEngine,
        ),
        (404, "", PathMissing),
        (500, "could not find version data", ServerFault),
        (400, "relative paths not supported", ReadRefused),
    ] {
        assert_eq!(read(status, text, ""), cause, "{text}");
    }
    let warning = "Invalid path for a versioned K/V secrets engine. See the API docs";
    assert_eq!(read(404, "", warning), WrongEngine);
}

#[test]
fn every_text_of_a_revocation() {
    assert_eq!(revoke(403, "permission denied"), AlreadyGone);
    assert_eq!(
        revoke(403, "1 error occurred:\n\t* permission denied\n\n"),
        RevokeDenied
    );
    assert_eq!(revoke(400, "batch tokens cannot be revoked"), NotRevocable);
    assert_eq!(revoke(500, "internal error"), ServerFault);
    assert_eq!(revoke(400, "something new"), RevokeRefused);
}

#[test]
fn the_servers_state() {
    let limited = |leases| {
        Some(RateLimited {
            leases,
            retry_after: None,
        })
    };
    for (status, text, cause) in [
        (503, "Vault is sealed", Some(Sealed)),
        (503, "namespace is sealed", Some(Sealed)),
        (501, "", Some(NotInitialized)),
        (
            500,
            "local node not active but active cluster node not found",
            Some(NoActiveNode),
        ),
        (503, "no active Vault instance found", Some(NoActiveNode)),
        (412, "required index state not present", Some(NoActiveNode)),
        (472, "", Some(NoActiveNode)),
        (473, "", Some(NoActiveNode)),
        (
            429,
            "request path \"auth/jwt/login\": rate limit quota exceeded",
            limited(false),
        ),
        (
            429,
            "request path \"auth/jwt/login\": lease count quota exceeded",
            limited(true),
        ),
        (413, "http: request body too large", Some(RequestTooLarge)),
        (431, "", Some(RequestTooLarge)),
        (
            400,
            "<h1>400 Request Header Or Cookie Too Large</h1>",
            Some(RequestTooLarge),
        ),
        (404, "namespace not found", Some(NamespaceNotFound)),
        (
            503,
            "API access to this namespace has been locked by an administrator",
            Some(NamespaceLocked),
        ),
        (
            400,
            "Client sent an HTTP request to an HTTPS server.\n",
            Some(PlainHttpToTls),
        ),
        (
            400,
            "<center>The plain HTTP request was sent to HTTPS port</center>",
            Some(PlainHttpToTls),
        ),
        (
            400,
            "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
            Some(PlainHttpToTls),
        ),
        (500, "internal error", None),
        (403, "permission denied", None),
    ] {
        let response = Response::new(status, Vec::new(), Vec::new());
        assert_eq!(state(&response, text), cause, "{status} {text}");
    }
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    let cause = state(&Response::new(429, headers, Vec::new()), "");
    let retry_after = Some(std::time::Duration::from_secs(7));
    assert_eq!(
        cause,
        Some(Cause::RateLimited {
            leases: false,
            retry_after
        })
    );
}
