//! `team`: an account owner invites, a user accepts, a member leaves.

mod accept_invite;
mod create_invite;
mod invite;
mod list_invites;
mod list_members;
mod remove_member;
mod withdraw_invite;

use shared::app::Routes;

pub const NAME: &str = "team";

pub fn routes() -> Routes {
    Routes::new()
        .add(list_invites::operation(), list_invites::list_invites)
        .add(create_invite::operation(), create_invite::create_invite)
        .add(withdraw_invite::operation(), withdraw_invite::withdraw_invite)
        .add(accept_invite::operation(), accept_invite::accept_invite)
        .add(list_members::operation(), list_members::list_members)
        .add(remove_member::operation(), remove_member::remove_member)
}
