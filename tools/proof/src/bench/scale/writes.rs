//! Requests that write, each something new.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Case,
    reads::{encoded, id, text},
};
use testkit::{TestRequest, World};

/// An owner without a team who sits.
const LONER: &str = "\
    select n, id, 'u' || n || '@example.com' as email, 'User ' || n as name from scale.people \
    where n % 10 in (5, 9) and not is_member and not is_admin and status = 'active' \
    order by hashint8(n) limit current_setting('scale.count')::integer";

/// The same, each with an invite into a team, and that team's owner. There are few teams in a small database: they
/// invite again.
const INVITED: &str = "\
    create temp table invited as \
    with loner as ( \
      select id, n, row_number() over (order by hashint8(n)) - 1 as turn from scale.people \
      where n % 10 in (5, 9) and not is_member and not is_admin and status = 'active' \
      order by hashint8(n) limit current_setting('scale.count')::integer), \
    owner as ( \
      select id, row_number() over (order by hashint8(n)) - 1 as turn, count(*) over () as all_of_them \
      from scale.people where n % 10 = 0 and b % 2 = 0 and b % 10 <> 4 and status = 'active') \
    select l.id, 'join' || l.n || '@example.com' as email, o.id as owner, \
      to_char(l.turn, 'FM00000000') || repeat('A', 35) as token \
    from loner l join owner o on o.turn = l.turn % o.all_of_them; \
    insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
    select owner, email, sha256(token::bytea), now() + interval '1 day' from invited; \
    select * from invited";

/// The same again, once they have joined.
const JOINED: &str = "\
    select u.id, u.account_owner_id as owner from scale.people p join public.users u on u.id = p.id \
    where p.n % 10 in (5, 9) and not p.is_member and not p.is_admin and p.status = 'active' and u.account_owner_id is not null \
    order by hashint8(p.n) limit current_setting('scale.count')::integer";

/// An owner with an open invite.
const INVITING: &str = "\
    create temp table inviting as \
    select id, gen_random_uuid() as invite from scale.people \
    where n % 10 in (5, 9) and not is_member and status = 'active' \
    order by hashint8(n) limit current_setting('scale.count')::integer; \
    insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at) \
    select invite, id, 'open@example.com', sha256(id::bytea), now() + interval '1 day' from inviting; \
    select * from inviting";

/// An owner of a team, and a cluster that has room for it and is another than theirs. There are few teams in a small
/// database: they move again.
const MOVING: &str = "\
    select o.id, c.id as cluster from (select id, row_number() over (order by hashint8(n)) - 1 as turn, count(*) over () as all_of_them \
    from scale.people where n % 10 = 0 and b % 2 = 0 and b % 10 <> 4 and status = 'active') o \
    cross join generate_series(0, current_setting('scale.count')::integer - 1) g \
    cross join lateral (select id from public.hopsworks_clusters where max_users - current_users > 100 and status = 'active' order by md5(id::text || g) limit 1) c \
    where turn = g % all_of_them order by g";

const OWN_DEPLOYMENT: &str = "\
    select id, md5('deployment' || n || '/2')::uuid as deployment from scale.people \
    where n % 10 in (0, 5) and status = 'active' order by hashint8(n) limit current_setting('scale.count')::integer";

const CLUSTER: &str = "\
    select g, c.id as cluster from generate_series(1, current_setting('scale.count')::integer) g \
    cross join lateral (select id from public.hopsworks_clusters order by md5(id::text || g) limit 1) c";

const NUMBER: &str = "select g from generate_series(1, current_setting('scale.count')::integer) g";

/// Somebody with usage, and an hour of yesterday.
const CONSUMER: &str = "\
    select jsonb_build_array(id) as users, to_char(now() - interval '1 day', 'YYYY-MM-DD') as day from scale.people \
    where n % 5 = 0 and status <> 'deleted' order by hashint8(n) limit current_setting('scale.count')::integer";

