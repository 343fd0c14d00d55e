//! What a GitLab knows: groups, projects, users and tokens, and who reaches what.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::level;

/// A token's last use is written down again only after this long, as GitLab does it.
const LAST_USE_RESOLUTION: SignedDuration = SignedDuration::from_mins(1);

/// Who may see a group or a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// Members.
    Private,
    /// Everybody who is signed in; bots are.
    Internal,
    /// Everybody.
    Public,
}

impl Visibility {
    /// GitLab's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }
}

/// Members and their levels (10 guest … 50 owner), by user id.
pub(crate) type Members = BTreeMap<u64, u8>;

/// A group, or the namespace of a person.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub id: u64,
    /// The full path.
    pub path: String,
    pub visibility: Visibility,
    pub members: Members,
}

/// A project.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub id: u64,
    /// The full path.
    pub path: String,
    /// The group that holds it.
    pub group: u64,
    pub visibility: Visibility,
    pub members: Members,
    pub created_at: Timestamp,
}

/// A person or a bot.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub id: u64,
    pub username: String,
    /// May do everything.
    pub admin: bool,
    /// Belongs to a group access token: GitLab lets it do less than its level says.
    pub bot: bool,
}

/// An access token. Its value is not kept.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub id: u64,
    pub name: String,
    pub description: Option<String>,
    /// SHA-256 of the value.
    pub digest: [u8; 32],
    pub user: u64,
    /// The group that it is an access token of.
    pub group: Option<u64>,
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    /// It dies when this day begins, in UTC.
    pub expires_at: Option<Date>,
    pub revoked: bool,
    pub last_used_at: Option<Timestamp>,
    pub last_used_ips: Vec<IpAddr>,
}

impl Token {
    /// Whether its last day is over.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|date| today(now) >= date)
    }

    /// Neither expired nor revoked.
    pub fn active(&self, now: Timestamp) -> bool {
        !self.revoked && !self.expired(now)
    }

    /// Whether it has one of these scopes.
    pub fn has_scope(&self, scopes: &[&str]) -> bool {
        self.scopes
            .iter()
            .any(|scope| scopes.contains(&scope.as_str()))
    }

    /// Writes a use down.
    pub fn used(&mut self, now: Timestamp, from: IpAddr) {
        let rested = self
            .last_used_at
            .is_none_or(|last| now.duration_since(last) >= LAST_USE_RESOLUTION);
        if rested {
            self.last_used_at = Some(now);
        }
        if !self.last_used_ips.contains(&from) {
            self.last_used_ips.push(from);
        }
    }
}

/// The date in UTC.
pub(crate) fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Everything, by id.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub groups: BTreeMap<u64, Group>,
    pub projects: BTreeMap<u64, Project>,
    pub users: BTreeMap<u64, User>,
    pub tokens: BTreeMap<u64, Token>,
}

impl State {
    /// The group with that id, as a number or as a path.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups
            .values()
            .find(|group| group.path.eq_ignore_ascii_case(id) || group.id.to_string() == id)
    }

    /// The project with that id, as a number or as a path.
    pub fn project(&self, id: &str) -> Option<&Project> {
        self.projects
            .values()
            .find(|project| project.path.eq_ignore_ascii_case(id) || project.id.to_string() == id)
    }

    /// The group that a group is in.
    pub fn parent(&self, group: &Group) -> Option<&Group> {
        let (parent, _) = group.path.rsplit_once('/')?;
        self.group(parent)
    }

    /// A user's level in a group, inherited ones included; 0 for none.
    pub fn level_in_group(&self, user: &User, group: &Group) -> u8 {
        if user.admin {
            return level::OWNER;
        }
        let own = group.members.get(&user.id).copied().unwrap_or(0);
        let inherited = self
            .parent(group)
            .map_or(0, |parent| self.level_in_group(user, parent));
        own.max(inherited)
    }

    /// A user's level in a project, inherited ones included; 0 for none.
    pub fn level_in_project(&self, user: &User, project: &Project) -> u8 {
        let own = project.members.get(&user.id).copied().unwrap_or(0);
        let inherited = self
            .groups
            .get(&project.group)
            .map_or(0, |group| self.level_in_group(user, group));
        own.max(inherited)
    }

    /// Whether somebody, or nobody in particular, may know that the group is there.
    pub fn may_see_group(&self, user: Option<&User>, group: &Group) -> bool {
        sees(user, group.visibility, |user| {
            self.level_in_group(user, group)
        })
    }

    /// Whether somebody, or nobody in particular, may know that the project is there.
    pub fn may_see_project(&self, user: Option<&User>, project: &Project) -> bool {
        sees(user, project.visibility, |user| {
            self.level_in_project(user, project)
        })
    }

    /// The smallest id that no other record of this kind has had.
    pub fn next_token_id(&self) -> u64 {
        self.tokens.keys().next_back().map_or(1, |last| last + 1)
    }

    /// The smallest id that no other user has had.
    pub fn next_user_id(&self) -> u64 {
        self.users.keys().next_back().map_or(1, |last| last + 1)
    }
}

fn sees(user: Option<&User>, visibility: Visibility, level: impl Fn(&User) -> u8) -> bool {
    match visibility {
        Visibility::Public => true,
        Visibility::Internal => user.is_some(),
        Visibility::Private => user.is_some_and(|user| level(user) > 0),
    }
}
