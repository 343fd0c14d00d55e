//! The setting of the canary test: one lab, the ID tokens, and the secrets that must not get out.

use build_token_lab::Options;
use serde_json::json;

use crate::recorders::Recorders;
use crate::support::secrets::Canaries;
use crate::support::{CANONICAL, FORK, SECURITY, World};

/// In the job's environment: what `VAULT_TOKEN` and `BAO_TOKEN` hold on a runner that has them. The
/// second is the lab's root token.
pub const VAULT_TOKEN: &str = "hvs.CanaryVaultTokenOfTheRunner01";
pub const ROOT_TOKEN: &str = "canary-root-token-of-the-lab-0001";
/// What GitLab's native `secrets:` put into the variable.
pub const ADOPTED: &str = "CanaryAdoptedTokenWithoutAShape1";
/// What rogue servers hand out: a session, a build token, a value that cannot be one.
pub const ROGUE_SESSION: &str = "CanarySessionWithoutAShape000001";
pub const ROGUE_TOKEN: &str = "CanaryTokenWithoutAShape00000001";
pub const TWO_LINES: &str = "CanaryFirstLine00001\nCanarySecondLine00002";
/// In a URL where no credential belongs.
pub const PASSWORD: &str = "CanaryPasswordInAUrl00001";

/// GitLab's own token of the job.
pub const JOB_TOKEN: &str = "glcbt-64_CanaryTokenOfTheJob001";
/// A secret that only `redact` is told of.
pub const OWN: &str = "canary of one's own, 0000001";

/// The names under which a secret may be allowed somewhere.
pub const BUILD_TOKEN: &str = "build token";
pub const ID_TOKEN: &str = "ID token";
pub const ROOT: &str = "root token";

/// The lab, and what is known of it.
pub struct Setting {
    pub world: World,
    /// ID tokens of jobs of the three projects, and one that has expired.
    pub security: String,
    pub canonical: String,
    pub fork: String,
    pub expired: String,
    pub canaries: Canaries,
    pub recorders: Recorders,
}

impl Setting {
    pub fn start() -> Setting {
        let world = World::with(Options {
            root_token: ROOT_TOKEN.to_owned(),
            ..Options::default()
        });
        let [security, canonical, fork] =
            [SECURITY, CANONICAL, FORK].map(|project| world.id_token(project));
        let expired = world.id_token_with(
            SECURITY,
            json!({"exp": 1_000_000_000, "iat": 999_999_000, "nbf": 999_999_000}),
        );
        let mut secrets = vec![
            (BUILD_TOKEN, world.lab.build_token().expose().to_owned()),
            (BUILD_TOKEN, ADOPTED.to_owned()),
            (BUILD_TOKEN, ROGUE_TOKEN.to_owned()),
            (BUILD_TOKEN, TWO_LINES.to_owned()),
            ("VAULT_TOKEN", VAULT_TOKEN.to_owned()),
            (ROOT, ROOT_TOKEN.to_owned()),
            ("Vault session", ROGUE_SESSION.to_owned()),
            ("password", PASSWORD.to_owned()),
            ("job token", JOB_TOKEN.to_owned()),
            ("own secret", OWN.to_owned()),
        ];
        for token in [&security, &canonical, &fork, &expired] {
            secrets.push((ID_TOKEN, token.clone()));
            secrets.push((ID_TOKEN, signature(token).to_owned()));
        }
        Setting {
            canaries: Canaries::new(secrets),
            recorders: Recorders::new(),
            world,
            security,
            canonical,
            fork,
            expired,
        }
    }
}

impl Setting {
    /// `text` with what only this setting knows.
    pub fn fill(&self, text: &str) -> String {
        let fingerprint = self
            .world
            .lab
            .build_token()
            .fingerprint()
            .expect("it is long enough");
        text.replace("<git>", &self.world.lab.git_url(SECURITY))
            .replace("<fingerprint>", &fingerprint.to_string())
    }
}

/// What makes an ID token one.
pub fn signature(id_token: &str) -> &str {
    id_token.rsplit('.').next().expect("three parts")
}
