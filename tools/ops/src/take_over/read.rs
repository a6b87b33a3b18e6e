//! Reads the web app's tables as they are: a view for each of the eight, with the columns that the judgement knows.

use anyhow::Result;

use super::columns;
use crate::admin_db::AdminDb;

/// A table, and the columns that are read of it, each with the type that it is read as.
type Read = (&'static str, &'static [(&'static str, &'static str)]);

const TIME: &str = "timestamp with time zone";

/// What the seed documents say of the tables, and what other databases of that shape have besides.
const READ: [Read; 8] = [
    (
        "users",
        &[
            ("id", "text"),
            ("email", "text"),
            ("email_verified", "boolean"),
            ("name", "text"),
            ("is_admin", "boolean"),
            ("status", "text"),
            ("account_owner_id", "text"),
            ("login_count", "numeric"),
            ("metadata", "jsonb"),
            ("last_login_at", TIME),
            ("created_at", TIME),
            ("updated_at", TIME),
            ("deleted_at", TIME),
        ],
    ),
    (
        "user_credits",
        &[
            ("id", "uuid"),
            ("user_id", "text"),
            ("total_purchased", "numeric"),
            ("total_used", "numeric"),
            ("cpu_hours_used", "numeric"),
            ("gpu_hours_used", "numeric"),
            ("storage_gb_months", "numeric"),
            ("created_at", TIME),
            ("updated_at", TIME),
            ("balance", "numeric"),
        ],
    ),
    (
        "hopsworks_clusters",
        &[
            ("id", "uuid"),
            ("name", "text"),
            ("api_url", "text"),
            ("api_key", "text"),
            ("max_users", "numeric"),
            ("current_users", "numeric"),
            ("status", "text"),
            ("metadata", "jsonb"),
            ("created_at", TIME),
            ("updated_at", TIME),
        ],
    ),
    (
        "user_hopsworks_assignments",
        &[("id", "uuid"), ("user_id", "text"), ("hopsworks_cluster_id", "uuid"), ("assigned_at", TIME)],
    ),
    (
        "clusters",
        &[
            ("id", "uuid"),
            ("user_id", "text"),
            ("deployment_type", "text"),
            ("zone", "text"),
            ("status", "text"),
            ("hopsworks_project_id", "text"),
            ("hopsworks_api_key", "text"),
            ("created_at", TIME),
            ("updated_at", TIME),
            ("deleted_at", TIME),
        ],
    ),
    (
        "instances",
        &[
            ("id", "uuid"),
            ("user_id", "text"),
            ("instance_name", "text"),
            ("hopsworks_url", "text"),
            ("status", "text"),
            ("created_at", TIME),
            ("updated_at", TIME),
            ("activated_at", TIME),
            ("deleted_at", TIME),
        ],
    ),
    (
        "usage_daily",
        &[
            ("id", "uuid"),
            ("user_id", "text"),
            ("account_owner_id", "text"),
            ("date", "date"),
            ("cpu_hours", "numeric"),
            ("gpu_hours", "numeric"),
            ("storage_gb", "numeric"),
            ("total_cost", "numeric"),
            ("created_at", TIME),
            ("updated_at", TIME),
        ],
    ),
    (
        "team_invites",
        &[
            ("id", "uuid"),
            ("account_owner_id", "text"),
            ("email", "text"),
            ("token", "text"),
            ("token_hash", "bytea"),
            ("expires_at", TIME),
            ("accepted_at", TIME),
            ("accepted_by_user_id", "text"),
            ("withdrawn_at", TIME),
            ("created_at", TIME),
        ],
    ),
];

/// What rows have in a column that is absent.
fn absent(table: &str, column: &str, new: &str) -> String {
    match (table, column) {
        (_, "created_at" | "updated_at" | "assigned_at") => "now()".to_owned(),
        ("user_credits" | "usage_daily", _) if new == "numeric" && column != "balance" => "0::numeric".to_owned(),
        _ => format!("null::{new}"),
    }
}

/// What is wrong with a null, unless the whole column is absent: then nothing changes.
const OF_A_COLUMN: [(&str, &str, &str); 17] = [
    ("users.flag_null", "users", "is_admin"),
    ("users.email_verified_null", "users", "email_verified"),
    ("users.deleted_at_null", "users", "deleted_at"),
    ("clusters.deleted_at_changes", "clusters", "deleted_at"),
    ("users.status_null", "users", "status"),
    ("users.metadata_unusable", "users", "metadata"),
    ("users.counter_unusable", "users", "login_count"),
    ("hopsworks_clusters.capacity_unusable", "hopsworks_clusters", "max_users"),
    ("hopsworks_clusters.counter_wrong", "hopsworks_clusters", "current_users"),
    ("hopsworks_clusters.status_null", "hopsworks_clusters", "status"),
    ("hopsworks_clusters.metadata_unusable", "hopsworks_clusters", "metadata"),
    ("instances.name_unusable", "instances", "instance_name"),
    ("clusters.type_null", "clusters", "deployment_type"),
    ("clusters.status_null", "clusters", "status"),
    ("days.account_null", "usage_daily", "account_owner_id"),
    ("invites.token_missing", "team_invites", "token"),
    ("invites.expiry_null", "team_invites", "expires_at"),
];

