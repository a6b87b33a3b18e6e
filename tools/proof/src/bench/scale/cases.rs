//! What is asked of the small and the large database: each operation at least once, about other data each time.

use anyhow::{Context, Result};
use axum::http::Method;
use contract::openapi;
use serde_json::{Value, json};
use shared::http::routes::{Access, Operation};
use uuid::Uuid;

use testkit::{TestRequest, World};

// Whom and what requests are about: `n` decides their order, `caller` calls, and `id` is the one in the path.
const NOTHING: &str = "select 0 as n";
const ANYBODY: &str = "\
    select n, id, id as caller, 'u' || n || '@example.com' as email from scale.people \
    where status = 'active' and not waits and not is_elsewhere";
const CONSUMER: &str =
    "select n, id as caller from scale.people where n % 5 = 0 and not is_member and status = 'active'";
const OWNER: &str = "select n, id, id as caller from scale.team_owners";
const LONER: &str = "select *, id as caller from scale.loners";
const DEPLOYMENT: &str = "select n, caller, first as id from scale.deployments";
const OTHER_DEPLOYMENT: &str = "select n, caller, second as id from scale.deployments";
const CLUSTER: &str = "select hashtext(id::text) as n, id from public.hopsworks_clusters";

/// Loners, each with an invite into a team.
const INVITED: &str = "\
    create temp table invited as \
    select l.n, l.id as caller, 'join' || l.n || '@example.com' as verified_email, o.id as owner, \
      to_char(l.turn, 'FM00000000') || repeat('A', 35) as token \
    from (select *, row_number() over (order by hashint8(n)) - 1 as turn from scale.loners) l \
    join (select *, row_number() over (order by n) - 1 as turn, count(*) over () as total from scale.team_owners) o \
      on o.turn = l.turn % o.total \
    order by l.turn limit current_setting('scale.count')::integer; \
    insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
    select owner, verified_email, sha256(token::bytea), now() + interval '1 day' from invited; \
    select * from invited";
/// The same again, once they have joined; their owner calls.
const JOINED: &str = "\
    select p.n, u.id, u.account_owner_id as caller from scale.people p join public.users u on u.id = p.id \
    where not p.is_member and u.account_owner_id is not null";
/// Loners, each with an open invite of their own.
const INVITING: &str = "\
    create temp table inviting as \
    select n, id as caller, gen_random_uuid() as id from scale.loners \
    order by hashint8(n) limit current_setting('scale.count')::integer; \
    insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at) \
    select id, caller, 'open@example.com', sha256(caller::bytea), now() + interval '1 day' from inviting; \
    select * from inviting";
/// An owner of a team, whom an administrator moves.
const MOVING: &str = "\
    select n, id, (select a.id from scale.people a where a.is_admin order by a.n limit 1) as caller \
    from scale.team_owners";
/// An hour of yesterday.
const READING: &str = "\
    select n, scale.readings(array[id], md5('reading' || n)::uuid, 1) as readings from scale.people \
    where n % 5 = 0 and status <> 'deleted'";
/// A hundred users, and an hour of one of thirty days.
const HUNDRED_READINGS: &str = "\
    select k as n, scale.readings(ids, md5('readings' || k)::uuid, 1 + k % 30) as readings \
    from generate_series(1, current_setting('scale.count')::integer) k \
    cross join (select max(n) + 1 as users from scale.people) e \
    cross join lateral (select array_agg(id) as ids from scale.people p where p.status <> 'deleted' \
      and p.n = any (array(select (k * 7919 + j * (users / 100)) % users from generate_series(0, 99) j))) h";

/// Where the first page of users begins: after `{"detail":"","id":"auth0|","kind":""}`.
const PAST_THE_CLUSTERS: &str = "cursor=eyJkZXRhaWwiOiIiLCJpZCI6ImF1dGgwfCIsImtpbmQiOiIifQ";

/// A request as people send it. In query and body, `$id` and the like are columns of `about`.
pub struct Case {
    pub operation: &'static str,
    /// Which of its uses, where it has several.
    pub with: &'static str,
    about: &'static str,
    query: &'static str,
    body: &'static str,
}

const fn read(operation: &'static str, with: &'static str, about: &'static str, query: &'static str) -> Case {
    Case { operation, with, about, query, body: "" }
}

const fn write(operation: &'static str, with: &'static str, about: &'static str, body: &'static str) -> Case {
    Case { operation, with, about, query: "", body }
}

const LOGIN: &str = r#"{"user_id":"$id","email":"$email","email_verified":true,"name":"$name","logged_in_at":"$now"}"#;
const SIGN_UP: &str =
    r#"{"user_id":"auth0|new$g","email":"new$g@example.com","email_verified":true,"name":"New","logged_in_at":"$now"}"#;
const RATE: &str = r#"{"effective_on":"$day","cpu_hour_usd":"0.2","gpu_hour_usd":"2.5","storage_gb_month_usd":"0.03"}"#;
const NEW_CLUSTER: &str = r#"{"name":"new-$g","api_url":"https://new.example.com","max_users":0}"#;

