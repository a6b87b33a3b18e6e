-- Refuses what the service key writes past the API. The arguments are the sentence and the routes to call instead.
-- PostgREST answers `PT409` with the status 409, the sentence as `message` and the routes as `hint`.
create or replace function app.refuse_write() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'PT409',
    message = tg_argv[0],
    detail = format('%s on %I.%I with the service key was refused.', tg_op, tg_table_schema, tg_table_name),
    hint = tg_argv[1];
end
$$;
