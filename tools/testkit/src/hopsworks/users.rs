//! The endpoints on users.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    answer::{
        Asked, ILLEGAL_STATE, MALFORMED, NO_SUCH_PAGE, NOT_ALLOWED, NOT_DELETED, ROLE_NOT_FOUND, Refusal,
        UNKNOWN_ERROR, USER_NOT_FOUND, empty, written,
    },
    state::{NewUser, State},
    user::{ADMINISTRATOR, HopsworksUser, ROLES, Status},
};

/// What a password looks like that the server makes.
const PASSWORD: &str = "Generated1";

pub fn get(state: &State, number: i32) -> Result<Response, Refusal> {
    state.user(number).map(|user| profile(state, user)).ok_or(USER_NOT_FOUND)
}

fn profile(state: &State, user: &HopsworksUser) -> Response {
    written(200, &user.profile(state.active_projects(user.number)))
}

pub fn by_identity(state: &State, uuid: &str) -> Result<Response, Refusal> {
    state.user_of(uuid).map(|user| written(200, &user.identity())).ok_or(USER_NOT_FOUND)
}

/// All is in the query; there is no body.
pub fn create(state: &mut State, asked: &Asked) -> Result<Response, Refusal> {
    let text = |name| asked.parameter(name).unwrap_or_default().to_owned();
    let is_remote = asked.parsed("accountType", |kind| match kind {
        "M_ACCOUNT_TYPE" => Some(false),
        "REMOTE_ACCOUNT_TYPE" => Some(true),
        _ => None,
    })?;
    let is_remote = is_remote.ok_or(UNKNOWN_ERROR)?;
    let status = asked.parsed("status", Status::named)?;
    let max_projects = asked.parsed("maxNumProjects", |text| text.parse().ok())?.unwrap_or_default();
    if is_remote {
        let kind = asked.parsed("type", |kind| ["KRB", "LDAP", "OAUTH2"].contains(&kind).then_some(()))?;
        kind.ok_or(MALFORMED.because("type"))?;
        if asked.parameter("clientId").is_none() || asked.parameter("subject").is_none() {
            return Err(MALFORMED.because("clientId and subject"));
        }
    }
    let role = asked.parameter("role").filter(|role| ROLES.contains(role)).unwrap_or("HOPS_USER");
    let usual_status = if is_remote { Status::Activated } else { Status::TemporaryPassword };
    let new = NewUser {
        identity: is_remote.then(|| (text("clientId"), text("subject"))),
        email: text("email"),
        given_name: text("givenName"),
        surname: text("surname"),
        max_projects,
        status: status.unwrap_or(usual_status),
        roles: vec![role.to_owned()],
    };
    let user = state.register(new)?;
    let mut created = if is_remote { user.identity() } else { user.profile(0) };
    created["username"] = json!(user.username);
    if !is_remote && asked.parameter("password").is_none() {
        created["password"] = json!(PASSWORD);
    }
    Ok(written(201, &created))
}

/// Status, limit and roles, where they are given; what else is there is ignored.
pub fn change(state: &mut State, asked: &Asked, number: i32) -> Result<Response, Refusal> {
    let wanted = asked.json()?;
    let status = given(&wanted["status"], |status| {
        Status::named(&status.as_str().map_or_else(|| status.to_string(), str::to_owned))
    })?;
    let max_projects = given(&wanted["maxNumProjects"], |limit| i32::try_from(limit.as_i64()?).ok())?;
    let roles = given(&wanted["bbcGroupCollection"], |groups| {
        let names = groups.as_array()?.iter().map(|group| group["groupName"].as_str().map(str::to_owned));
        names.collect::<Option<Vec<String>>>()
    })?;
    changed(state, number, |user| {
        user.status = status.unwrap_or(user.status);
        user.max_projects = max_projects.unwrap_or(user.max_projects);
        user.roles = roles.unwrap_or_else(|| user.roles.clone());
    })
}

/// A member of a body, if it is there.
fn given<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, Refusal> {
    if value.is_null() { Ok(None) } else { read(value).map(Some).ok_or(MALFORMED) }
}

fn changed(state: &mut State, number: i32, change: impl FnOnce(&mut HopsworksUser)) -> Result<Response, Refusal> {
    state.change(number, change).ok_or(USER_NOT_FOUND)?;
    get(state, number)
}

/// Accepts or rejects; the mails that the server sends are left out.
pub fn judge(state: &mut State, number: i32, verdict: &str) -> Result<Response, Refusal> {
    match verdict {
        "accepted" => changed(state, number, |user| user.status = Status::Activated),
        "rejected" => changed(state, number, |user| user.status = Status::Spam),
        _ => Err(NO_SUCH_PAGE),
    }
}

pub fn change_role(state: &mut State, asked: &Asked, number: i32) -> Result<Response, Refusal> {
    if number == ADMINISTRATOR {
        return Err(NOT_ALLOWED.because("Can not change your own role."));
    }
    let role = str::from_utf8(&asked.body).map_err(|_| ILLEGAL_STATE)?.to_owned();
    state.user(number).ok_or(USER_NOT_FOUND)?;
    if !ROLES.contains(&role.as_str()) {
        return Err(ROLE_NOT_FOUND);
    }
    changed(state, number, |user| user.roles = vec![role])
}

pub fn delete(state: &mut State, number: i32) -> Result<Response, Refusal> {
    state.user(number).ok_or(USER_NOT_FOUND)?;
    // Every call is one of the administrator's audited acts.
    if number == ADMINISTRATOR {
        return Err(NOT_DELETED.because("User that initiated account audit log on another account can not be deleted."));
    }
    if state.active_projects(number) > 0 {
        return Err(NOT_DELETED.because("Can not delete a user that owns a project."));
    }
    if state.projects.values().any(|project| project.members.contains_key(&number)) {
        return Err(NOT_DELETED.because("Can not delete a user that is a member of a project."));
    }
    state.remove(number);
    Ok(empty(204))
}
