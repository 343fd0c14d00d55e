//! GitLab's part of the seed: groups, projects, people, and the build token.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};

use super::{ADMIN_TOKEN, BUILD_TOKEN, BUILD_TOKEN_LIFE, BUILD_TOKEN_NAME, SECURITY_GROUP};
use crate::gitlab::{
    DEVELOPER, Group, Members, Order, Project, State, Token, User, Visibility, issue, today,
    token_digest,
};

/// The administrator's user id.
const ADMINISTRATOR: u64 = 1;
/// A developer of gitlab-org, who starts the lab's pipelines.
const A_DEVELOPER: u64 = 2;

/// Groups by path. Their order gives them their ids; a parent stands before its children.
const GROUPS: [(&str, Visibility); 8] = [
    ("gitlab-org", Visibility::Public),
    (SECURITY_GROUP, Visibility::Private),
    ("gitlab-org/cluster-integration", Visibility::Public),
    (
        "gitlab-org/security/cluster-integration",
        Visibility::Private,
    ),
    ("gitlab-org/build", Visibility::Public),
    ("gitlab-org/build/omnibus-mirror", Visibility::Public),
    ("gitlab-com", Visibility::Public),
    ("attacker", Visibility::Public),
];

/// Projects by path. Their order gives them their ids.
const PROJECTS: [(&str, Visibility); 24] = [
    ("gitlab-org/omnibus-gitlab", Visibility::Public),
    ("gitlab-org/security/omnibus-gitlab", Visibility::Private),
    // With a security mirror.
    ("gitlab-org/gitlab", Visibility::Public),
    ("gitlab-org/security/gitlab", Visibility::Private),
    ("gitlab-org/gitlab-foss", Visibility::Public),
    ("gitlab-org/security/gitlab-foss", Visibility::Private),
    ("gitlab-org/gitaly", Visibility::Public),
    ("gitlab-org/security/gitaly", Visibility::Private),
    ("gitlab-org/gitlab-shell", Visibility::Public),
    ("gitlab-org/security/gitlab-shell", Visibility::Private),
    ("gitlab-org/gitlab-pages", Visibility::Public),
    ("gitlab-org/security/gitlab-pages", Visibility::Private),
    (
        "gitlab-org/gitlab-elasticsearch-indexer",
        Visibility::Public,
    ),
    (
        "gitlab-org/security/gitlab-elasticsearch-indexer",
        Visibility::Private,
    ),
    ("gitlab-org/container-registry", Visibility::Public),
    (
        "gitlab-org/security/container-registry",
        Visibility::Private,
    ),
    (
        "gitlab-org/cluster-integration/gitlab-agent",
        Visibility::Public,
    ),
    (
        "gitlab-org/security/cluster-integration/gitlab-agent",
        Visibility::Private,
    ),
    // Without one.
    ("gitlab-org/omnibus", Visibility::Public),
    (
        "gitlab-org/build/omnibus-mirror/prometheus",
        Visibility::Public,
    ),
    (
        "gitlab-org/build/omnibus-mirror/alertmanager",
        Visibility::Public,
    ),
    // Out of the build token's reach.
    ("gitlab-com/infrastructure", Visibility::Private),
    // Seen by every bot, whatever its group.
    ("gitlab-com/handbook", Visibility::Internal),
    // A fork by somebody who would like to have the token.
    ("attacker/omnibus-gitlab", Visibility::Public),
];

/// A GitLab with nobody but its administrator, whose token may do everything.
pub(crate) fn administrator(now: Timestamp) -> State {
    let mut state = State::default();
    let user = User {
        id: ADMINISTRATOR,
        username: "root".to_owned(),
        admin: true,
        bot: false,
    };
    state.users.insert(user.id, user);
    let token = Token {
        id: state.next_token_id(),
        name: "lab administrator".to_owned(),
        description: None,
        digest: token_digest(ADMIN_TOKEN),
        user: ADMINISTRATOR,
        group: None,
        scopes: vec!["api".to_owned()],
        created_at: now,
        expires_at: None,
        revoked: false,
        last_used_at: None,
        last_used_ips: Vec::new(),
    };
    state.tokens.insert(token.id, token);
    state
}

/// The reference deployment, and its build token.
pub(crate) fn reference(now: Timestamp) -> (State, Token) {
    let mut state = administrator(now);
    let username = "lab-developer".to_owned();
    let developer = User {
        id: A_DEVELOPER,
        username,
        admin: false,
        bot: false,
    };
    state.users.insert(developer.id, developer);
    for ((path, visibility), id) in GROUPS.into_iter().zip(1..) {
        let members = match path {
            "gitlab-org" => Members::from([(A_DEVELOPER, DEVELOPER)]),
            _ => Members::new(),
        };
        state.groups.insert(
            id,
            Group {
                id,
                path: path.to_owned(),
                visibility,
                members,
            },
        );
    }
    let groups: BTreeMap<String, u64> = state
        .groups
        .values()
        .map(|group| (group.path.clone(), group.id))
        .collect();
    for ((path, visibility), id) in PROJECTS.into_iter().zip(1..) {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let project = Project {
            id,
            path: path.to_owned(),
            group: groups.get(parent).copied().unwrap_or_default(),
            visibility,
            members: Members::new(),
            created_at: now,
        };
        state.projects.insert(id, project);
    }
    let token = build_token(&mut state, now);
    (state, token)
}

/// The group access token that all this is about.
fn build_token(state: &mut State, now: Timestamp) -> Token {
    let order = Order {
        name: BUILD_TOKEN_NAME.to_owned(),
        description: Some("Reads the security mirrors for package builds".to_owned()),
        scopes: vec!["read_repository".to_owned()],
        access_level: DEVELOPER,
        expires_at: Some(today(now).saturating_add(BUILD_TOKEN_LIFE.days())),
    };
    let security = state
        .group(SECURITY_GROUP)
        .cloned()
        .unwrap_or_else(|| unreachable!("the table above has it"));
    issue(state, &security, order, BUILD_TOKEN, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_is_in_a_group_of_the_table() {
        let (state, token) = reference(Timestamp::UNIX_EPOCH);
        for project in state.projects.values() {
            assert!(
                state.groups.contains_key(&project.group),
                "{}",
                project.path
            );
        }
        assert_eq!(token.expires_at.unwrap().to_string(), "1970-04-01");
        assert_eq!(token.group, Some(2));
    }

    #[test]
    fn the_build_token_reaches_the_mirrors_and_nothing_else_that_is_private() {
        let (state, token) = reference(Timestamp::UNIX_EPOCH);
        let bot = &state.users[&token.user];
        for project in state.projects.values() {
            let inside = project.path.starts_with("gitlab-org/security/");
            assert_eq!(
                state.level_in_project(bot, project) > 0,
                inside,
                "{}",
                project.path
            );
        }
    }
}
