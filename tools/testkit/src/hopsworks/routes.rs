//! What a Hopsworks server answers to a request that its key may make.

use axum::response::Response;

use super::{
    answer::{Asked, KEY_NOT_FOUND, NO_SUCH_PAGE, NO_VALID_ROLE, NO_VALID_SCOPE, Refusal, UNAUTHORIZED},
    list, projects,
    state::State,
    user::ADMINISTRATOR,
    users,
};

/// `turn` differs from call to call.
pub fn answer(state: &mut State, asked: &Asked, turn: usize) -> Result<Response, Refusal> {
    let segments = asked.segments().ok_or(NO_SUCH_PAGE)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ["admin", path @ ..] = segments.as_slice() else { return Err(NO_SUCH_PAGE) };
    let method = asked.method.as_str();
    check_key(state, asked, scopes(method, path)?)?;
    match (method, path) {
        ("GET", ["users"]) => list::users(state, asked, turn),
        ("POST", ["users"]) => users::create(state, asked),
        ("GET", ["users", id]) => users::get(state, number(id)?),
        ("PUT", ["users", id]) => users::change(state, asked, number(id)?),
        ("DELETE", ["users", id]) => users::delete(state, number(id)?),
        ("PUT", ["users", id, "role"]) => users::change_role(state, asked, number(id)?),
        ("PUT", ["users", id, verdict]) => users::judge(state, number(id)?, verdict),
        ("GET", ["user", uuid]) => users::by_identity(state, uuid),
        ("GET", ["projects"]) => Ok(projects::list(state, asked)),
        ("POST", ["projects", "createas"]) => projects::create_as(state, asked),
        ("POST", ["projects", "add-to-projects"]) => projects::add_to(state, asked),
        ("GET", ["projects", id]) => projects::get(state, asked, number(id)?),
        ("PUT", ["projects", id]) => projects::change(state, asked, number(id)?),
        ("DELETE", ["projects", id]) => projects::delete(state, asked, number(id)?),
        _ => Err(NO_SUCH_PAGE),
    }
}

fn number(id: &str) -> Result<i32, Refusal> {
    id.parse().map_err(|_| NO_SUCH_PAGE)
}

/// Scopes of which a key must have one.
fn scopes(method: &str, path: &[&str]) -> Result<&'static [&'static str], Refusal> {
    match (method, path) {
        ("POST", ["users"]) => Ok(&["ADMIN", "ADMINISTER_USERS", "ADMINISTER_USERS_REGISTER"]),
        (_, ["users" | "user", ..]) => Ok(&["ADMIN", "ADMINISTER_USERS"]),
        (_, ["projects", ..]) => Ok(&["ADMIN"]),
        _ => Err(NO_SUCH_PAGE),
    }
}

/// The server's filter, in its order: the key, its owner's status, their role, its scopes.
fn check_key(state: &State, asked: &Asked, scopes: &[&str]) -> Result<(), Refusal> {
    let header = asked.authorization.as_deref().ok_or(UNAUTHORIZED.because("Authorization header not set."))?;
    let key = header.strip_prefix("ApiKey ").ok_or(UNAUTHORIZED.because("Invalidated Api key."))?;
    let is_known = key.trim() == state.key && !state.is_key_revoked;
    let owner = state.user(ADMINISTRATOR).filter(|_| is_known).ok_or(KEY_NOT_FOUND)?;
    if let Some((code, message)) = owner.is_kept_out() {
        return Err(Refusal::new(401, code, message));
    }
    if !owner.roles.iter().any(|role| role == "HOPS_ADMIN") {
        return Err(NO_VALID_ROLE);
    }
    let is_allowed = state.scopes.iter().any(|scope| scopes.contains(&scope.as_str()));
    if is_allowed { Ok(()) } else { Err(NO_VALID_SCOPE) }
}