/// Takes back what was said of absent columns.
pub async fn forget_absent(database: &mut AdminDb) -> Result<()> {
    for (kind, table, column) in OF_A_COLUMN {
        let forget = format!(
            "delete from troubles where kind = '{kind}' and not exists ( \
               select from pg_attribute where attrelid = to_regclass('public.{table}') and attname = '{column}' and not attisdropped)"
        );
        database.run(&forget).await?;
    }
    Ok(())
}

/// Makes the views `old_<table>`. `place` is where the row stands, and `unreadable` names values that are there and cannot
/// be read. A column that is absent is null, or says nothing. Tables that are absent, or are to be set aside, have no rows.
pub async fn make_views(database: &mut AdminDb, aside: &[String]) -> Result<()> {
    database.run(columns::HELPERS).await?;
    for (table, read) in READ {
        let known = if aside.iter().any(|name| name == table) { Vec::new() } else { given(database, table).await? };
        let mut unreadable = Vec::new();
        let columns = read.iter().map(|(column, new)| {
            let (read, unread) = reading(table, column, new, &known);
            unreadable.extend(unread);
            format!("{read} as {column}")
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let unreadable = match unreadable.is_empty() {
            true => "null::text".to_owned(),
            false => format!("nullif(concat_ws('; ', {}), '')", unreadable.join(", ")),
        };
        let columns = format!("{columns}, {unreadable} as unreadable");
        let view = if known.is_empty() {
            format!("create temp view old_{table} as select null::tid as place, {columns} where false")
        } else {
            // The offset keeps the planner from writing a long expression wherever its column is used.
            format!("create temp view old_{table} as select o.ctid as place, {columns} from public.{table} o offset 0")
        };
        database.run(&view).await?;
    }
    Ok(())
}

/// How a column is read, and an expression that names its value if it is there and cannot be.
fn reading(table: &str, column: &str, new: &str, known: &[String]) -> (String, Option<String>) {
    let type_of = |column: &str| known.iter().find_map(|line| line.strip_prefix(&format!("{column} ")));
    let given = format!("o.{column}");
    let named =
        |condition: String| format!("case when {condition} then '{table}.{column}: ' || left(({given})::text, 40) end");
    // Bytes are no text that a link could hold: they are its hash.
    let hash = match (table, column, type_of(column)) {
        ("team_invites", "token_hash", Some(old)) => Some((old, given.clone())),
        ("team_invites", "token_hash", None) => {
            type_of("token").filter(|old| *old == "bytea").map(|old| (old, "o.token".to_owned()))
        }
        _ => None,
    };
    if let Some((old, given)) = hash
        && let Some(read) = columns::read_hash(old, &given)
    {
        // The value itself is nobody's business.
        let unread = format!("case when {} then '{table}.{column}' end", columns::is_unread(&read, &given));
        return (read, Some(unread));
    }
    let of = if column == "hopsworks_cluster_id" { "hopsworks_clusters" } else { table };
    // What cannot be read at all stops the take-over elsewhere.
    let read = type_of(column).and_then(|old| {
        let read = columns::read_as(old, new, &given, of)?;
        let unread = columns::unreadable(old, new, &read, &given).map(named);
        Some((read, unread))
    });
    read.unwrap_or_else(|| (absent(table, column, new), None))
}

/// Nothing may name a column that is to change.
pub async fn drop_views(database: &mut AdminDb) -> Result<()> {
    for (table, _) in READ {
        database.run(&format!("drop view pg_temp.old_{table}")).await?;
    }
    Ok(())
}

/// The columns that a table has: name and type.
async fn given(database: &mut AdminDb, table: &str) -> Result<Vec<String>> {
    let columns = format!(
        "select a.attname || ' ' || pg_temp.plain_type(a.atttypid, a.atttypmod) from pg_attribute a \
         where a.attrelid = to_regclass('public.{table}') and a.attnum > 0 and not a.attisdropped order by a.attnum"
    );
    Ok(database.texts(&columns).await?.into_iter().flatten().collect())
}
