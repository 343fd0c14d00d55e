//! The embedded Vault as its clients meet it, request by request.

mod any_request;
mod envelope;
mod logins;
#[path = "../../../../../tests/openbao/real_server.rs"]
#[allow(dead_code)]
mod real_server;
mod remote_keys;
mod secrets;
mod sessions;
mod side_by_side;

use std::{fmt::Write as _, net::Ipv4Addr, sync::LazyLock};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use serde_json::{Value, json};

use super::{Vault, VaultOptions};
use crate::{
    clock::Clock,
    wire::{Request, Response},
};

/// A server, its clock, and a short way to ask it.
struct Server {
    vault: Vault,
    clock: Clock,
}

impl Server {
    fn new() -> Self {
        let clock = Clock::default();
        let options = VaultOptions {
            root_token: "root".to_owned(),
        };
        Self {
            vault: Vault::new(options, clock.clone()),
            clock,
        }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.vault.handle(Request {
            method: method.to_owned(),
            path: format!("/v1/{path}"),
            query: query.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_vec(),
            remote: Ipv4Addr::LOCALHOST.into(),
        })
    }

    /// Asks with a token; `null` is no body.
    fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let kind = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let headers = [("X-Vault-Token", token), ("Content-Type", kind)];
        let headers = if token.is_empty() {
            &headers[1..]
        } else {
            &headers[..]
        };
        let response = self.send(method, path, headers, body.as_bytes());
        (
            response.status,
            serde_json::from_slice(&response.body).unwrap_or(Value::Null),
        )
    }

    /// Asks as root, and expects no refusal.
    fn root(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask("root", method, path, body);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// The refusal's status and text.
    fn refusal(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.ask(token, method, path, body);
        (
            status,
            answer["errors"][0].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// A server with a secret, a policy that reads it, and a role that a project's jobs log in with.
    fn seeded() -> Self {
        let server = Self::new();
        server.root(
            "POST",
            "sys/mounts/ci",
            json!({ "type": "kv", "options": { "version": "2" } }),
        );
        server.root(
            "POST",
            "ci/data/build-token",
            json!({ "data": { "token": "glpat-x" } }),
        );
        server.root(
            "PUT",
            "sys/policies/acl/reader",
            json!({ "policy": "path \"ci/data/*\" { capabilities = [\"read\"] }" }),
        );
        server.root("POST", "sys/auth/jwt", json!({ "type": "jwt" }));
        server.root(
            "POST",
            "auth/jwt/config",
            json!({ "jwt_validation_pubkeys": KEY.pem, "bound_issuer": "https://gitlab" }),
        );
        server.role("job", json!({}));
        server
    }

    fn role(&self, name: &str, changes: Value) {
        let mut role = json!({ "role_type": "jwt", "user_claim": "project_id",
            "bound_audiences": "https://vault", "token_policies": "reader" });
        merge(&mut role, changes);
        self.root("POST", &format!("auth/jwt/role/{name}"), role);
    }

    /// An ID token of a job, with some claims changed.
    fn id_token(&self, changes: Value) -> String {
        let now = self.clock.now().as_second();
        let mut claims = json!({ "iss": "https://gitlab", "aud": "https://vault", "sub": "s", "iat": now,
            "nbf": now - 5, "exp": now + 300, "project_id": "20", "project_path": "g/p" });
        merge(&mut claims, changes);
        KEY.sign(&json!({ "alg": "RS256", "kid": "one" }), &claims)
    }

    fn login(&self, role: &str) -> Value {
        let body = json!({ "role": role, "jwt": self.id_token(json!({})) });
        let (status, answer) = self.ask("", "POST", "auth/jwt/login", body);
        assert_eq!(status, 200, "{answer}");
        answer["auth"].clone()
    }

    fn session(&self, role: &str) -> String {
        self.login(role)["client_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn merge(base: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else {
        panic!("changes are a map")
    };
    for (name, value) in changes {
        base[name] = value;
    }
}

/// A key that signs ID tokens: the lab's, which everybody may know.
struct TestKey {
    pair: KeyPair,
    /// The public half in PEM, and as the members of a JWK.
    pem: String,
    modulus: String,
    exponent: String,
}

static KEY: LazyLock<TestKey> = LazyLock::new(TestKey::of_the_lab);

impl TestKey {
    fn of_the_lab() -> Self {
        let pem = include_str!("../../gitlab/lab-signing-key.pem");
        let lines = pem
            .lines()
            .skip_while(|line| !line.starts_with("-----BEGIN"));
        let encoded: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let pair = KeyPair::from_pkcs8(&STANDARD.decode(encoded).unwrap()).unwrap();
        let parts = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
        // A SubjectPublicKeyInfo around ring's RSAPublicKey.
        let key = pair.public().as_ref();
        let length = |count: usize| [0x82, (count >> 8) as u8, (count & 0xff) as u8];
        let kind = [
            0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0,
        ];
        let mut bits = vec![0x03];
        bits.extend(length(key.len() + 1));
        bits.push(0);
        bits.extend(key);
        let mut der = vec![0x30];
        der.extend(length(kind.len() + bits.len()));
        der.extend(kind);
        der.extend(bits);
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for line in STANDARD.encode(der).as_bytes().chunks(64) {
            writeln!(pem, "{}", std::str::from_utf8(line).unwrap()).unwrap();
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        let (modulus, exponent) = (
            URL_SAFE_NO_PAD.encode(parts.n),
            URL_SAFE_NO_PAD.encode(parts.e),
        );
        Self {
            pair,
            pem,
            modulus,
            exponent,
        }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = [header, claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
            .join(".");
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
