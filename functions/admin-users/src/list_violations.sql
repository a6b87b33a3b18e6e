-- What must always hold and does not: a thousand rows at most, and whether there are more.
create or replace function app.list_violations(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_found jsonb[] := array(
    select jsonb_build_object('kind', v.kind, 'id', v.id, 'detail', v.detail)
    from app.invariant_violations v
    limit 1001
  );
begin
  return jsonb_build_object(
    'violations', to_jsonb(v_found[1:1000]),
    'has_more', case when cardinality(v_found) > 1000 then true end
  );
end
$$;
