//! `admin-users`: what administrators see and change of users, what was changed before, and whether all holds.

mod erase_user;
mod etag;
mod get_user;
mod list_audit_log;
mod list_events;
mod list_users;
mod list_violations;
mod managed_user;
mod update_user;
mod user_row;

use shared::app::Routes;

pub const NAME: &str = "admin-users";

pub fn routes() -> Routes {
    Routes::new()
        .add(list_users::operation(), list_users::list_users)
        .add(get_user::operation(), get_user::get_user)
        .add(update_user::operation(), update_user::update_user)
        .add(erase_user::operation(), erase_user::erase_user)
        .add(list_audit_log::operation(), list_audit_log::list_audit_log)
        .add(list_events::operation(), list_events::list_events)
        .add(list_violations::operation(), list_violations::list_violations)
}
