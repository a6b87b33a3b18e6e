//! `sync-user`: a login becomes a user with a seat.

mod get_me;
mod login;
mod sync_user;

use shared::{
    domain::user::UserState,
    error::Kind,
    http::routes::{Access, Operation, Routes},
};

use self::{login::LoginEvent, sync_user::SyncedUser};

pub const NAME: &str = "sync-user";

pub fn routes() -> Routes {
    Routes::new()
        .add(
            Operation::post("/api/auth/sync-user", "sync_user", Access::ActionOrUser)
                .summary("Reports a login: writes the user, gives her a seat, says where she works")
                .body::<LoginEvent>()
                .responds::<SyncedUser>(200)
                .errors(Kind::Forbidden, &["account_deleted", "account_suspended"])
                .errors(Kind::Conflict, &["email_in_use", "webhook_id_reused"]),
            sync_user::sync_user,
        )
        .add(
            Operation::get("/api/auth/me", "get_me", Access::User)
                .summary("What a signed-in user may know about herself")
                .responds::<UserState>(200),
            get_me::get_me,
        )
}
