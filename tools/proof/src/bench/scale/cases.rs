//! What is asked of the small and the large database: each operation at least once, about other data each time.

use anyhow::{Context, Result};
use contract::openapi;
use serde_json::Value;
use shared::http::routes::{Access, Operation};
use uuid::Uuid;

use crate::bench::jobs::PAST_THE_CLUSTERS;
use testkit::{TestRequest, World};

// Whom and what requests are about: `n` decides their order, `caller` calls, and `id` is the one in the path.
const NOTHING: &str = "select 0 as n";
const ANYBODY: &str = "\
    select n, id, id as caller, email from scale.people where status = 'active' and not waits and not is_elsewhere";
const CONSUMER: &str =
    "select n, id as caller from scale.people where d in (0, 5) and not is_member and status = 'active'";
const OWNER: &str = "select n, id, id as caller from scale.team_owners";
/// An owner of a team, whom an administrator moves.
const MOVING: &str = "select n, o.id, a.id as caller from scale.team_owners o cross join scale.administrator a";
const LONER: &str = "select *, id as caller from scale.loners";
const DEPLOYMENT: &str = "\
    select n, id as caller, md5('deployment' || n || '/1')::uuid as id from scale.people \
    where d in (0, 5) and status = 'active'";
const OTHER_DEPLOYMENT: &str = "\
    select n, id as caller, md5('deployment' || n || '/2')::uuid as id from scale.people \
    where d in (0, 5) and status = 'active'";
const ACCOUNT: &str = "select p.n, a.id from app.hopsworks_accounts a join scale.people p on p.id = a.user_id";
const CLUSTER: &str = "select hashtext(id::text) as n, id from public.hopsworks_clusters";
/// Others may have been added by a request.
const PROVISIONING_CLUSTER: &str =
    "select hashtext(hopsworks_cluster_id::text) as n, hopsworks_cluster_id as id from app.hopsworks_provisioning";
const DELETED: &str = "select n, id from scale.people where status = 'deleted'";
/// Of whom nothing else is asked afterwards.
const CLOSING: &str = "\
    select n, id as caller from scale.people where d = 7 and not is_member and not is_admin and status = 'active'";
const INVITED: &str = "select * from scale.invited";
/// The same again, once they have joined; their owner calls.
const JOINED: &str = "\
    select p.n, u.id, u.account_owner_id as caller from scale.people p join public.users u on u.id = p.id \
    where not p.is_member and u.account_owner_id is not null";
/// Loners, each with the open invite of their own.
const INVITING: &str = "select n, id as caller, md5('open' || n)::uuid as id from scale.loners";
/// An hour of yesterday.
const READING: &str = "\
    select n, scale.readings(array[id], md5('reading' || n)::uuid, 1) as readings from scale.people \
    where n % 5 = 0 and status <> 'deleted'";
/// A hundred users, and an hour of one of thirty days. Ten requests share a day: on the small database these are about
/// all users, so that a day is as new to them as on the large one.
const HUNDRED_READINGS: &str = "\
    select k as n, scale.readings(ids, md5('readings' || k)::uuid, 1 + k / 10 % 30) as readings \
    from scale.size s cross join generate_series(1, 140) k cross join lateral ( \
      select array_agg(id) as ids from scale.people p where p.status <> 'deleted' \
        and p.n = any (array(select (k * 7919 + j * (s.users / 100)) % s.users from generate_series(0, 99) j))) h";

/// Hours that have been read, and those whose answer was not believed.
const HOUR: &str = "\
    select hashtext(hopsworks_cluster_id::text || hour) as n, hopsworks_cluster_id as id, \
      to_char(hour at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as hour from app.usage_coverage";
const MISSING: &str = "\
    select hashtext(hopsworks_cluster_id::text || hour) as n, hopsworks_cluster_id as id, \
      to_char(hour at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as hour from app.usage_coverage \
    where state = 'missing'";

