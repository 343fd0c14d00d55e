//! Who calls the API: from a header to a user, or to the refusal that tells a token's states
//! apart.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use super::answer::{insufficient_scope, invalid_token, unauthorized};
use super::parameters::Parameters;
use super::state::{State, Token, User};
use crate::log::bearer;
use crate::wire::{Request, Response};

/// Which tokens an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Any: a token may always look at itself, and revoke itself.
    AnyScope,
    /// One that may read the API.
    Read,
    /// One that may change things.
    Write,
}

impl Need {
    fn met_by(self, token: &Token) -> bool {
        match self {
            Self::AnyScope => true,
            Self::Read => token.has_scope(&["api", "read_api"]),
            Self::Write => token.has_scope(&["api"]),
        }
    }
}

/// SHA-256 of a token's value.
pub(crate) fn token_digest(value: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, value.as_bytes()).as_ref());
    hash
}

impl State {
    /// The token with that value, in whatever state.
    pub(super) fn token_by_value(&mut self, value: &str) -> Option<&mut Token> {
        let digest = token_digest(value);
        self.tokens
            .values_mut()
            .find(|token| token.digest == digest)
    }

    /// The caller's token and user. The use is written down.
    pub(super) fn caller(
        &mut self,
        request: &Request,
        parameters: &Parameters,
        now: Timestamp,
        need: Need,
    ) -> Result<(Token, User), Response> {
        let value = request
            .header("private-token")
            .map(str::to_owned)
            .or_else(|| bearer(request.header("authorization")?))
            .or_else(|| parameters.text("private_token"))
            .ok_or_else(unauthorized)?;
        let token = self.token_by_value(&value).ok_or_else(unauthorized)?;
        if token.expired(now) {
            let text = "Token is expired. You can either do re-authorization or token refresh.";
            return Err(invalid_token(text));
        }
        if token.revoked {
            let text = "Token was revoked. You have to re-authorize from the user.";
            return Err(invalid_token(text));
        }
        if !need.met_by(token) {
            return Err(insufficient_scope("api read_api"));
        }
        token.used(now, request.remote);
        let token = token.clone();
        let user = self
            .users
            .get(&token.user)
            .cloned()
            .ok_or_else(unauthorized)?;
        Ok((token, user))
    }
}
