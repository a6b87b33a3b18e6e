//! The script for a SQL editor: the same steps, and the same record of them.

use ops::schema::plan;

use crate::fixtures::{Empty, sources, with};

/// What tells whether anything was written: the transaction that wrote each row of catalog and record.
const WRITTEN: &str = "\
    select md5(string_agg(t.line, ' ' order by t.line)) from ( \
      select 'class' || oid || ' ' || xmin from pg_class where relnamespace <> 'pg_toast'::regnamespace \
      union all select 'proc' || oid || ' ' || xmin from pg_proc \
      union all select 'schema' || oid || ' ' || xmin from pg_namespace \
      union all select 'trigger' || oid || ' ' || xmin from pg_trigger \
      union all select 'constraint' || oid || ' ' || xmin from pg_constraint \
      union all select 'type' || oid || ' ' || xmin from pg_type \
      union all select 'migration' || name || ' ' || xmin from app.migrations \
      union all select 'release' || schema || ' ' || xmin from app.releases \
    ) t (line)";

#[tokio::test]
async fn pasted_twice_or_after_make_migrate_it_changes_nothing_and_before_it_is_the_same() {
    let (pasted, migrated) = (Empty::new().await, Empty::new().await);
    let script = plan::script(&sources()).unwrap();
    pasted.connect().await.run(&script).await.unwrap();
    migrated.migrate(&sources()).await.unwrap();
    let record =
        "select name || ' ' || sha256 from app.migrations union all select schema from app.releases order by 1";
    assert_eq!(pasted.all(record).await, migrated.all(record).await);
    for database in [&pasted, &migrated] {
        let before = database.all(WRITTEN).await;
        database.connect().await.run(&script).await.unwrap();
        assert_eq!(database.all(WRITTEN).await, before);
    }
    assert_eq!(pasted.migrate(&sources()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn it_refuses_what_make_migrate_refuses_and_what_a_transaction_cannot_do() {
    let pasted = Empty::new().await;
    pasted.connect().await.run(&plan::script(&sources()).unwrap()).await.unwrap();
    let mut edited = sources();
    edited.migrations[0].text += " ";
    let index = with(&[("901_index.sql", "-- no transaction\ncreate index concurrently x on public.users (name)")]);
    for (sources, sentence) in [
        (edited, "001_roles.sql was edited after it was applied"),
        (index, "901_index.sql cannot be applied by a script: run `make migrate`"),
    ] {
        let refusal = pasted.connect().await.run(&plan::script(&sources).unwrap()).await.unwrap_err();
        assert!(refusal.message.starts_with(sentence), "{refusal}");
    }
}
