-- Makes a table of history append-only.
create or replace function app.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'restrict_violation',
    message = format('%s is append-only', tg_table_name),
    detail = format('%s on %I.%I was refused: correct history by adding to it.', tg_op, tg_table_schema, tg_table_name);
end
$$;
