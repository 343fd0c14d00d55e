//! `/groups/:id` and `/projects/:id`: what somebody, or nobody in particular, may see of them.

use serde_json::json;

use super::access::Need;
use super::answer::{Answer, json, not_found};
use super::call::Call;
use super::own_token::{last_segment, time};
use super::state::{State, User};
use crate::git::DEFAULT_BRANCH;
use crate::wire::Response;

/// `GET /groups/:id`
pub(super) fn group(state: &mut State, call: &Call, id: &str) -> Answer {
    let user = caller(state, call)?;
    let group = state
        .group(id)
        .filter(|group| state.may_see_group(user.as_ref(), group))
        .ok_or_else(|| not_found("Group"))?;
    let body = json!({
        "id": group.id,
        "web_url": format!("{}/groups/{}", call.base_url, group.path),
        "name": last_segment(&group.path),
        "path": last_segment(&group.path),
        "visibility": group.visibility.name(),
        "full_name": group.path.replace('/', " / "),
        "full_path": group.path,
        "parent_id": state.parent(group).map(|parent| parent.id),
    });
    Ok(json(200, &body))
}

/// `GET /projects/:id`
pub(super) fn project(state: &mut State, call: &Call, id: &str) -> Answer {
    let user = caller(state, call)?;
    let project = state
        .project(id)
        .filter(|project| state.may_see_project(user.as_ref(), project))
        .ok_or_else(|| not_found("Project"))?;
    let body = json!({
        "id": project.id,
        "name": last_segment(&project.path),
        "path": last_segment(&project.path),
        "path_with_namespace": project.path,
        "created_at": time(project.created_at),
        "default_branch": DEFAULT_BRANCH,
        "visibility": project.visibility.name(),
        "web_url": format!("{}/{}", call.base_url, project.path),
        "http_url_to_repo": format!("{}/{}.git", call.base_url, project.path),
        "namespace": { "id": project.group },
    });
    Ok(json(200, &body))
}

/// The caller, for endpoints that also answer without a token.
fn caller(state: &mut State, call: &Call) -> Result<Option<User>, Response> {
    let anonymous = call.request.header("private-token").is_none()
        && call.request.header("authorization").is_none()
        && !call.parameters.has("private_token");
    if anonymous {
        return Ok(None);
    }
    state
        .caller(call.request, &call.parameters, call.now, Need::Read)
        .map(|(_, user)| Some(user))
}
