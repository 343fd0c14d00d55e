//! The policies that a fresh server has.

use std::sync::Arc;

use build_token_vault::rules::policy::Policy;
use jiff::Timestamp;

use super::state::StoredPolicy;

/// Grants what the server's own default policy grants.
const DEFAULT: &str = include_str!("default-policy.hcl");

/// The policy `default`, which tokens get unless they are made without it.
pub(super) fn default(now: Timestamp) -> StoredPolicy {
    StoredPolicy {
        policy: Arc::new(Policy::parse("default", DEFAULT, now).unwrap_or_default()),
        text: DEFAULT.to_owned(),
        version: 1,
        cas_required: false,
        modified: Some(now),
        expires: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_can_be_read() {
        let parsed = Policy::parse("default", DEFAULT, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(parsed.rules.len(), 17);
        assert!(parsed.templated);
    }
}
