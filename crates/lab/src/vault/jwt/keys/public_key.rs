//! A public key, from PEM or from a JWKS document. RSA signatures are verified; keys of other
//! kinds are accepted and verify nothing, since GitLab signs with RSA alone.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use build_token_vault::rules::login::jwt::Jwt;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaPublicKeyComponents,
};
use serde_json::Value;

/// A public key.
#[derive(Clone, Debug)]
pub(in crate::vault) enum PublicKey {
    /// Modulus and exponent, without leading zeroes.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// One that verifies nothing here.
    Other,
}

impl PublicKey {
    /// Reads a public key or a certificate in PEM; nothing may follow it.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let (label, der, rest) = block(pem).ok_or("data does not contain any valid public keys")?;
        if !rest.trim().is_empty() {
            return Err("unexpected trailing data after parsed PEM block".to_owned());
        }
        let key = match label {
            "CERTIFICATE" => from_certificate(&der),
            _ => from_public_key(&der),
        };
        key.ok_or_else(|| "x509: malformed certificate".to_owned())
    }

    /// Reads a key of a JWKS document; nothing where it can't verify signatures.
    pub(super) fn from_jwk(key: &Value) -> Option<Self> {
        if key["use"].as_str().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        match key["kty"].as_str()? {
            "RSA" => Some(Self::Rsa {
                modulus: URL_SAFE_NO_PAD.decode(key["n"].as_str()?).ok()?,
                exponent: URL_SAFE_NO_PAD.decode(key["e"].as_str()?).ok()?,
            }),
            _ => Some(Self::Other),
        }
    }

    /// Whether it is this key that signed an ID token.
    pub(super) fn verifies(&self, jwt: &Jwt) -> bool {
        let Self::Rsa { modulus, exponent } = self else {
            return false;
        };
        let parameters = match jwt.algorithm() {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "RS384" => &RSA_PKCS1_2048_8192_SHA384,
            "RS512" => &RSA_PKCS1_2048_8192_SHA512,
            _ => return false,
        };
        let key = RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        };
        !jwt.has_critical_extensions()
            && key
                .verify(parameters, jwt.signed.as_bytes(), &jwt.signature)
                .is_ok()
    }
}

/// The first block of a PEM text: its label, its bytes, and what follows.
fn block(pem: &str) -> Option<(&str, Vec<u8>, &str)> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, rest) = rest.split_once("-----END ")?;
    let (_, rest) = rest.split_once("-----")?;
    let body: String = body.split_whitespace().collect();
    Some((label, STANDARD.decode(body).ok()?, rest))
}

/// The object identifier of RSA keys.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// A `SubjectPublicKeyInfo`: the kind of key, then the key in a bit string.
fn from_public_key(der: &[u8]) -> Option<PublicKey> {
    let (outer, _) = element(der, 0x30)?;
    let (kind, rest) = element(outer, 0x30)?;
    let (kind, _) = element(kind, 0x06)?;
    let (bits, _) = element(rest, 0x03)?;
    if kind != RSA {
        return Some(PublicKey::Other);
    }
    // The first byte counts unused bits, of which there are none.
    rsa(bits.get(1..)?)
}

/// The key of an X.509 certificate: what follows version, serial number, algorithm, issuer,
/// validity and subject.
fn from_certificate(der: &[u8]) -> Option<PublicKey> {
    let (outer, _) = element(der, 0x30)?;
    let (signed, _) = element(outer, 0x30)?;
    let mut rest = element(signed, 0xa0).map_or(signed, |(_, rest)| rest);
    for tag in [0x02, 0x30, 0x30, 0x30, 0x30] {
        (_, rest) = element(rest, tag)?;
    }
    from_public_key(rest)
}

/// An `RSAPublicKey`: modulus and exponent.
fn rsa(der: &[u8]) -> Option<PublicKey> {
    let (numbers, _) = element(der, 0x30)?;
    let (modulus, rest) = element(numbers, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    let trimmed = |number: &[u8]| {
        number
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect()
    };
    Some(PublicKey::Rsa {
        modulus: trimmed(modulus),
        exponent: trimmed(exponent),
    })
}

/// An element's content, if it has that tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            if bytes.len() > 4 {
                return None;
            }
            (
                bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                rest,
            )
        }
    };
    if found == tag {
        rest.split_at_checked(length)
    } else {
        None
    }
}
