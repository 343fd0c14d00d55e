//! What GitLab says about a token: its own record, and the groups and projects that it reaches.

use serde::Deserialize;

/// A role, by GitLab's number. The numbers grow with the rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct AccessLevel(pub u32);

impl AccessLevel {
    /// May see a private project, not its code.
    pub const GUEST: AccessLevel = AccessLevel(10);
    /// The least role that may download code.
    pub const REPORTER: AccessLevel = AccessLevel(20);
    /// The role of a build token.
    pub const DEVELOPER: AccessLevel = AccessLevel(30);
}

/// The answer to `GET /personal_access_tokens/self`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TokenSelf {
    /// Its number, which stays when it is rotated away and names it for revocation.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// The user whose rights it has; for a group access token a bot.
    pub user_id: u64,
    /// It was revoked.
    #[serde(default)]
    pub revoked: bool,
    /// It works at this moment.
    #[serde(default = "yes")]
    pub active: bool,
    /// The date (UTC, `YYYY-MM-DD`) at whose very beginning it dies; nothing when it never does.
    pub expires_at: Option<String>,
    /// When it was made, RFC 3339.
    pub created_at: Option<String>,
    /// When it was used last, RFC 3339; GitLab notes it with minutes of delay.
    pub last_used_at: Option<String>,
}

impl TokenSelf {
    /// Whether a scope of it lets git download code (`Gitlab::Auth.abilities_for_scopes`).
    #[must_use]
    pub fn may_download_code(&self) -> bool {
        self.scopes.iter().any(|scope| {
            matches!(
                scope.as_str(),
                "read_repository" | "write_repository" | "read_api" | "api" | "ai_workflows"
            )
        })
    }
}

fn yes() -> bool {
    true
}

/// What a token's user is a member of, directly or through a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Associations {
    /// The groups.
    pub groups: Vec<Group>,
    /// The projects.
    pub projects: Vec<Project>,
    /// There are more than were asked for: what is not in these lists may still be reachable.
    pub truncated: bool,
}

impl Associations {
    /// The project at this path. GitLab does not distinguish upper and lower case in paths.
    #[must_use]
    pub fn project(&self, path: &str) -> Option<&Project> {
        self.projects
            .iter()
            .find(|project| project.path_with_namespace.eq_ignore_ascii_case(path))
    }
}

/// A group that a token reaches.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Its number.
    pub id: u64,
    /// Its name; older versions of GitLab give no path.
    pub name: String,
    /// The role there.
    #[serde(rename = "access_levels")]
    pub access_level: Option<AccessLevel>,
}

/// A project that a token reaches.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Project {
    /// Its number.
    pub id: u64,
    /// Its path, as in the URL of its repository.
    pub path_with_namespace: String,
    /// The roles there.
    #[serde(default)]
    access_levels: Levels,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Levels {
    project_access_level: Option<AccessLevel>,
    group_access_level: Option<AccessLevel>,
}

impl Project {
    /// A project with this role, as an answer would describe it.
    #[must_use]
    pub fn new(id: u64, path_with_namespace: impl Into<String>, level: AccessLevel) -> Project {
        let access_levels = Levels {
            project_access_level: None,
            group_access_level: Some(level),
        };
        Project {
            id,
            path_with_namespace: path_with_namespace.into(),
            access_levels,
        }
    }

    /// The highest role there, whether from the project or from its group.
    #[must_use]
    pub fn access_level(&self) -> Option<AccessLevel> {
        let Levels {
            project_access_level,
            group_access_level,
        } = self.access_levels;
        project_access_level.max(group_access_level)
    }
}
