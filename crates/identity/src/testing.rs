//! Builds ID tokens for this crate's tests. Their signature is no signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// An ID token with this payload.
pub(crate) fn id_token(payload: &Value) -> String {
    let header = r#"{"alg":"RS256","kid":"key-1","typ":"JWT"}"#;
    parts(header, &payload.to_string())
}

/// A text of three parts, of which the first two are encoded as they are given.
pub(crate) fn parts(header: &str, payload: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signature = encode("not a signature");
    format!("{}.{}.{signature}", encode(header), encode(payload))
}
