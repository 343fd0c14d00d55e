//! Whatever a client sends: an answer, never a panic, and no 5xx that the real server would not give.

use proptest::prelude::*;
use serde_json::json;

use super::Server;

/// The texts that may come with a 5xx.
const KNOWN: [&str; 12] = [
    "Vault is sealed",
    "error performing token check: illegal base64 data",
    "illegal base64 data at input byte",
    "failed to perform inline authentication: ",
    "could not find version data",
    "resource does not exist",
    "Invalid JSON Patch",
    "missing name in alias",
    "failed to template policy [",
    "past the max TTL, cannot renew",
    "no token found",
    "internal error",
];

fn path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("sys"),
        Just("mounts"),
        Just("auth"),
        Just("policies"),
        Just("acl"),
        Just("policy"),
        Just("capabilities-self"),
        Just("capabilities"),
        Just("internal/ui/mounts"),
        Just("health"),
        Just("seal-status"),
        Just("init"),
        Just("unseal"),
        Just("leader"),
        Just("jwt"),
        Just("config"),
        Just("role"),
        Just("job"),
        Just("login"),
        Just("token"),
        Just("create"),
        Just("lookup"),
        Just("lookup-self"),
        Just("renew-self"),
        Just("renew"),
        Just("revoke"),
        Just("revoke-accessor"),
        Just("secret"),
        Just("ci"),
        Just("data"),
        Just("metadata"),
        Just("delete"),
        Just("undelete"),
        Just("destroy"),
        Just("subkeys"),
        Just("x"),
        Just(""),
        Just(".."),
        Just("%41"),
        Just("%"),
        Just("\u{e9}"),
        Just("%00"),
        Just("default"),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.join("/")),
        "\\PC{0,20}",
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(1.5)),
        Just(json!("x")),
        Just(json!("")),
        Just(json!("1h")),
        Just(json!([])),
        Just(json!(["x", 1])),
        Just(json!({})),
        Just(json!({ "a": { "b": null } })),
        Just(json!("path \"x\" { capabilities = [\"read\"] }")),
        Just(json!("root")),
        Just(json!("jwt")),
        Just(json!("kv")),
        Just(json!(1e300)),
    ];
    let name = prop_oneof![
        Just("data"),
        Just("options"),
        Just("versions"),
        Just("type"),
        Just("policy"),
        Just("paths"),
        Just("token"),
        Just("accessor"),
        Just("role"),
        Just("jwt"),
        Just("custom_metadata"),
        Just("max_versions"),
        Just("ttl"),
        Just("period"),
        Just("policies"),
        Just("user_claim"),
        Just("role_type"),
        Just("bound_claims"),
        Just("bound_audiences"),
        Just("jwt_validation_pubkeys"),
        Just("increment"),
        Just("metadata_cas"),
        Just("delete_version_after"),
        Just("id"),
        Just("cas"),
        Just("expiration"),
        Just("config"),
        Just("meta"),
        Just("key"),
        Just("limit"),
        Just("after"),
    ];
    prop_oneof![
        prop::collection::vec((name, value), 0..4).prop_map(|members| {
            let map: serde_json::Map<_, _> = members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            serde_json::to_vec(&map).unwrap_or_default()
        }),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        Just("X-Vault-Token"),
        Just("Authorization"),
        Just("X-Vault-Namespace"),
        Just("Content-Type"),
        Just("X-Vault-Wrap-TTL"),
        Just("X-Vault-Inline-Auth-Path"),
        Just("X-Vault-Inline-Auth-Operation"),
        Just("X-Vault-Inline-Auth-Parameter-jwt"),
        Just("X-Vault-Request"),
    ];
    let value = prop_oneof![
        Just("root".to_owned()),
        Just("Bearer root".to_owned()),
        Just("b.!".to_owned()),
        Just("1m".to_owned()),
        Just("application/merge-patch+json".to_owned()),
        Just("application/x-www-form-urlencoded".to_owned()),
        Just("auth/jwt/login".to_owned()),
        Just("eyJrZXkiOiJqd3QiLCJ2YWx1ZSI6IngifQ".to_owned()),
        "\\PC{0,12}",
    ];
    (name.prop_map(str::to_owned), value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_request_has_a_documented_answer(
        method in "(GET|POST|PUT|PATCH|DELETE|LIST|SCAN|HEAD|[A-Z]{0,5})",
        path in path(),
        query in "(\\PC|[&=%]|list=true|version=1|limit=2){0,6}",
        headers in prop::collection::vec(header(), 0..3),
        as_root in any::<bool>(),
        body in body(),
    ) {
        // One server for all would be quicker, but then one request could hide another's fault.
        let server = Server::new();
        server.root("POST", "sys/auth/jwt", json!({ "type": "jwt" }));
        let mut headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if as_root {
            headers.insert(0, ("X-Vault-Token", "root"));
        }
        let response = server.send(&method, &format!("{path}?{query}"), &headers, &body);
        prop_assert!((200..600).contains(&response.status), "{}", response.status);
        let text = String::from_utf8(response.body).unwrap();
        if response.status >= 500 {
            prop_assert!(KNOWN.iter().any(|known| text.contains(known)), "{method} {path}: {text}");
        }
    }
}