pub const CASES: &[Case] = &[
    read("get_me", "", ANYBODY, ""),
    read("list_users", "?limit=20", NOTHING, "limit=20"),
    read("list_users", "?status=", NOTHING, "limit=5&status=suspended"),
    read("list_users", "?email=", ANYBODY, "email=$email"),
    read("list_users", "?account_owner_id=", OWNER, "account_owner_id=$id"),
    read("list_users", "?cluster_id=", CLUSTER, "limit=10&cluster_id=$id"),
    read("list_users", "?metadata=", NOTHING, "limit=5&metadata=%7B%22tags%22%3A%5B%22beta%22%5D%7D"),
    read("get_user", "", ANYBODY, ""),
    read("list_audit_log", "", NOTHING, ""),
    read("list_audit_log", "?actor=", NOTHING, "limit=20&actor=$admin"),
    read("list_audit_log", "?target=", ANYBODY, "target=$id"),
    read("list_audit_log", "?action=", NOTHING, "limit=20&action=users.assign"),
    read("list_violations", "a page of users", NOTHING, PAST_THE_CLUSTERS),
    read("list_hopsworks_clusters", "", NOTHING, ""),
    read("get_hopsworks_cluster", "", CLUSTER, ""),
    read("list_deployments", "", DEPLOYMENT, ""),
    read("get_deployment", "", DEPLOYMENT, ""),
    read("list_invites", "", OWNER, ""),
    read("list_members", "", OWNER, ""),
    read("get_credits", "", CONSUMER, ""),
    read("list_transactions", "", CONSUMER, ""),
    read("get_usage", "", CONSUMER, ""),
    read("get_usage", "?scope=account", OWNER, "scope=account"),
    read("list_rates", "", NOTHING, ""),
    write("sync_user", "a login", LONER, LOGIN),
    write("sync_user", "a sign-up", NOTHING, SIGN_UP),
    write("update_user", "metadata", LONER, r#"{"metadata":{"seen":"yes"}}"#),
    write("unassign_user", "", LONER, ""),
    write("assign_user", "for oneself", LONER, "{}"),
    write("assign_user", "a team, elsewhere", MOVING, r#"{"user_id":"$id","cluster_id":"$cluster"}"#),
    write("accept_invite", "", INVITED, r#"{"token":"$token"}"#),
    write("remove_member", "", JOINED, ""),
    write("update_user", "suspended", LONER, r#"{"status":"suspended"}"#),
    write("update_user", "active again", LONER, r#"{"status":"active"}"#),
    write("update_hopsworks_cluster", "", CLUSTER, r#"{"metadata":{"seen":$g}}"#),
    write("create_deployment", "", OTHER_DEPLOYMENT, r#"{"deployment_type":"aws"}"#),
    write("update_deployment", "", OTHER_DEPLOYMENT, r#"{"status":"stopped"}"#),
    write("delete_deployment", "", OTHER_DEPLOYMENT, ""),
    write("create_invite", "", LONER, r#"{"email":"somebody@example.com"}"#),
    write("withdraw_invite", "", INVITING, ""),
    write("record_purchase", "", LONER, r#"{"user_id":"$id","amount":"10.00"}"#),
    write("adjust_credits", "", LONER, r#"{"user_id":"$id","amount":"1.00","reason":"goodwill"}"#),
    write("record_usage", "a reading", READING, r#"{"readings":$readings}"#),
    write("record_usage", "a hundred readings", HUNDRED_READINGS, r#"{"readings":$readings}"#),
    write("set_rate", "", NOTHING, RATE),
    write("create_hopsworks_cluster", "", NOTHING, NEW_CLUSTER),
];

impl Case {
    /// What has to be done first, and a query with so many rows, each for one request: with its number as `g`, a day
    /// that lies ahead, and an active cluster with room. Where there are too few rows, they come again.
    pub fn rows(&self, count: usize) -> (&str, String) {
        let (before, about) = self.about.rsplit_once(';').unwrap_or(("", self.about));
        let rows = format!(
            "select to_jsonb(s) - 'n' || jsonb_build_object('g', g, 'day', date '9000-01-01' + g, 'cluster', c.id) \
             from generate_series(1, {count}) g \
             join (select *, row_number() over (order by hashint8(n)) as turn, count(*) over () as total \
               from ({about}) p) s on s.turn = 1 + (g - 1) % s.total \
             cross join lateral (select id from public.hopsworks_clusters \
               where max_users - current_users > 100 and status = 'active' order by md5(id::text || g) limit 1) c \
             order by g"
        );
        (before, rows)
    }

    /// The request about a row, by somebody whom its operation lets in.
    ///
    /// # Errors
    /// When a template is no JSON.
    pub fn request(&self, operation: &Operation, world: &World, mut row: Value) -> Result<TestRequest> {
        row["now"] = json!(world.clock.now());
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let mut path = operation.path.to_owned();
        for parameter in ["{id}", "{user_id}"] {
            path = path.replace(parameter, &encoded(text("id")));
        }
        if !self.query.is_empty() {
            path = format!("{path}?{}", filled(self.query, &row, encoded));
        }
        let method: Method = openapi::method(operation)?.to_uppercase().parse()?;
        let mut request = TestRequest::new(method, &path);
        if !self.body.is_empty() {
            let body = filled(self.body, &row, str::to_owned);
            request = request.json(&serde_json::from_str(&body).with_context(|| body.clone())?);
        }
        if operation.idempotent {
            request = request.header("idempotency-key", &Uuid::new_v4().to_string());
        }
        Ok(match operation.access {
            Access::ActionOrUser => request.signed(world),
            Access::Machine(permission) | Access::MachineOrAdmin(permission) => {
                request.bearer(&world.machine_token(&[permission]))
            }
            Access::Admin => request.bearer(&world.token(text("admin"))),
            Access::User | Access::AccountOwner => match text("verified_email") {
                "" => request.bearer(&world.token(text("caller"))),
                email => request.bearer(&world.token_with_email(text("caller"), email)),
            },
        })
    }
}

/// A user's id as it stands in an address.
fn encoded(id: &str) -> String {
    id.replace('|', "%7C")
}

fn filled(template: &str, row: &Value, written: fn(&str) -> String) -> String {
    let mut text = template.to_owned();
    for (name, value) in row.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), written);
        text = text.replace(&format!("${name}"), &value);
    }
    text
}