/// Each time another payment, of somebody else.
const PAYING: &str = "select *, md5(random()::text) as drawn from scale.loners";
const PAID: &str = "\
    select hashtext(stripe_id) as n, stripe_id as payment, md5(random()::text) as drawn from app.stripe_payments \
    where kind = 'payment' and state = 'recorded'";
const PARKED: &str = "select hashtext(stripe_id) as n, id from app.stripe_payments where state = 'parked'";

const SOURCE: &str = "select hashtext(source) as n, source as id from app.usage_sources where source <> 'scale'";

/// A request as people send it.
pub struct Case {
    pub operation: &'static str,
    /// Which of its uses, where it has several.
    pub with: &'static str,
    about: &'static str,
    /// The query of a GET, the body of others; `$id` and the like are columns of `about`.
    template: &'static str,
}

pub const fn case(operation: &'static str, with: &'static str, about: &'static str, template: &'static str) -> Case {
    Case { operation, with, about, template }
}

const LOGIN: &str = r#"{"user_id":"$id","email":"$email","email_verified":true,"name":"$name","logged_in_at":"$now"}"#;
const SIGN_UP: &str =
    r#"{"user_id":"auth0|new$g","email":"new$g@example.com","email_verified":true,"name":"New","logged_in_at":"$now"}"#;
const RATE: &str = r#"{"effective_on":"$day","cpu_hour_usd":"0.2","gpu_hour_usd":"2.5","storage_gb_month_usd":"0.03"}"#;
const ATTRIBUTION: &str = r#"{"cluster_id":"$cluster","namespace":"lost-$g","user_id":"$id"}"#;
const NEW_CLUSTER: &str = r#"{"name":"new-$g","api_url":"https://new.example.com","max_users":0}"#;

const CHECKOUT: &str = r#"{"id":"evt_1","type":"checkout.session.completed","livemode":false,"created":1764071940,"data":{"object":{
    "id":"cs_1","payment_status":"paid","payment_intent":"pi_$drawn","amount_total":1250,"total_details":{"amount_tax":250},
    "currency":"usd","client_reference_id":"$id"}}}"#;
const NOBODYS: &str = r#"{"id":"evt_1","type":"checkout.session.completed","livemode":false,"created":1764071940,"data":{"object":{
    "id":"cs_1","payment_status":"paid","payment_intent":"pi_$drawn","amount_total":1250,"currency":"usd",
    "client_reference_id":"auth0|nobody"}}}"#;
const REFUNDED: &str = r#"{"id":"evt_1","type":"refund.created","livemode":false,"created":1764071950,"data":{"object":{
    "id":"re_$drawn","status":"succeeded","payment_intent":"$payment","amount":1,"currency":"usd"}}}"#;

