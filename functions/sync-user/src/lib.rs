//! `sync-user`: a login becomes a user with a seat.

mod close_account;
mod get_me;
mod login;
mod sync_me;
mod sync_user;
mod update_me;

use shared::app::Routes;

pub const NAME: &str = "sync-user";

pub fn routes() -> Routes {
    Routes::new()
        .add(sync_user::operation(), sync_user::sync_user)
        .add(sync_me::operation(), sync_me::sync_me)
        .add(get_me::operation(), get_me::get_me)
        .add(update_me::operation(), update_me::update_me)
        .add(close_account::operation(), close_account::close_account)
}
