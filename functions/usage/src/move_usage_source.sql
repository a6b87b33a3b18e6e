-- Gives a source of readings to another machine, for all of its readings. Batches that are being recorded are waited for,
-- so that afterwards the machine before writes no more.
create function move_usage_source(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_source text := args #>> '{input,source,id}';
  v_client_id text := args #>> '{input,client_id}';
  v_before jsonb;
  v_after jsonb;
begin
  perform lock_billing_terms();
  if (args #>> '{input,source,is_plain}')::boolean and exists (
    select from app.usage_sources s where s.source ~ '[%?]' and app.read_from_path(s.source) = v_source
  ) then
    raise exception using
      errcode = 'AP400',
      message = 'id_ambiguous',
      detail = format(
        'A path may change %s into another source''s name. Write the name that you mean as `~` and its base64url.', v_source
      );
  end if;
  v_before := (select s.description from described_sources s where s.source = v_source);
  if v_before is null then
    raise exception using
      errcode = 'AP404',
      message = 'source_unknown',
      detail = 'No reading has named this source yet. It will belong to the machine that uses it first.';
  end if;
  -- A repeated call finds its change made, whatever has been decided since.
  if is_audited(args, 'usage_sources.move', v_source) or v_before ->> 'client_id' = v_client_id then
    return v_before;
  end if;
  update app.usage_sources set client_id = v_client_id where source = v_source;
  v_after := (select s.description from described_sources s where s.source = v_source);
  perform write_audit(args, 'usage_sources.move', v_source, v_before, v_after);
  return v_after;
end
$$;