pub const CASES: &[Case] = &[
    case("get_me", "", ANYBODY, ""),
    case("list_users", "?limit=20", NOTHING, "limit=20"),
    case("list_users", "?status=", NOTHING, "limit=5&status=suspended"),
    case("list_users", "?email=", ANYBODY, "email=$email"),
    case("list_users", "?account_owner_id=", OWNER, "account_owner_id=$id"),
    case("list_users", "?cluster_id=", CLUSTER, "limit=10&cluster_id=$id"),
    case("list_users", "?metadata=", NOTHING, "limit=5&metadata=%7B%22tags%22%3A%5B%22beta%22%5D%7D"),
    case("get_user", "", ANYBODY, ""),
    case("list_audit_log", "", NOTHING, ""),
    case("list_audit_log", "?actor=", NOTHING, "limit=20&actor=$admin"),
    case("list_audit_log", "?target=", ANYBODY, "target=$id"),
    case("list_audit_log", "?action=", NOTHING, "limit=20&action=users.assign"),
    case("list_events", "", NOTHING, ""),
    case("list_events", "?subject=", ANYBODY, "limit=20&subject=user:$id"),
    case("list_events", "?type=", NOTHING, "limit=20&type=user.created"),
    case("list_violations", "a page of users", NOTHING, PAST_THE_CLUSTERS),
    case("list_hopsworks_clusters", "", NOTHING, ""),
    case("get_hopsworks_cluster", "", CLUSTER, ""),
    case("list_hopsworks_accounts", "", NOTHING, "limit=20"),
    case("list_hopsworks_accounts", "?state=", NOTHING, "limit=5&state=stuck"),
    case("list_hopsworks_accounts", "?cluster_id=", CLUSTER, "limit=20&state=ready&cluster_id=$id"),
    case("list_hopsworks_accounts", "?user_id=", ANYBODY, "user_id=$id"),
    case("list_deployments", "", DEPLOYMENT, ""),
    case("get_deployment", "", DEPLOYMENT, ""),
    case("list_invites", "", OWNER, ""),
    case("list_members", "", OWNER, ""),
    case("get_credits", "", CONSUMER, ""),
    case("list_transactions", "", CONSUMER, ""),
    case("get_policy", "", CONSUMER, ""),
    case("get_default_policy", "", NOTHING, ""),
    case("get_usage", "", CONSUMER, ""),
    case("get_usage", "?scope=account", OWNER, "scope=account"),
    case("get_usage", "?group_by=", OWNER, "scope=account&group_by=user,project"),
    case("get_statement", "", OWNER, ""),
    case("list_prices", "", ANYBODY, ""),
    case("list_rates", "", NOTHING, ""),
    case("list_usage_sources", "", NOTHING, ""),
    case("list_usage_coverage", "", NOTHING, ""),
    case("list_usage_coverage", "?cluster_id=", CLUSTER, "cluster_id=$id"),
    case("list_usage_coverage", "?state=", NOTHING, "limit=20&state=missing"),
    case("list_usage_coverage", "?cluster_id=&state=", CLUSTER, "limit=20&state=missing&cluster_id=$id"),
    case("list_usage_coverage", "?other_sources=", NOTHING, "limit=20&other_sources=true"),
    case("list_unattributed_usage", "", NOTHING, "limit=20"),
    case("list_unattributed_usage", "?cluster_id=", CLUSTER, "limit=20&cluster_id=$id"),
    case("sync_user", "a login", LONER, LOGIN),
    case("sync_user", "a sign-up", NOTHING, SIGN_UP),
    case("sync_me", "", LONER, "{}"),
    case("update_me", "", LONER, r#"{"metadata":{"preferences":{"seen":"yes"}}}"#),
    case("update_user", "metadata", LONER, r#"{"metadata":{"seen":"yes"}}"#),
    case("unassign_user", "", LONER, ""),
    case("assign_user", "for oneself", LONER, "{}"),
    case("assign_user", "a team, elsewhere", MOVING, r#"{"user_id":"$id","cluster_id":"$cluster"}"#),
    case("accept_invite", "", INVITED, r#"{"token":"$token"}"#),
    case("remove_member", "", JOINED, ""),
    case("update_user", "suspended", LONER, r#"{"status":"suspended"}"#),
    case("update_user", "active again", LONER, r#"{"status":"active"}"#),
    case("update_hopsworks_cluster", "", CLUSTER, r#"{"metadata":{"seen":$g}}"#),
    case("create_deployment", "", OTHER_DEPLOYMENT, r#"{"deployment_type":"aws"}"#),
    case("update_deployment", "", OTHER_DEPLOYMENT, r#"{"status":"stopped"}"#),
    case("delete_deployment", "", OTHER_DEPLOYMENT, ""),
    case("create_invite", "", LONER, r#"{"email":"somebody@example.com"}"#),
    case("withdraw_invite", "", INVITING, ""),
    case("record_purchase", "", LONER, r#"{"user_id":"$id","amount":"10.00"}"#),
    case("adjust_credits", "", LONER, r#"{"user_id":"$id","amount":"1.00","reason":"goodwill"}"#),
    case("set_default_policy", "", NOTHING, r#"{"warn_below":"$g"}"#),
    case("set_policy", "", LONER, r#"{"warn_below":"$g","monthly_cap":"5"}"#),
    case("record_stripe_event", "a payment", PAYING, CHECKOUT),
    case("record_stripe_event", "a refund", PAID, REFUNDED),
    case("record_stripe_event", "nobody's payment", PAYING, NOBODYS),
    case("list_parked_payments", "", NOTHING, "limit=20"),
    case("list_parked_payments", "?state=&kind=", NOTHING, "limit=20&state=recorded&kind=refund"),
    case("resolve_parked_payment", "", PARKED, r#"{"returned":true,"reason":"by hand"}"#),
    case("record_usage", "a reading", READING, r#"{"readings":$readings}"#),
    case("record_usage", "a hundred readings", HUNDRED_READINGS, r#"{"readings":$readings}"#),
    case("set_rate", "", NOTHING, RATE),
    case("move_usage_source", "", SOURCE, r#"{"client_id":"meter$g@clients"}"#),
    case("recollect_hour", "", HOUR, ""),
    case("accept_hour", "", MISSING, ""),
    case("attribute_namespace", "", LONER, ATTRIBUTION),
    case("check_hopsworks_cluster", "", PROVISIONING_CLUSTER, r#"{"accept":true}"#),
    case("retry_hopsworks_account", "", ACCOUNT, ""),
    case("create_hopsworks_cluster", "", NOTHING, NEW_CLUSTER),
    case("close_account", "", CLOSING, ""),
    case("erase_user", "", DELETED, ""),
];

impl Case {
    /// A query with so many rows, each for one request: with its number as `g`, a day that lies ahead, an active
    /// cluster with room, and an administrator. Where there are too few rows, they come again.
    pub fn rows(&self, count: usize) -> String {
        let about = self.about;
        format!(
            "select to_jsonb(s) - 'n' || jsonb_build_object('g', g, 'day', date '9000-01-01' + g, 'cluster', c.id, \
               'admin', (select id from scale.administrator)) \
             from generate_series(1, {count}) g \
             join (select *, row_number() over (order by hashint8(n)) as turn, count(*) over () as total \
               from ({about}) p) s on s.turn = 1 + (g - 1) % s.total \
             cross join lateral (select id from public.hopsworks_clusters \
               where max_users - current_users > 100 and status = 'active' order by md5(id::text || g) limit 1) c \
             order by g"
        )
    }

    /// The request about a row, by somebody whom its operation lets in.
    pub fn request(&self, operation: &Operation, world: &World, row: &Value) -> Result<TestRequest> {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let path = ["id", "user_id", "source", "cluster_id"]
            .iter()
            .fold(operation.path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), "$id"));
        let month = world.clock.now().format("%Y-%m").to_string();
        let path = path.replace("{hour}", "$hour").replace("{month}", &month);
        let path = filled(&path, row, encoded);
        let mut request = match openapi::method(operation)? {
            "get" => TestRequest::get(format!("{path}?{}", filled(self.template, row, encoded)).trim_end_matches('?')),
            method => TestRequest::new(method.to_uppercase().parse()?, &path),
        };
        if !request.method.is_safe() && !self.template.is_empty() {
            let body = filled(self.template, row, str::to_owned).replace("$now", &world.clock.now().to_rfc3339());
            request = request.json(&serde_json::from_str(&body).with_context(|| body.clone())?);
        }
        if operation.idempotent {
            request = request.header("idempotency-key", &Uuid::new_v4().to_string());
        }
        Ok(match operation.access {
            Access::ActionOrPerson => request.signed(world),
            Access::Stripe => request.signed_as_stripe(world),
            Access::Machine(permission) | Access::MachineOrAdmin(permission) => {
                request.bearer(&world.machine_token(&[permission]))
            }
            Access::Admin => request.bearer(&world.token(text("admin"))),
            Access::Person
            | Access::User
            | Access::UserOrSuspendedOwner
            | Access::UserOrSuspended
            | Access::AccountOwner => match text("verified_email") {
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
    row.as_object().into_iter().flatten().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("${name}"), &value.as_str().map_or_else(|| value.to_string(), written))
    })
}
