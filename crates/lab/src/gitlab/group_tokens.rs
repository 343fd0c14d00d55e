//! `/groups/:id/access_tokens`: list, look, create, revoke.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::access::{Need, token_digest};
use super::answer::{Answer, bad_request, invalid_parameters, json, not_found, unauthorized};
use super::call::Call;
use super::level::{LEVELS, MAINTAINER, OWNER, SCOPES};
use super::pages::Pages;
use super::random;
use super::state::{Group, State, Token, User, today};
use crate::wire::Response;

/// The longest life that GitLab gives a token, in days.
const LONGEST_LIFE: i32 = 365;

/// `GET /groups/:id/access_tokens`
pub(super) fn list(state: &mut State, call: &Call, group: &str) -> Answer {
    let (caller, group) = keeper(state, call, Need::Read, group)?;
    if state.level_in_group(&caller, &group) < OWNER {
        return Err(unauthorized());
    }
    let pages = Pages::of(&call.parameters)?;
    let wanted = filter(call)?;
    let tokens: Vec<Value> = of_group(state, &group)
        .filter(|token| wanted(token))
        .map(|token| describe(state, token, call.now))
        .collect();
    let total = tokens.len();
    let response = json(200, &Value::Array(pages.slice(tokens)));
    Ok(pages.describe(total, &call.base_url, call.request, response))
}

/// `GET /groups/:id/access_tokens/:token_id`
pub(super) fn get(state: &mut State, call: &Call, group: &str, id: &str) -> Answer {
    let (caller, group) = keeper(state, call, Need::Read, group)?;
    if state.level_in_group(&caller, &group) < OWNER {
        return Err(unauthorized());
    }
    let token = find(state, &group, id)?;
    Ok(json(200, &describe(state, token, call.now)))
}

/// `DELETE /groups/:id/access_tokens/:token_id`
pub(super) fn revoke(state: &mut State, call: &Call, group: &str, id: &str) -> Answer {
    let (caller, group) = keeper(state, call, Need::Write, group)?;
    let id = find(state, &group, id)?.id;
    if state.level_in_group(&caller, &group) < OWNER {
        let text = format!("{} cannot delete {}", caller.username, bot_name(state, id));
        return Err(bad_request(&text));
    }
    // `find` has just found it.
    if let Some(token) = state.tokens.get_mut(&id) {
        token.revoked = true;
    }
    Ok(Response::new(204))
}

/// `POST /groups/:id/access_tokens`
pub(super) fn create(state: &mut State, call: &Call, group: &str) -> Answer {
    let (_, caller) = state.caller(call.request, &call.parameters, call.now, Need::Write)?;
    let order = Order::of(call)?;
    let group = visible(state, &caller, group)?;
    let level = state.level_in_group(&caller, &group);
    // A group's bot may not make more bots, whatever its level.
    if level < OWNER || caller.bot {
        return Err(bad_request(
            "User does not have permission to create group access token",
        ));
    }
    if order.access_level > level {
        let text = "Access level of the token contains permissions not held by the creating user";
        return Err(bad_request(text));
    }
    order.check(call.now)?;
    let value = format!("glpat-{}", random::letters(20));
    let token = issue(state, &group, order, &value, call.now);
    let mut description = describe(state, &token, call.now);
    description["token"] = Value::String(value);
    Ok(json(201, &description))
}

/// What a caller asks to be created.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The token's name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// The bot's level in the group.
    pub access_level: u8,
    /// The first day on which it no longer works.
    pub expires_at: Option<Date>,
}

impl Order {
    /// Reads the parameters, or says everything that is wrong with their form.
    fn of(call: &Call) -> Result<Self, Response> {
        let parameters = &call.parameters;
        let mut problems = Vec::new();
        let name = parameters.text("name");
        if name.is_none() {
            problems.push("name is missing".to_owned());
        }
        let scopes = parameters.list("scopes");
        match &scopes {
            None if parameters.has("scopes") => problems.push("scopes is invalid".to_owned()),
            None => problems.push("scopes is missing".to_owned()),
            Some(scopes) if !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) => {
                problems.push("scopes does not have a valid value".to_owned());
            }
            Some(_) => {}
        }
        let level = parameters
            .number("access_level")
            .and_then(|level| u8::try_from(level).ok());
        if parameters.has("access_level") && !level.is_some_and(|level| LEVELS.contains(&level)) {
            problems.push("access_level does not have a valid value".to_owned());
        }
        let expires_at = parameters
            .text("expires_at")
            .map(|date| date.parse::<Date>());
        if matches!(expires_at, Some(Err(_))) {
            problems.push("expires_at is invalid".to_owned());
        }
        match (name, scopes) {
            (Some(name), Some(scopes)) if problems.is_empty() => Ok(Self {
                name,
                description: parameters.text("description"),
                scopes,
                access_level: level.unwrap_or(MAINTAINER),
                expires_at: Some(
                    expires_at
                        .and_then(Result::ok)
                        .unwrap_or(last_day(call.now)),
                ),
            }),
            _ => Err(invalid_parameters(&problems)),
        }
    }

    /// Refuses what is well formed and not allowed.
    fn check(&self, now: Timestamp) -> Result<(), Response> {
        if self.name.trim().is_empty() {
            return Err(bad_request("Name can't be blank"));
        }
        if self.scopes.is_empty() {
            return Err(bad_request("Scopes can't be blank"));
        }
        let limit = last_day(now);
        if self.expires_at.is_some_and(|date| date > limit) {
            return Err(bad_request(&format!("Expires at must be before {limit}")));
        }
        Ok(())
    }
}

