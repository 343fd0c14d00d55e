//! The reference deployment as data: Omnibus GitLab's groups, projects, token, secret and roles.

mod gitlab;
mod remote;
mod vault;

pub(crate) use gitlab::{administrator, reference};
pub(crate) use remote::RemoteVault;
pub(crate) use vault::{Call, Deployment, apply, calls};

/// The administrator's token of every lab. Public, like everything secret in a lab.
pub(crate) const ADMIN_TOKEN: &str = "glpat-LabOnlyAdminToken001";

/// The value of the reference deployment's build token. The same in every lab, so that several
/// labs can share one real Vault.
pub(crate) const BUILD_TOKEN: &str = "glpat-LabOnlyBuildToken001";

/// The group whose projects the build token reads.
pub(crate) const SECURITY_GROUP: &str = "gitlab-org/security";

/// The build token's name.
pub(crate) const BUILD_TOKEN_NAME: &str = "build-token";

/// How long the build token lives, in days: it is rotated every three months.
pub(crate) const BUILD_TOKEN_LIFE: i32 = 90;
