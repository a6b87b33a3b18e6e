//! Whose a database is: ours, another application's, or one that other files have migrated.

use migrations::Sources;

/// The tables of the schema `public`, which a web app knows.
pub const TABLES: [&str; 8] = [
    "users",
    "user_credits",
    "hopsworks_clusters",
    "user_hopsworks_assignments",
    "clusters",
    "instances",
    "usage_daily",
    "team_invites",
];

/// Whether a database that has `app.migrations` is ours: the first file alone was applied by somebody who tried to migrate.
pub const IS_OURS: &str = "exists (select from app.migrations m where m.name ~ '^002_')";

/// Which of the eight tables are here, or what else has their names.
pub fn tables_here() -> String {
    let tables = TABLES.map(|table| format!("'{table}'")).join(", ");
    format!(
        "select c.oid::regclass::text from pg_class c where c.relnamespace = to_regnamespace('public') \
         and c.relkind <> 'i' and c.relname in ({tables}) order by c.relname"
    )
}

/// Refuses a database that was migrated by other files than these.
pub fn check(sources: &Sources) -> String {
    let known = sources.migrations.iter().map(|file| format!("\"{}\": \"{}\"", file.name, file.sha256()));
    CHECK
        .replace("KNOWN", &known.collect::<Vec<_>>().join(", "))
        .replace("IS_OURS", IS_OURS)
        .replace("TABLES_HERE", &tables_here())
}

const CHECK: &str = "do $check$
declare
  c_known constant jsonb := '{KNOWN}';
  v_name text;
  v_last text;
  v_is_ours boolean := false;
begin
  if pg_catalog.to_regclass('app.migrations') is not null then
    v_is_ours := IS_OURS;
  end if;
  if not v_is_ours then
    v_name := array_to_string(array(TABLES_HERE), ', ');
    if v_name <> '' then
      raise exception 'this database has tables of another application (%): run `make take-over DIRECT_URL=…`, which says what it would do with them', v_name;
    end if;
    return;
  end if;
  select m.name into v_name from app.migrations m where m.sha256 <> c_known ->> m.name order by m.name limit 1;
  if found then
    raise exception '% was edited after it was applied: put it back as it was, and say the change in a new migration', v_name;
  end if;
  select m.name into v_name from app.migrations m where m.name ~ '^[0-9]' and not c_known ? m.name order by m.name limit 1;
  if found then
    raise exception '% was applied to this database and is missing here: migrate from a checkout that has it', v_name;
  end if;
  select max(m.name) into v_last from app.migrations m where m.name ~ '^[0-9]';
  select k.name into v_name from jsonb_object_keys(c_known) as k (name)
  where k.name < v_last and k.name not in (select m.name from app.migrations m) order by k.name limit 1;
  if found then
    raise exception '% comes before %, which was applied already: give it a number after that', v_name, v_last;
  end if;
end
$check$;
";