/// Makes the bot, its membership and its token. A new token is always a new bot.
pub(crate) fn issue(
    state: &mut State,
    group: &Group,
    order: Order,
    value: &str,
    now: Timestamp,
) -> Token {
    let user = state.next_user_id();
    let username = format!("group_{}_bot_{}", group.id, random::hex(16));
    state.users.insert(
        user,
        User {
            id: user,
            username,
            admin: false,
            bot: true,
        },
    );
    if let Some(group) = state.groups.get_mut(&group.id) {
        group.members.insert(user, order.access_level);
    }
    let token = Token {
        id: state.next_token_id(),
        name: order.name,
        description: order.description,
        digest: token_digest(value),
        user,
        group: Some(group.id),
        scopes: order.scopes,
        created_at: now,
        expires_at: order.expires_at,
        revoked: false,
        last_used_at: None,
        last_used_ips: Vec::new(),
    };
    state.tokens.insert(token.id, token.clone());
    token
}

/// A token as the API shows it to whoever keeps the group's tokens.
fn describe(state: &State, token: &Token, now: Timestamp) -> Value {
    let mut value = super::own_token::describe(token, now);
    let level = token
        .group
        .and_then(|group| state.groups.get(&group)?.members.get(&token.user).copied());
    let own = json!({
        "access_level": level,
        "resource_type": "group",
        "resource_id": token.group,
    });
    if let (Value::Object(value), Value::Object(own)) = (&mut value, own) {
        value.extend(own);
    }
    value
}

fn keeper(
    state: &mut State,
    call: &Call,
    need: Need,
    group: &str,
) -> Result<(User, Group), Response> {
    let (_, caller) = state.caller(call.request, &call.parameters, call.now, need)?;
    let group = visible(state, &caller, group)?;
    Ok((caller, group))
}

fn visible(state: &State, caller: &User, group: &str) -> Result<Group, Response> {
    state
        .group(group)
        .filter(|group| state.may_see_group(Some(caller), group))
        .cloned()
        .ok_or_else(|| not_found("Group"))
}

fn of_group<'a>(state: &'a State, group: &Group) -> impl Iterator<Item = &'a Token> {
    let id = group.id;
    state
        .tokens
        .values()
        .filter(move |token| token.group == Some(id))
}

fn find<'a>(state: &'a State, group: &Group, id: &str) -> Result<&'a Token, Response> {
    of_group(state, group)
        .find(|token| token.id.to_string() == id)
        .ok_or_else(|| not_found("group Access Token"))
}

fn bot_name(state: &State, token: u64) -> &str {
    let bot = state
        .tokens
        .get(&token)
        .and_then(|token| state.users.get(&token.user));
    bot.map_or("", |user| user.username.as_str())
}

/// Which tokens of a list the caller wants to see.
fn filter(call: &Call) -> Result<impl Fn(&Token) -> bool + use<>, Response> {
    let now = call.now;
    let state = call.parameters.text("state");
    if state
        .as_deref()
        .is_some_and(|state| state != "active" && state != "inactive")
    {
        return Err(invalid_parameters(&[
            "state does not have a valid value".to_owned()
        ]));
    }
    let revoked = call
        .parameters
        .text("revoked")
        .map(|revoked| revoked == "true");
    let search = call
        .parameters
        .text("search")
        .map(|search| search.to_lowercase());
    Ok(move |token: &Token| {
        state
            .as_deref()
            .is_none_or(|state| (state == "active") == token.active(now))
            && revoked.is_none_or(|revoked| revoked == token.revoked)
            && search
                .as_deref()
                .is_none_or(|search| token.name.to_lowercase().contains(search))
    })
}

fn last_day(now: Timestamp) -> Date {
    today(now).saturating_add(LONGEST_LIFE.days())
}
