//! Tokens at work: finding the one that a request carries, making new ones, and sealing the kind
//! that is not remembered.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use build_token_vault::rules::{
    acl::Acl,
    login::jwt::decode_base64,
    policy::Policy,
    token::{Kind, Lifetime, Token},
};
use jiff::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Map, Value, json};

use super::{
    random,
    reply::{Auth, Fault},
    state::State,
};

/// Who asks: a token, and what it may do.
pub(super) struct Caller {
    /// The token's value.
    pub(super) value: String,
    pub(super) token: Token,
    pub(super) acl: Acl,
    /// Whether it was made for this request alone and is not remembered.
    pub(super) inline: bool,
}

/// Seals batch tokens, which the server does not remember.
pub(super) struct Sealer {
    key: LessSafeKey,
}

impl Sealer {
    /// With a key of its own, so that tokens of another run are not accepted.
    pub(super) fn new() -> Self {
        let key = UnboundKey::new(&AES_256_GCM, &random::bytes::<32>());
        // 32 bytes are what AES-256 asks for.
        #[expect(clippy::expect_used, reason = "the key's length is right there")]
        let key = key.expect("an AES-256 key has 32 bytes");
        Self {
            key: LessSafeKey::new(key),
        }
    }

    /// The value of a batch token.
    fn seal(&self, token: &Token) -> Option<String> {
        let note = json!({
            "policies": token.policies, "path": token.path, "meta": token.meta,
            "display_name": token.display_name, "issued": token.issued.as_second(), "ttl": token.ttl,
            "entity": token.entity, "role": token.role, "orphan": token.orphan,
            "networks": token.bound_networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        let nonce = random::bytes::<12>();
        let mut sealed = note.to_string().into_bytes();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(unique, Aad::empty(), &mut sealed)
            .ok()?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Some(format!("b.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The batch token of a value; nothing if it is not one of ours.
    ///
    /// # Errors
    /// Where it is not even encoded: the decoder's text.
    fn open(&self, value: &str) -> Result<Option<Token>, String> {
        let encoded = value.strip_prefix("b.").unwrap_or(value);
        let mut bytes = decode_base64(encoded)?;
        Ok(self.open_bytes(&mut bytes))
    }

    fn open_bytes(&self, bytes: &mut [u8]) -> Option<Token> {
        let (nonce, sealed) = bytes.split_at_mut_checked(12)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let note = self.key.open_in_place(nonce, Aad::empty(), sealed).ok()?;
        let note: Value = serde_json::from_slice(note).ok()?;
        let text = |name: &str| note[name].as_str().unwrap_or_default().to_owned();
        let texts = |name: &str| -> Vec<String> {
            note[name]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect()
        };
        let mut token = Token {
            policies: texts("policies"),
            path: text("path"),
            meta: serde_json::from_value(note["meta"].clone()).ok()?,
            display_name: text("display_name"),
            issued: Timestamp::from_second(note["issued"].as_i64()?).ok()?,
            ttl: note["ttl"].as_i64()?,
            entity: text("entity"),
            role: text("role"),
            orphan: note["orphan"].as_bool()?,
            bound_networks: texts("networks")
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
            kind: Kind::Batch,
            ..Token::default()
        };
        token.live_for(token.ttl, token.issued);
        Some(token)
    }
}

/// The living token of a value.
///
/// # Errors
/// Where a batch token is not even encoded: the decoder's text.
pub(super) fn find(
    state: &State,
    sealer: &Sealer,
    value: &str,
    now: Timestamp,
) -> Result<Option<Token>, String> {
    let found = if value.starts_with("b.") {
        sealer.open(value)?
    } else {
        state.tokens.get(value).cloned()
    };
    Ok(found.filter(|token| !token.is_expired(now)))
}

/// What a token may do now.
pub(super) fn acl(state: &State, token: &Token, now: Timestamp) -> Acl {
    let policies: Vec<Arc<Policy>> = token
        .policies
        .iter()
        .filter_map(|name| match name.as_str() {
            "root" => Some(Arc::new(Policy::root())),
            name => {
                let stored = state.policies.get(name)?;
                let alive = stored.expires.is_none_or(|expires| now < expires);
                alive.then(|| Arc::clone(&stored.policy))
            }
        })
        .collect();
    let subject = state.identities.subject(&token.entity);
    Acl::new(policies.iter().map(AsRef::as_ref), &subject, now)
}

/// Makes a token: `ttl` seconds of life, remembered unless it is a batch token or for one request.
pub(super) struct Issue<'a> {
    pub(super) token: Token,
    /// The value that was asked for.
    pub(super) value: Option<String>,
    pub(super) parent: Option<&'a str>,
    pub(super) remember: bool,
}

impl Issue<'_> {
    pub(super) fn issue(
        mut self,
        state: &mut State,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<(String, Token), Fault> {
        self.token.issued = now;
        self.token.orphan = self.parent.is_none();
        let value = match self.token.kind {
            Kind::Batch => {
                self.token.renewable = false;
                self.token.issued = Timestamp::from_second(now.as_second()).unwrap_or(now);
                self.token.live_for(self.token.ttl, self.token.issued);
                sealer.seal(&self.token).ok_or_else(Fault::internal)?
            }
            Kind::Service => {
                self.token.live_for(self.token.ttl, now);
                self.token.accessor = random::letters();
                self.value
                    .unwrap_or_else(|| format!("s.{}", random::letters()))
            }
        };
        if self.remember
            && self.token.kind == Kind::Service
            && !state.tokens.add(&value, self.token.clone(), self.parent)
        {
            return Err(Fault::refused("cannot create a token with a duplicate ID"));
        }
        Ok((value, self.token))
    }
}

/// The answer that shows a session.
pub(super) fn shown(value: &str, token: &Token, lease_seconds: i64) -> Auth {
    let metadata = token.meta.as_ref().map(|meta| {
        meta.iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect::<Map<_, _>>()
    });
    Auth {
        client_token: value.to_owned(),
        accessor: token.accessor.clone(),
        policies: token.policies.clone(),
        metadata,
        lease_seconds,
        renewable: token.renewable,
        entity: token.entity.clone(),
        token_type: token.kind.name(),
        orphan: token.orphan,
        num_uses: token.num_uses,
        token: None,
    }
}

/// The first root token, whose value is given.
pub(super) fn root(value: &str, state: &mut State, now: Timestamp) {
    let token = Token {
        accessor: random::letters(),
        orphan: true,
        policies: vec!["root".to_owned()],
        path: "auth/token/create".to_owned(),
        display_name: "token".to_owned(),
        issued: now,
        lifetime: Lifetime::default(),
        ..Token::default()
    };
    state.tokens.add(value, token, None);
}
