//! What PostgREST makes of the web app's calls, and how it finds what belongs together (its versions 12 to 14).

use serde_json::Value;
use testkit::World;

/// What PostgREST puts around a query, as far as the answer's body is concerned.
fn body(query: &str, single: bool) -> String {
    let body = if single { "json_agg(_postgrest_t)->0, 'null'" } else { "json_agg(_postgrest_t), '[]'" };
    format!(
        "WITH pgrst_source AS ( {query} ) SELECT coalesce({body}) AS body FROM ( SELECT * FROM pgrst_source ) _postgrest_t"
    )
}

/// A table that is embedded one to one, as `user_credits ( total_used )` of `users` is.
pub fn embedded(table: &str, columns: &[&str]) -> (String, String) {
    let columns = columns.iter().map(|name| format!("\"{table}_1\".\"{name}\"")).collect::<Vec<_>>().join(", ");
    let select = format!("row_to_json(\"users_{table}_1\".*)::jsonb AS \"{table}\"");
    let join = format!(
        "LEFT JOIN LATERAL ( SELECT {columns} FROM \"public\".\"{table}\" AS \"{table}_1\" \
         WHERE \"{table}_1\".\"user_id\" = \"public\".\"users\".\"id\" ) AS \"users_{table}_1\" ON TRUE"
    );
    (select, join)
}

/// The answer that the service key gets.
pub async fn read(world: &World, query: &str, single: bool) -> Value {
    let mut database = world.direct().await;
    database.run("set role service_role; set search_path = public").await.unwrap();
    let texts = database.texts(&body(query, single)).await.unwrap_or_else(|refusal| panic!("{refusal}: {query}"));
    serde_json::from_str(texts[0].as_deref().unwrap()).unwrap()
}

/// A write as PostgREST makes it of `.update(…).eq(…)`; what it is refused with, or nothing.
pub async fn write(world: &World, table: &str, set: &Value, (column, value): (&str, &str)) -> String {
    let names = set.as_object().unwrap().keys();
    let assigned = names.map(|name| format!("\"{name}\" = pgrst_body.\"{name}\"")).collect::<Vec<_>>().join(", ");
    let statement = format!(
        "WITH pgrst_source AS ( UPDATE \"public\".\"{table}\" SET {assigned} FROM (SELECT '{set}'::json AS json_data) pgrst_payload, \
         LATERAL (SELECT * FROM json_populate_record(null::\"public\".\"{table}\", pgrst_payload.json_data)) pgrst_body \
         WHERE \"public\".\"{table}\".\"{column}\" = '{value}' RETURNING 1 ) SELECT * FROM pgrst_source"
    );
    refusal(world, &statement).await
}

/// What a statement of the service key is refused with: code, message, detail and hint; empty if it is not.
pub async fn refusal(world: &World, statement: &str) -> String {
    let quoted = statement.replace('\'', "''");
    let attempt = format!(
        "create or replace function pg_temp.attempt() returns text language plpgsql as $attempt$ \
         declare v_code text; v_message text; v_detail text; v_hint text; begin execute '{quoted}'; return ''; \
         exception when others then get stacked diagnostics v_code = returned_sqlstate, v_message = message_text, \
           v_detail = pg_exception_detail, v_hint = pg_exception_hint; \
         return concat_ws(' ', v_code, v_message, v_detail, v_hint); end $attempt$; \
         set role service_role; set search_path = public"
    );
    let mut database = world.direct().await;
    database.run(&attempt).await.unwrap();
    database.texts("select pg_temp.attempt()").await.unwrap().remove(0).unwrap()
}

/// The relationships between two tables that PostgREST finds: by a foreign key, or through a third table whose primary
/// key holds two of them. It embeds only where there is one.
pub async fn relationships(world: &World, one: &str, other: &str) -> Vec<String> {
    let query = format!(
        "with keys as ( \
           select conrelid, confrelid, conname, \
             (select array_agg(k order by k) from unnest(conkey) k) as columns \
           from pg_constraint where contype = 'f' and conparentid = 0), \
         uniques as ( \
           select conrelid, contype, (select array_agg(k order by k) from unnest(conkey) k) as columns \
           from pg_constraint where contype in ('p', 'u')), \
         asked as (select 'public.{one}'::regclass::oid as one, 'public.{other}'::regclass::oid as other) \
         select format('%s %s', k.conname, case when exists ( \
           select from uniques u where u.conrelid = k.conrelid and u.columns = k.columns) then 'one to one' else 'many to one' end) \
         from keys k, asked a where (k.conrelid, k.confrelid) in ((a.one, a.other), (a.other, a.one)) \
         union all \
         select format('through %s', k.conrelid::regclass) from keys k \
         join keys l on l.conrelid = k.conrelid and l.conname <> k.conname \
         join uniques p on p.conrelid = k.conrelid and p.contype = 'p' and k.columns || l.columns <@ p.columns, asked a \
         where k.confrelid = a.one and l.confrelid = a.other \
           and k.conrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)"
    );
    world.all(&query).await
}
