//! The list of users: filters, order and pages, as the server makes SQL of them.

use std::cmp::Reverse;

use axum::response::Response;
use serde_json::Value;

use super::{
    answer::{Asked, INVALID_QUERY, NO_SUCH_PAGE, Refusal, listed},
    state::State,
    user::{HopsworksUser, Status},
};

/// `turn` differs from call to call: without `sort_by` the server's database has no order, and pages overlap.
pub fn users(state: &State, asked: &Asked, turn: usize) -> Result<Response, Refusal> {
    let filters = asked.query.iter().filter(|(name, _)| name == "filter_by");
    let filters = filters.map(|(_, filter)| Filter::read(filter)).collect::<Result<Vec<_>, _>>()?;
    // The others need not be looked at, and there may be thousands.
    let beginning = filters.iter().find_map(Filter::beginning_of_address).unwrap_or_default();
    let mut found: Vec<&HopsworksUser> =
        state.users_at(beginning).filter(|user| filters.iter().all(|filter| filter.takes(user))).collect();
    let count = found.len();
    found.rotate_left(turn.checked_rem(count).unwrap_or_default());
    let order: Vec<&str> = asked.parameter("sort_by").map(|all| all.split(',').collect()).unwrap_or_default();
    // The last one first: a sort keeps what it finds equal as it was.
    for by in order.into_iter().rev() {
        sort(&mut found, by.trim())?;
    }
    let whole = |name| asked.parsed(name, |text| text.parse::<i32>().ok());
    // What is not above zero is as good as absent.
    let above_zero = |number: Option<i32>| number.and_then(|number| usize::try_from(number).ok()).filter(|at| *at > 0);
    let offset = above_zero(whole("offset")?).unwrap_or_default();
    let limit = above_zero(whole("limit")?).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(offset).take(limit);
    let items: Vec<Value> = page.map(|user| user.item(state.active_projects(user.number))).collect();
    Ok(listed(count, items))
}

fn sort(users: &mut [&HopsworksUser], by: &str) -> Result<(), Refusal> {
    let (field, direction) = by.split_once(':').unwrap_or((by, "asc"));
    let key: fn(&HopsworksUser) -> String = match field.to_lowercase().as_str() {
        "email" => |user| user.email.to_lowercase(),
        "first_name" => |user| user.given_name.to_lowercase(),
        "last_name" => |user| user.surname.to_lowercase(),
        // All were activated at once.
        "date_created" => |_| String::new(),
        _ => return Err(NO_SUCH_PAGE),
    };
    match direction.to_lowercase().as_str() {
        "asc" => users.sort_by_cached_key(|user| key(user)),
        "desc" => users.sort_by_cached_key(|user| Reverse(key(user))),
        _ => return Err(NO_SUCH_PAGE),
    }
    Ok(())
}

enum Filter {
    Mode(&'static str),
    Statuses(Vec<Status>),
    /// Fields of which one must begin so, be it in capitals or not; `%` and `_` stand for others, as in SQL.
    Like(fn(&HopsworksUser) -> Vec<&str>, String),
    /// The same of the address.
    Address(String),
}

impl Filter {
    /// What stands behind a second colon is lost. A filter that the server does not know is no page of it.
    fn read(filter: &str) -> Result<Self, Refusal> {
        let mut parts = filter.split(':');
        let name = parts.next().unwrap_or_default().to_uppercase();
        let value = parts.next().unwrap_or_default().to_uppercase();
        let status = |text: &str| Status::named(text).ok_or(INVALID_QUERY.because(format!("status: {text}")));
        // Without a value, the server looks for a space.
        let pattern = format!("{}%", if value.is_empty() { " " } else { &value });
        let like = |fields| Ok(Self::Like(fields, pattern.clone()));
        match name.as_str() {
            "TYPE" => match value.as_str() {
                "0" | "" | "M_ACCOUNT_TYPE" => Ok(Self::Mode("M_ACCOUNT_TYPE")),
                "1" | "REMOTE_ACCOUNT_TYPE" => Ok(Self::Mode("REMOTE_ACCOUNT_TYPE")),
                _ => Err(INVALID_QUERY.because(format!("mode: {value}"))),
            },
            "STATUS" => Ok(Self::Statuses(vec![status(if value.is_empty() { "2" } else { &value })?])),
            // The server does not trim them.
            "STATUS_IN" => Ok(Self::Statuses(value.split(',').map(status).collect::<Result<_, _>>()?)),
            "USER_NAME" => like(|user| vec![&user.username]),
            "USER_FIRST_NAME" => like(|user| vec![&user.given_name]),
            "USER_LAST_NAME" => like(|user| vec![&user.surname]),
            "USER_EMAIL" => Ok(Self::Address(pattern)),
            "USER_LIKE" => like(|user| vec![&user.username, &user.given_name, &user.surname, &user.email]),
            _ => Err(NO_SUCH_PAGE),
        }
    }

    /// What stands before the first character that is not itself.
    fn beginning_of_address(&self) -> Option<&str> {
        let Self::Address(pattern) = self else { return None };
        pattern.split(['%', '_', '\\']).next()
    }

    fn takes(&self, user: &HopsworksUser) -> bool {
        match self {
            Self::Mode(mode) => user.mode() == *mode,
            Self::Statuses(statuses) => statuses.contains(&user.status),
            Self::Like(fields, pattern) => fields(user).iter().any(|text| is_like(text, pattern)),
            Self::Address(pattern) => is_like(&user.email, pattern),
        }
    }
}

/// SQL's `like`: `%` is any text, `_` any character, and `\` takes the next one as it is. The pattern is in capitals.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    let Some(mut wanted) = rest.next() else { return text.is_empty() };
    if wanted == '%' {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        return rest.as_str().is_empty() || ends.into_iter().any(|at| is_like(&text[at..], rest.as_str()));
    }
    let is_any = wanted == '_';
    if wanted == '\\' {
        wanted = rest.next().unwrap_or(wanted);
    }
    let mut text = text.chars();
    let fits = text.next().is_some_and(|char| is_any || char.to_uppercase().eq(wanted.to_uppercase()));
    fits && is_like(text.as_str(), rest.as_str())
}
