//! `admin-users`: what administrators see and change of users, what was changed before, and whether all holds.

mod etag;
mod get_user;
mod list_audit_log;
mod list_users;
mod list_violations;
mod managed_user;
mod update_user;
mod user_row;

use shared::{
    error::Kind,
    http::{
        page::{Page, PageQuery},
        routes::{Operation, Routes, Who},
    },
};

use self::{
    list_audit_log::{AuditEntry, AuditLogQuery},
    list_users::UsersQuery,
    list_violations::Violation,
    managed_user::ManagedUser,
    update_user::UserChanges,
};

pub const NAME: &str = "admin-users";

const USERS: &str = "/api/admin/users";
const USER: &str = "/api/admin/users/{id}";

pub fn routes() -> Routes {
    oversight(users(Routes::new()))
}

fn users(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get(USERS, "list_users", Who::Admin)
                .says("Users with their seats, instances, teams and credits, newest first")
                .query::<UsersQuery>()
                .answers::<Page<ManagedUser>>(200)
                .or_csv(),
            list_users::list_users,
        )
        .add(
            Operation::get(USER, "get_user", Who::Admin)
                .says("One user, also a deleted one")
                .answers::<ManagedUser>(200)
                .tagged()
                .refuses(Kind::NotFound, &["user_unknown"]),
            get_user::get_user,
        )
        .add(
            Operation::patch(USER, "update_user", Who::Admin)
                .says("Changes a user; her status with everything that follows from it")
                .body::<UserChanges>()
                .answers::<ManagedUser>(200)
                .tagged()
                .refuses(Kind::Invalid, &["metadata_too_large"])
                .refuses(Kind::NotFound, &["user_unknown"])
                .refuses(Kind::Conflict, &["account_owner_not_active", "has_members", "last_admin", "user_deleted"])
                .refuses(Kind::PreconditionFailed, &["precondition_failed"]),
            update_user::update_user,
        )
}

fn oversight(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get("/api/admin/audit-log", "list_audit_log", Who::Admin)
                .says("What administrators and operators changed, newest first")
                .query::<AuditLogQuery>()
                .answers::<Page<AuditEntry>>(200),
            list_audit_log::list_audit_log,
        )
        .add(
            Operation::get("/api/admin/invariants", "list_violations", Who::Admin)
                .says("What breaks a rule that must always hold: nothing, when all is well. Among many users a page may hold nothing and not be the last")
                .query::<PageQuery>()
                .answers::<Page<Violation>>(200),
            list_violations::list_violations,
        )
}
