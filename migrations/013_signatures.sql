-- Functions whose arguments or result have changed: `create or replace` cannot do that.
-- squawk-ignore ban-drop-function
drop function if exists app.page(integer, jsonb[]);

do $$
begin
  if pg_catalog.pg_get_function_result(pg_catalog.to_regprocedure('app.post_entries(app.credit_change[])')) = 'text[]' then
    drop function app.post_entries(app.credit_change[]);
  end if;
end
$$;

-- squawk-ignore ban-drop-function
drop function if exists app.find_usage(text, boolean, date, date);
-- squawk-ignore ban-drop-function
drop function if exists app.list_usage_rows(text, boolean, date, date, boolean);
-- squawk-ignore ban-drop-function
drop function if exists app.find_violations(jsonb, integer);