/// A hundred users, and an hour of one of thirty days.
const HUNDRED: &str = "\
    select (select jsonb_agg(id) from scale.people p \
      where p.n = any (array(select (g * 7919 + k * (everybody / 100)) % everybody from generate_series(0, 99) k)) \
        and p.status <> 'deleted') as users, \
    to_char(now() - (1 + g % 30) * interval '1 day', 'YYYY-MM-DD') as day \
    from (select max(n) + 1 as everybody from scale.people) e \
    cross join generate_series(1, current_setting('scale.count')::integer) g";

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case { operation: "sync_user", with: "a login", about: LONER, ask: |world, row| login(world, text(row, "id"), text(row, "email"), text(row, "name")) },
    Case { operation: "sync_user", with: "a sign-up", about: NUMBER, ask: |world, row| login(world, &format!("auth0|new{}", row["g"]), &format!("new{}@example.com", row["g"]), "New") },
    Case { operation: "update_user", with: "metadata", about: LONER, ask: |world, row| admin(world, row, Method::PATCH, &format!("/api/admin/users/{}", id(row))).json(&json!({ "metadata": { "seen": "yes" } })) },
    Case { operation: "unassign_user", with: "", about: LONER, ask: |world, row| admin(world, row, Method::DELETE, &format!("/api/clusters/assign/{}", id(row))) },
    Case { operation: "assign_user", with: "herself", about: LONER, ask: |world, row| by(world, row, Method::POST, "/api/clusters/assign").json(&json!({})) },
    Case { operation: "assign_user", with: "a team, elsewhere", about: MOVING, ask: |world, row| admin(world, row, Method::POST, "/api/clusters/assign").json(&json!({ "user_id": row["id"], "cluster_id": row["cluster"] })) },
    Case { operation: "accept_invite", with: "", about: INVITED, ask: |world, row| TestRequest::post("/api/team/invites/accept").bearer(&world.token_with_email(text(row, "id"), text(row, "email"))).json(&json!({ "token": row["token"] })) },
    Case { operation: "remove_member", with: "", about: JOINED, ask: |world, row| TestRequest::new(Method::DELETE, &format!("/api/team/members/{}", id(row))).bearer(&world.token(text(row, "owner"))) },
    Case { operation: "update_user", with: "suspended", about: LONER, ask: |world, row| admin(world, row, Method::PATCH, &format!("/api/admin/users/{}", id(row))).json(&json!({ "status": "suspended" })) },
    Case { operation: "update_user", with: "active again", about: LONER, ask: |world, row| admin(world, row, Method::PATCH, &format!("/api/admin/users/{}", id(row))).json(&json!({ "status": "active" })) },
    Case { operation: "update_hopsworks_cluster", with: "", about: CLUSTER, ask: |world, row| admin(world, row, Method::PATCH, &format!("/api/admin/hopsworks-clusters/{}", text(row, "cluster"))).json(&json!({ "metadata": { "seen": row["g"] } })) },
    Case { operation: "create_deployment", with: "", about: OWN_DEPLOYMENT, ask: |world, row| by(world, row, Method::POST, "/api/clusters").json(&json!({ "deployment_type": "aws" })) },
    Case { operation: "update_deployment", with: "", about: OWN_DEPLOYMENT, ask: |world, row| by(world, row, Method::PATCH, &deployment(row)).json(&json!({ "status": "stopped" })) },
    Case { operation: "delete_deployment", with: "", about: OWN_DEPLOYMENT, ask: |world, row| by(world, row, Method::DELETE, &deployment(row)) },
    Case { operation: "create_invite", with: "", about: LONER, ask: |world, row| by(world, row, Method::POST, "/api/team/invites").json(&json!({ "email": "somebody@example.com" })) },
    Case { operation: "withdraw_invite", with: "", about: INVITING, ask: |world, row| by(world, row, Method::DELETE, &format!("/api/team/invites/{}", text(row, "invite"))) },
    Case { operation: "record_purchase", with: "", about: LONER, ask: |world, row| money(TestRequest::post("/api/credits/purchases").bearer(&world.machine_token(&["credits:write"]))).json(&json!({ "user_id": row["id"], "amount": "10.00" })) },
    Case { operation: "adjust_credits", with: "", about: LONER, ask: |world, row| money(admin(world, row, Method::POST, "/api/credits/adjustments")).json(&json!({ "user_id": row["id"], "amount": "1.00", "reason": "goodwill" })) },
    Case { operation: "record_usage", with: "a reading", about: CONSUMER, ask: readings },
    Case { operation: "record_usage", with: "a hundred readings", about: HUNDRED, ask: readings },
    Case { operation: "set_rate", with: "", about: NUMBER, ask: |world, row| admin(world, row, Method::POST, "/api/admin/rates").json(&rate(row)) },
    Case { operation: "create_hopsworks_cluster", with: "", about: NUMBER, ask: |world, row| admin(world, row, Method::POST, "/api/admin/hopsworks-clusters").json(&json!({ "name": format!("new-{}", row["g"]), "api_url": "https://new.example.com", "max_users": 0 })) },
];

fn by(world: &World, row: &Value, method: Method, path: &str) -> TestRequest {
    TestRequest::new(method, path).bearer(&world.token(text(row, "id")))
}

fn admin(world: &World, row: &Value, method: Method, path: &str) -> TestRequest {
    TestRequest::new(method, path).bearer(&world.token(text(row, "admin")))
}

fn money(ask: TestRequest) -> TestRequest {
    ask.header("idempotency-key", &Uuid::new_v4().to_string())
}

fn deployment(row: &Value) -> String {
    format!("/api/clusters/{}", encoded(text(row, "deployment")))
}

/// Reported by the Action.
fn login(world: &World, user_id: &str, email: &str, name: &str) -> TestRequest {
    let event = json!({
        "user_id": user_id,
        "email": email,
        "email_verified": true,
        "name": name,
        "logged_in_at": world.clock.now().to_rfc3339(),
    });
    TestRequest::post("/api/auth/sync-user").json(&event).signed(world)
}

/// One reading of each user.
fn readings(world: &World, row: &Value) -> TestRequest {
    let source = Uuid::new_v4();
    let reading = |user: &Value| {
        json!({
            "source": source,
            "user_id": user,
            "window_start": format!("{}T20:00:00Z", text(row, "day")),
            "window_end": format!("{}T21:00:00Z", text(row, "day")),
            "cpu_hours": "0.75",
            "gpu_hours": "0",
            "storage_gb": "12.5",
        })
    };
    let readings: Vec<Value> = row["users"].as_array().into_iter().flatten().map(reading).collect();
    TestRequest::post("/api/usage")
        .bearer(&world.machine_token(&["usage:write"]))
        .json(&json!({ "readings": readings }))
}

/// A price of a day that lies ahead.
fn rate(row: &Value) -> Value {
    let day = chrono::NaiveDate::from_ymd_opt(9000, 1, 1).unwrap_or_default()
        + chrono::Days::new(row["g"].as_u64().unwrap_or_default());
    json!({ "effective_on": day, "cpu_hour_usd": "0.2", "gpu_hour_usd": "2.5", "storage_gb_month_usd": "0.03" })
}
