//! Which locks `make migrate` takes, by table and mode.

use migrations::Sources;

use tests::variants::file;

use crate::fixtures::{Empty, sources, with};

/// Where a step leaves what it has locked, and the statement that does it at its end.
const SEEN: &str = "create table public.seen (relation text, mode text)";
const LOOK: &str = "\
    insert into public.seen \
    select distinct l.relation::regclass::text, l.mode from pg_locks l join pg_class c on c.oid = l.relation \
    join pg_namespace n on n.oid = c.relnamespace \
    where l.pid = pg_backend_pid() and c.relkind in ('r', 'p') and n.nspname in ('public', 'app') and c.relname <> 'seen'";

async fn seen(empty: &Empty) -> Vec<String> {
    empty.all("select relation || ' ' || mode from public.seen order by 1").await
}

#[tokio::test]
async fn with_nothing_to_do_it_locks_no_table_of_ours() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let mut holder = empty.connect().await;
    let tables = empty
        .all(
            "select oid::regclass::text from pg_class where relkind in ('r', 'p', 'v') \
               and relnamespace in (select oid from pg_namespace where nspname in ('public', 'app') or nspname like 'release\\_%') \
               and relname not in ('migrations', 'releases')",
        )
        .await;
    assert!(tables.len() > 14, "{tables:?}");
    holder.run(&format!("begin; lock table {} in access exclusive mode", tables.join(", "))).await.unwrap();
    assert_eq!(empty.migrate_once(&sources()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_new_release_locks_tables_as_a_reader_does() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    empty.connect().await.run(&format!("{SEEN}; grant insert on public.seen to app_owner")).await.unwrap();
    let mut files = sources().release.files;
    files.push(file("shared/sql/zz.sql", LOOK));
    let release = migrations::Release::new(files);
    let schema = release.schema.clone();
    assert_eq!(empty.migrate_once(&Sources { release, ..sources() }).await.unwrap(), [schema]);
    let seen = seen(&empty).await;
    assert!(!seen.is_empty());
    assert!(seen.iter().all(|lock| lock.ends_with(" AccessShareLock")), "{seen:#?}");
}

#[tokio::test]
async fn a_new_column_locks_its_table_alone() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    empty.connect().await.run(&format!("{SEEN}; grant insert on public.seen to app_owner")).await.unwrap();
    let column = format!("alter table public.users add column nickname text; {LOOK}");
    empty.migrate_once(&with(&[("901_column.sql", &column)])).await.unwrap();
    assert_eq!(seen(&empty).await, ["app.migrations AccessShareLock", "public.users AccessExclusiveLock"]);
}

#[tokio::test]
async fn a_changed_function_and_a_changed_view_lock_no_table_against_writers() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    empty.connect().await.run(&format!("{SEEN}; grant insert on public.seen to app_owner")).await.unwrap();
    let mut changed = sources();
    for file in changed.functions.iter_mut().chain(&mut changed.repeatable) {
        file.text += &format!("\n;\n{LOOK}");
    }
    let applied = empty.migrate_once(&changed).await.unwrap();
    assert_eq!(applied.len(), changed.functions.len() + changed.repeatable.len());
    let seen = seen(&empty).await;
    assert!(seen.iter().all(|lock| lock.ends_with(" AccessShareLock")), "{seen:#?}");
}
