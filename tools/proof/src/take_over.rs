//! The database of somebody else's web app, small and large: what there is to take over.

/// The one that the seed documents describe, with rows of all kinds that such a database holds after a year.
pub const WEB_APP: &str = include_str!("take_over/web_app.sql");

/// The role that owns it: like Supabase's `postgres` it makes roles, and is no superuser.
pub const OWNER: &str = "web_app_owner";
pub const PASSWORD: &str = "web-app";

/// Makes that role, for the superuser in the database `postgres`: roles belong to the server, and so does this lock. A lock
/// that is no table's brings no news of the catalogs: so somebody else may have made them all the same.
pub const ROLES: &str = "do $$ begin \
    perform pg_advisory_xact_lock(hashtext('web_app_owner')); \
    if to_regrole('web_app_owner') is null then \
      create role reporting nologin; \
      create role web_app_owner login createrole password 'web-app'; \
      grant anon, authenticated, service_role to web_app_owner; \
      grant app_owner, api, provisioner, collector, publisher to web_app_owner with admin option; \
    end if; \
    exception when unique_violation or duplicate_object then null; end $$";

/// The tables of `WEB_APP` with so many users and days instead of its rows: of each kind of trouble about one in a
/// hundred has it.
pub fn of_size(users: u64, days: u64) -> String {
    let rows = include_str!("take_over/rows.sql");
    format!("{WEB_APP}\n{}", rows.replace("USERS", &users.to_string()).replace("DAYS", &days.to_string()))
}
