-- Functions that take or answer something else now than they once did: replacing one cannot change that.
drop function if exists app.page(integer, jsonb[]);

do $$
begin
  if pg_catalog.pg_get_function_result(pg_catalog.to_regprocedure('app.post_entries(app.credit_change[])')) = 'text[]' then
    drop function app.post_entries(app.credit_change[]);
  end if;
end
$$;

drop function if exists app.find_usage(text, boolean, date, date);
drop function if exists app.list_usage_rows(text, boolean, date, date, boolean);
