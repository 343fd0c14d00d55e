//! The key that signs the lab's ID tokens: fixed, public and loudly labelled, so that a lab starts
//! at once and every lab's tokens can be checked by the same public key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};

use crate::LabError;

/// PKCS #8 in PEM. Everybody may know it; nobody may trust it outside a lab.
const PEM: &str = include_str!("lab-signing-key.pem");

/// An RSA key that signs JSON Web Tokens with RS256.
pub(super) struct SigningKey {
    key: KeyPair,
    id: String,
    modulus: String,
    exponent: String,
}

impl SigningKey {
    /// The lab's key.
    pub fn of_the_lab() -> Result<Self, LabError> {
        let encoded: String = PEM
            .lines()
            .skip_while(|line| !line.starts_with("-----BEGIN"))
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = STANDARD.decode(encoded).map_err(|_| LabError::SigningKey)?;
        let key = KeyPair::from_pkcs8(&der).map_err(|_| LabError::SigningKey)?;
        let parts = PublicKeyComponents::<Vec<u8>>::from(key.public());
        let modulus = URL_SAFE_NO_PAD.encode(parts.n);
        let exponent = URL_SAFE_NO_PAD.encode(parts.e);
        // A key's thumbprint (RFC 7638): its members in this order, nothing between them.
        let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Ok(Self {
            key,
            id,
            modulus,
            exponent,
        })
    }

    /// The public half, as a JSON Web Key.
    pub fn public(&self) -> Value {
        json!({
            "kty": "RSA",
            "kid": self.id,
            "e": self.exponent,
            "n": self.modulus,
            "use": "sig",
            "alg": "RS256",
        })
    }

    /// Signs claims: header, payload and signature, joined by dots.
    pub fn sign(&self, claims: &Value) -> Result<String, LabError> {
        let header = json!({ "kid": self.id, "typ": "JWT", "alg": "RS256" });
        let text = [&header, claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
            .join(".");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .map_err(|_| LabError::SigningKey)?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;

    #[test]
    fn the_published_key_verifies_what_the_key_signs() {
        let key = SigningKey::of_the_lab().unwrap();
        let token = key.sign(&json!({ "sub": "x" })).unwrap();
        let (text, signature) = token.rsplit_once('.').unwrap();
        let published = key.public();
        let part = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(published[name].as_str().unwrap())
                .unwrap()
        };
        RsaPublicKeyComponents {
            n: part("n"),
            e: part("e"),
        }
        .verify(
            &RSA_PKCS1_2048_8192_SHA256,
            text.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).unwrap(),
        )
        .unwrap();
    }

    #[test]
    fn the_key_is_loudly_labelled() {
        assert!(PEM.starts_with("THE SIGNING KEY OF THE LAB."));
    }
}
