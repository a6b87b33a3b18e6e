//! The endpoints on projects.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    answer::{
        Asked, INVALID_PROJECT_NAME, MALFORMED, PROJECT_EXISTS, PROJECT_LIMIT_REACHED, PROJECT_NOT_FOUND,
        ROLE_NOT_SUPPORTED, Refusal, USER_DOES_NOT_EXIST, empty, listed, written,
    },
    project::{HopsworksProject, is_project_name},
    state::State,
};

const ROLES: [&str; 2] = ["Data owner", "Data scientist"];

pub fn list(state: &State, asked: &Asked) -> Response {
    let items: Vec<Value> = state.projects.values().map(|project| info(state, project, asked)).collect();
    listed(items.len(), items)
}

pub fn get(state: &State, asked: &Asked, number: i32) -> Result<Response, Refusal> {
    let project = state.projects.get(&number).ok_or(PROJECT_NOT_FOUND)?;
    Ok(written(200, &info(state, project, asked)))
}

fn info(state: &State, project: &HopsworksProject, asked: &Asked) -> Value {
    let expands = |what| asked.query.iter().any(|(name, value)| name == "expand" && value.eq_ignore_ascii_case(what));
    let creator = state.user(project.owner).filter(|_| expands("creator"));
    project.info(creator, expands("quotas"), state.rules.tells_namespaces)
}

/// Quotas and payment type, where they are given.
pub fn change(state: &mut State, asked: &Asked, number: i32) -> Result<Response, Refusal> {
    let wanted = asked.json()?;
    let with_namespace = state.rules.tells_namespaces;
    let project = state.projects.get_mut(&number).ok_or(PROJECT_NOT_FOUND)?;
    if let Some(quotas) = wanted["projectQuotas"].as_object() {
        project.quotas = json!(quotas);
    }
    if let Some(payment_type) = wanted["paymentType"].as_str() {
        payment_type.clone_into(&mut project.payment_type);
    }
    Ok(written(200, &project.info(None, true, with_namespace)))
}

pub fn delete(state: &mut State, asked: &Asked, number: i32) -> Result<Response, Refusal> {
    // With force, it is no mistake to delete what is not there.
    match state.projects.remove(&number) {
        None if asked.parameter("force") != Some("true") => Err(PROJECT_NOT_FOUND),
        _ => Ok(empty(200)),
    }
}

pub fn create_as(state: &mut State, asked: &Asked) -> Result<Response, Refusal> {
    let wanted = asked.json()?;
    let username = wanted["owner"].as_str().ok_or(MALFORMED.because("Owner email cannot be null"))?;
    let missing = USER_DOES_NOT_EXIST.because(format!("user:{username}"));
    let user = state.user_named(username).ok_or(missing)?;
    let name = wanted["projectName"].as_str().filter(|name| is_project_name(name)).ok_or(INVALID_PROJECT_NAME)?;
    let living = i32::try_from(state.active_projects(user.number)).unwrap_or(i32::MAX);
    let counted = if state.rules.counts_living_only { living } else { user.created_projects };
    if user.max_projects >= 0 && counted >= user.max_projects {
        let words = format!("projects already active: {counted}, out of a maximum: {}", user.max_projects);
        return Err(PROJECT_LIMIT_REACHED.because(words));
    }
    if state.projects.values().any(|project| project.name.eq_ignore_ascii_case(name)) {
        return Err(PROJECT_EXISTS.because(format!("project: {name}")));
    }
    let owner = user.number;
    insert(state, owner, name);
    Ok(empty(200))
}

/// Adds a project, in which its owner is the first member. Answers its number.
pub fn insert(state: &mut State, owner: i32, name: &str) -> i32 {
    state.change(owner, |user| user.created_projects += 1);
    let number = state.draw_number();
    state.projects.insert(number, HopsworksProject::new(number, name, owner));
    number
}

/// Makes a user a member of all of these projects, or of none.
pub fn add_to(state: &mut State, asked: &Asked) -> Result<Response, Refusal> {
    let wanted = asked.json()?;
    let role = wanted["role"].as_str().filter(|role| ROLES.contains(role)).ok_or(ROLE_NOT_SUPPORTED)?;
    let user = state.user_named(wanted["username"].as_str().unwrap_or_default()).ok_or(USER_DOES_NOT_EXIST)?.number;
    let numbers = wanted["projectIds"].as_array().ok_or(MALFORMED)?.iter();
    let numbers: Vec<i32> = numbers.filter_map(|number| i32::try_from(number.as_i64()?).ok()).collect();
    if numbers.iter().any(|number| !state.projects.contains_key(number)) {
        return Err(PROJECT_NOT_FOUND);
    }
    for number in numbers {
        if let Some(project) = state.projects.get_mut(&number) {
            project.members.insert(user, role.to_owned());
        }
    }
    Ok(empty(200))
}
