-- RFC 7396: what the patch names is replaced, null removes, the rest stays.
create or replace function app.merge_patch(p_target jsonb, p_patch jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_result jsonb := case when jsonb_typeof(p_target) = 'object' then p_target else '{}' end;
  v_key text;
  v_value jsonb;
begin
  if jsonb_typeof(p_patch) <> 'object' then
    return p_patch;
  end if;
  for v_key, v_value in select * from jsonb_each(p_patch)
  loop
    if jsonb_typeof(v_value) = 'null' then
      v_result := v_result - v_key;
    else
      v_result := v_result || jsonb_build_object(v_key, app.merge_patch(v_result -> v_key, v_value));
    end if;
  end loop;
  return v_result;
end
$$;
