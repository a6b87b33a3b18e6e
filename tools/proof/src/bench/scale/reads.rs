//! Requests that only read.

use serde_json::Value;

use super::Case;
use testkit::{TestRequest, World};

/// Somebody who is active and sits.
const ANYBODY: &str = "\
    select id, 'u' || n || '@example.com' as email from scale.people \
    where status = 'active' and not waits and not is_elsewhere \
    order by hashint8(n) limit current_setting('scale.count')::integer";

/// Somebody with usage.
const CONSUMER: &str = "\
    select id from scale.people where n % 5 = 0 and not is_member and status = 'active' \
    order by hashint8(n) limit current_setting('scale.count')::integer";

/// An owner with a team. There are few in a small database: they come again.
const OWNER: &str = "\
    select id from (select id, row_number() over (order by hashint8(n)) - 1 as turn, count(*) over () as all_of_them \
    from scale.people where n % 10 = 0 and b % 2 = 0 and b % 10 <> 4 and status = 'active') o \
    cross join generate_series(0, current_setting('scale.count')::integer - 1) g \
    where turn = g % all_of_them order by g";

const DEPLOYMENT: &str = "\
    select id, md5('deployment' || n || '/1')::uuid as deployment from scale.people \
    where n % 10 in (0, 5) and status = 'active' order by hashint8(n) limit current_setting('scale.count')::integer";

const CLUSTER: &str = "\
    select c.id as cluster from generate_series(1, current_setting('scale.count')::integer) g \
    cross join lateral (select id from public.hopsworks_clusters order by md5(id::text || g) limit 1) c";

/// Where the first page of users begins: after `{"detail":"","id":"auth0|","kind":""}`.
const PAST_THE_CLUSTERS: &str = "eyJkZXRhaWwiOiIiLCJpZCI6ImF1dGgwfCIsImtpbmQiOiIifQ";

const NOTHING: &str = "select from generate_series(1, current_setting('scale.count')::integer)";

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { operation: "get_me", with: "", about: ANYBODY, ask: |world, row| by(world, row, "/api/auth/me") },
    Case { operation: "list_users", with: "?limit=20", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/users?limit=20") },
    Case { operation: "list_users", with: "?status=", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/users?limit=5&status=suspended") },
    Case { operation: "list_users", with: "?email=", about: ANYBODY, ask: |world, row| admin(world, row, &format!("/api/admin/users?email={}", text(row, "email"))) },
    Case { operation: "list_users", with: "?account_owner_id=", about: OWNER, ask: |world, row| admin(world, row, &format!("/api/admin/users?account_owner_id={}", id(row))) },
    Case { operation: "list_users", with: "?cluster_id=", about: CLUSTER, ask: |world, row| admin(world, row, &format!("/api/admin/users?limit=10&cluster_id={}", text(row, "cluster"))) },
    Case { operation: "list_users", with: "?metadata=", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/users?limit=5&metadata=%7B%22tags%22%3A%5B%22beta%22%5D%7D") },
    Case { operation: "get_user", with: "", about: ANYBODY, ask: |world, row| admin(world, row, &format!("/api/admin/users/{}", id(row))) },
    Case { operation: "list_audit_log", with: "", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/audit-log") },
    Case { operation: "list_audit_log", with: "?actor=", about: NOTHING, ask: |world, row| admin(world, row, &format!("/api/admin/audit-log?limit=20&actor={}", encoded(text(row, "admin")))) },
    Case { operation: "list_audit_log", with: "?target=", about: ANYBODY, ask: |world, row| admin(world, row, &format!("/api/admin/audit-log?target={}", id(row))) },
    Case { operation: "list_audit_log", with: "?action=", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/audit-log?limit=20&action=users.assign") },
    Case { operation: "list_violations", with: "a page of users", about: NOTHING, ask: |world, row| admin(world, row, &format!("/api/admin/invariants?cursor={PAST_THE_CLUSTERS}")) },
    Case { operation: "list_hopsworks_clusters", with: "", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/hopsworks-clusters") },
    Case { operation: "get_hopsworks_cluster", with: "", about: CLUSTER, ask: |world, row| admin(world, row, &format!("/api/admin/hopsworks-clusters/{}", text(row, "cluster"))) },
    Case { operation: "list_deployments", with: "", about: DEPLOYMENT, ask: |world, row| by(world, row, "/api/clusters") },
    Case { operation: "get_deployment", with: "", about: DEPLOYMENT, ask: |world, row| by(world, row, &format!("/api/clusters/{}", text(row, "deployment"))) },
    Case { operation: "list_invites", with: "", about: OWNER, ask: |world, row| by(world, row, "/api/team/invites") },
    Case { operation: "list_members", with: "", about: OWNER, ask: |world, row| by(world, row, "/api/team/members") },
    Case { operation: "get_credits", with: "", about: CONSUMER, ask: |world, row| by(world, row, "/api/credits") },
    Case { operation: "list_transactions", with: "", about: CONSUMER, ask: |world, row| by(world, row, "/api/credits/transactions") },
    Case { operation: "get_usage", with: "", about: CONSUMER, ask: |world, row| by(world, row, "/api/usage") },
    Case { operation: "get_usage", with: "?scope=account", about: OWNER, ask: |world, row| by(world, row, "/api/usage?scope=account") },
    Case { operation: "list_rates", with: "", about: NOTHING, ask: |world, row| admin(world, row, "/api/admin/rates") },
];

pub(super) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

/// A user's id as it stands in an address.
pub(super) fn id(row: &Value) -> String {
    encoded(text(row, "id"))
}

pub(super) fn encoded(id: &str) -> String {
    id.replace('|', "%7C")
}

fn by(world: &World, row: &Value, path: &str) -> TestRequest {
    TestRequest::get(path).bearer(&world.token(text(row, "id")))
}

fn admin(world: &World, row: &Value, path: &str) -> TestRequest {
    TestRequest::get(path).bearer(&world.token(text(row, "admin")))
}
