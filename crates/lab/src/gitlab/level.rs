//! Access levels and scopes: the words of GitLab's permissions.

/// May download the code of a private project from here on.
pub(crate) const REPORTER: u8 = 20;
/// May push.
pub(crate) const DEVELOPER: u8 = 30;
/// What a group access token gets when its creator does not say: more than a reader needs.
pub(crate) const MAINTAINER: u8 = 40;
/// May manage a group's access tokens.
pub(crate) const OWNER: u8 = 50;

/// The levels that a group access token may have.
pub(crate) const LEVELS: [u8; 6] = [10, 15, REPORTER, DEVELOPER, MAINTAINER, OWNER];

/// The scopes that a group access token may have.
pub(crate) const SCOPES: [&str; 15] = [
    "api",
    "read_api",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "read_virtual_registry",
    "write_virtual_registry",
    "create_runner",
    "manage_runner",
    "ai_features",
    "k8s_proxy",
    "self_rotate",
    "read_observability",
    "write_observability",
];

/// The scopes with which git may download.
pub(crate) const DOWNLOAD: [&str; 3] = ["api", "read_repository", "write_repository"];
/// The scopes with which git may push.
pub(crate) const PUSH: [&str; 2] = ["api", "write_repository"];
