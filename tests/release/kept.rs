//! The newest releases go on answering what they answered, on the tables as they are now: `make release` records the
//! calls that the contract's examples make, the rows that they find, and the answers.

use std::{fs, path::PathBuf};

use axum::routing::MethodFilter;
use contract::openapi;
use migrations::Release;
use ops::{admin_db::literal, schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testkit::{World, programs::variable};
use tests::{fixtures, operations, variants};

#[derive(Serialize, Deserialize)]
struct Record {
    /// The rows that each call found.
    tables: Vec<Table>,
    calls: Vec<Call>,
}

#[derive(Serialize, Deserialize)]
struct Table {
    name: String,
    /// Those that are not computed, as a list in SQL.
    columns: String,
    rows: Value,
}

#[derive(Serialize, Deserialize)]
struct Call {
    function: String,
    args: Value,
    answer: Value,
}

#[tokio::test]
async fn every_kept_release_answers_as_it_did() {
    let mut wrong = Vec::new();
    for script in migrations::recorded(&schema::checkout()).unwrap() {
        let text = fs::read_to_string(&script).unwrap();
        let record = serde_json::from_str(&fs::read_to_string(script.with_extension("json")).unwrap()).unwrap();
        wrong.extend(differences(&script.file_stem().unwrap().to_string_lossy(), &text, &record, "").await);
    }
    assert!(wrong.is_empty(), "these migrations break a kept release:\n{}", wrong.join("\n"));
}

/// What a release, with these files as one text, answers in another way after a migration.
async fn differences(name: &str, text: &str, record: &Record, migration: &str) -> Vec<String> {
    let mut world = World::new().await;
    world.database_time_is(&format!("timestamptz '{}'", fixtures::NOW)).await;
    let (_, release) = name.split_once('_').unwrap();
    let release = Release { schema: release.to_owned(), files: vec![variants::file(name, text)] };
    variants::enter(&mut world, &release).await;
    for Table { name, columns, rows } in &record.tables {
        let rows = literal(&rows.to_string());
        world
            .sql(&format!(
                "select set_config('session_replication_role', case relkind when 'v' then 'origin' else 'replica' end, false) \
                 from pg_class where oid = '{name}'::regclass; \
                 insert into {name} ({columns}) overriding system value \
                 select {columns} from jsonb_populate_recordset(null::{name}, {rows}::jsonb)"
            ))
            .await;
    }
    // As the migrations have done it that brought the column and the table.
    world
        .sql(
            "update public.user_credits set month_scaled_cost_usd = app.cost_of_month(user_id, month); \
             insert into app.usage_daily_projects (user_id, date, project, cpu_hours, gpu_hours, storage_gb_seconds) \
             select user_id, date, '', cpu_hours, gpu_hours, storage_gb_seconds from public.usage_daily \
             on conflict do nothing",
        )
        .await;
    world
        .sql(
            "select setval(pg_get_serial_sequence(attrelid::regclass::text, attname), 1000000) \
             from pg_attribute join pg_class c on c.oid = attrelid \
             where attidentity <> '' and relkind = 'r' and relnamespace in ('public'::regnamespace, 'app'::regnamespace)",
        )
        .await;
    world.sql(migration).await;
    let mut wrong = Vec::new();
    for Call { function, args, answer } in &record.calls {
        let args = literal(&args.to_string());
        let call =
            format!("begin; set local role api; select {}.{function}({args}::jsonb)::text; rollback", release.schema);
        let answered =
            world.direct().await.texts(&call).await.map(|texts| texts[0].as_deref().map(serde_json::from_str));
        match answered {
            Ok(Some(Ok(now))) if fixtures::without_drawn(&now) == fixtures::without_drawn(answer) => {}
            now => wrong.push(format!("{name}: {function} answered {answer}, and now {now:?}")),
        }
    }
    wrong
}

#[tokio::test]
async fn a_migration_that_breaks_a_kept_release_is_found() {
    let (release, record) = (variants::current(), recorded().await);
    let name = format!("001_{}", release.schema);
    let text = release.text();
    let harmless = "alter table app.audit_entries add column origin text";
    assert_eq!(differences(&name, &text, &record, harmless).await, [""; 0]);
    let found =
        differences(&name, &text, &record, "alter table app.audit_entries rename column target to subject").await;
    assert!(found.iter().any(|line| line.contains("list_audit_log") && line.contains("42703")), "{found:#?}");
}

/// Records this checkout's release, in the files that `make release` names.
#[tokio::test]
#[ignore = "`make release` runs it"]
async fn record() {
    let script = PathBuf::from(variable("RELEASE_SCRIPT").expect("`make release` says which file"));
    fs::write(script.with_extension("json"), serde_json::to_string(&recorded().await).unwrap() + "\n").unwrap();
    fs::write(&script, variants::current().text()).unwrap();
}

/// The calls of all examples, each on the same rows.
async fn recorded() -> Record {
    let record = "create table recorded (function text, args jsonb, answer jsonb)";
    let release = variants::wrapped(record, "insert into recorded values (c_name, args, v_answer); return v_answer;");
    let examples = openapi::examples::read().unwrap();
    let unchanged = fixtures::so_far(Some(&release)).await;
    let (tables, mut calls) = (tables(&unchanged.0).await, Vec::new());
    for (function, operation) in operations() {
        let changed;
        let (world, functions) = if operation.method == MethodFilter::GET {
            &unchanged
        } else {
            changed = fixtures::copy(&unchanged.0).await;
            &changed
        };
        world.sql("truncate recorded").await;
        let request = fixtures::authorized(world, &operation, &examples[operation.id]);
        functions.send(function, request).await.expect(operation.status);
        let made = world.all("select to_jsonb(r) from recorded r").await;
        calls.extend(made.iter().map(|call| serde_json::from_str::<Call>(call).unwrap()));
    }
    Record { tables, calls }
}

async fn tables(world: &World) -> Vec<Table> {
    let names = world
        .all(
            "select c.oid::regclass || '|' || (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute \
               where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') \
             from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'app') \
               and c.relname not in ('migrations', 'releases', 'outbox_lease') order by 1",
        )
        .await;
    let mut tables = Vec::new();
    for name in names {
        let (name, columns) = name.split_once('|').unwrap();
        let rows = world.one(&format!("select coalesce(jsonb_agg(to_jsonb(t)), '[]') from {name} t")).await;
        let rows: Value = serde_json::from_str(&rows).unwrap();
        if rows != json!([]) {
            tables.push(Table { name: name.to_owned(), columns: columns.to_owned(), rows });
        }
    }
    tables
}
