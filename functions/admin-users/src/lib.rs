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
        routes::{Access, Operation, Routes},
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
            Operation::get(USERS, "list_users", Access::Admin)
                .summary("Users with their seats, instances, teams and credits, newest first")
                .query::<UsersQuery>()
                .responds::<Page<ManagedUser>>(200)
                .or_csv(),
            list_users::list_users,
        )
        .add(
            Operation::get(USER, "get_user", Access::Admin)
                .summary("One user, also a deleted one")
                .responds::<ManagedUser>(200)
                .with_etag()
                .errors(Kind::NotFound, &["user_unknown"]),
            get_user::get_user,
        )
        .add(
            Operation::patch(USER, "update_user", Access::Admin)
                .summary("Changes a user; her status with everything that follows from it")
                .body::<UserChanges>()
                .responds::<ManagedUser>(200)
                .with_etag()
                .errors(Kind::Invalid, &["metadata_too_large"])
                .errors(Kind::NotFound, &["user_unknown"])
                .errors(Kind::Conflict, &["account_owner_not_active", "has_members", "last_admin", "user_deleted"])
                .errors(Kind::PreconditionFailed, &["precondition_failed"]),
            update_user::update_user,
        )
}

fn oversight(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get("/api/admin/audit-log", "list_audit_log", Access::Admin)
                .summary("What administrators and operators changed, newest first")
                .query::<AuditLogQuery>()
                .responds::<Page<AuditEntry>>(200),
            list_audit_log::list_audit_log,
        )
        .add(
            Operation::get("/api/admin/invariants", "list_violations", Access::Admin)
                .summary("What breaks a rule that must always hold: nothing, when all is well. Among many users a page may hold nothing and not be the last")
                .query::<PageQuery>()
                .responds::<Page<Violation>>(200),
            list_violations::list_violations,
        )
}
