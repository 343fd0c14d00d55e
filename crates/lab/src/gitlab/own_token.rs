//! `/personal_access_tokens/self`: what a token may ask about itself, whatever its scopes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::Need;
use super::answer::{Answer, invalid_parameters, json};
use super::call::Call;
use super::pages::Pages;
use super::state::{Group, Project, State, Token, User};
use crate::wire::Response;

/// The levels that associations can be limited by.
const LEVELS: [u64; 8] = [0, 5, 10, 15, 20, 30, 40, 50];

/// `GET /personal_access_tokens/self`
pub(super) fn get(state: &mut State, call: &Call) -> Answer {
    let (token, _) = state.caller(call.request, &call.parameters, call.now, Need::AnyScope)?;
    let mut value = describe(&token, call.now);
    value["last_used_ips"] = json!(token.last_used_ips);
    value["granular"] = json!(false);
    Ok(json(200, &value))
}

/// `DELETE /personal_access_tokens/self`
pub(super) fn revoke(state: &mut State, call: &Call) -> Answer {
    let (token, _) = state.caller(call.request, &call.parameters, call.now, Need::AnyScope)?;
    if let Some(token) = state.tokens.get_mut(&token.id) {
        token.revoked = true;
    }
    Ok(Response::new(204))
}

/// `GET /personal_access_tokens/self/associations`: without a level everything that the token can
/// see, with one everything where it has at least that level. Both lists are paged alike; the
/// headers are those of the projects.
pub(super) fn associations(state: &mut State, call: &Call) -> Answer {
    let (_, user) = state.caller(call.request, &call.parameters, call.now, Need::AnyScope)?;
    let pages = Pages::of(&call.parameters)?;
    let least = call.parameters.number("min_access_level");
    if call.parameters.has("min_access_level") && !least.is_some_and(|it| LEVELS.contains(&it)) {
        let text = "min_access_level does not have a valid value";
        return Err(invalid_parameters(&[text.to_owned()]));
    }
    let reaches = |level: u8, visible: bool| match least {
        Some(least) => level > 0 && u64::from(level) >= least,
        None => visible,
    };
    let groups: Vec<Value> = state
        .groups
        .values()
        .filter(|group| {
            let level = state.level_in_group(&user, group);
            reaches(level, state.may_see_group(Some(&user), group))
        })
        .map(|group| describe_group(state, group, &user, &call.base_url))
        .collect();
    let projects: Vec<Value> = state
        .projects
        .values()
        .filter(|project| {
            let level = state.level_in_project(&user, project);
            reaches(level, state.may_see_project(Some(&user), project))
        })
        .map(|project| describe_project(state, project, &user, &call.base_url))
        .collect();
    let total = projects.len();
    let body = json!({ "groups": pages.slice(groups), "projects": pages.slice(projects) });
    Ok(pages.describe(total, &call.base_url, call.request, json(200, &body)))
}

/// What every view of a token shows. Never its value.
pub(super) fn describe(token: &Token, now: Timestamp) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "revoked": token.revoked,
        "created_at": time(token.created_at),
        "description": token.description,
        "scopes": token.scopes,
        "user_id": token.user,
        "last_used_at": token.last_used_at.map(time),
        "active": token.active(now),
        "expires_at": token.expires_at.map(|date| date.to_string()),
    })
}

fn describe_group(state: &State, group: &Group, user: &User, base_url: &str) -> Value {
    json!({
        "id": group.id,
        "web_url": format!("{base_url}/groups/{}", group.path),
        "name": last_segment(&group.path),
        "parent_id": state.parent(group).map(|parent| parent.id),
        "organization_id": 1,
        "access_levels": known(state.level_in_group(user, group)),
        "visibility": group.visibility.name(),
    })
}

fn describe_project(state: &State, project: &Project, user: &User, base_url: &str) -> Value {
    let group = state.groups.get(&project.group);
    let group_level = group.map_or(0, |group| state.level_in_group(user, group));
    json!({
        "id": project.id,
        "description": null,
        "name": last_segment(&project.path),
        "name_with_namespace": project.path.replace('/', " / "),
        "path": last_segment(&project.path),
        "path_with_namespace": project.path,
        "created_at": time(project.created_at),
        "access_levels": {
            "project_access_level": project.members.get(&user.id),
            "group_access_level": known(group_level),
        },
        "visibility": project.visibility.name(),
        "web_url": format!("{base_url}/{}", project.path),
        "namespace": group.map(|group| json!({
            "id": group.id,
            "name": last_segment(&group.path),
            "path": last_segment(&group.path),
            "kind": "group",
            "full_path": group.path,
            "parent_id": state.parent(group).map(|parent| parent.id),
            "avatar_url": null,
            "web_url": format!("{base_url}/groups/{}", group.path),
        })),
    })
}

/// A level, or null for none.
fn known(level: u8) -> Option<u8> {
    (level > 0).then_some(level)
}

/// A path's own name.
pub(super) fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// RFC 3339 in UTC with milliseconds, as GitLab writes times.
pub(super) fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}
