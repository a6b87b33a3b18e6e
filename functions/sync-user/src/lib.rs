//! `sync-user`: a login becomes a user with a seat.

mod get_me;
mod login;
mod sync_user;

use axum::{
    Router,
    routing::{get, post},
};
use shared::App;

pub const NAME: &str = "sync-user";

pub fn routes() -> Router<App> {
    Router::new().route("/api/auth/sync-user", post(sync_user::sync_user)).route("/api/auth/me", get(get_me::get_me))
}
