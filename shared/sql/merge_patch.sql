-- Applies a JSON merge patch (RFC 7396): members of the patch replace, null removes, the rest stays.
create function merge_patch(p_target jsonb, p_patch jsonb) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  v_target jsonb := case when jsonb_typeof(p_target) = 'object' then p_target else '{}' end;
begin
  if jsonb_typeof(p_patch) <> 'object' then
    return p_patch;
  end if;
  return (
    select coalesce(jsonb_object_agg(merged.key, merged.value), '{}')
    from (
      select t.key, t.value
      from jsonb_each(v_target) t
      where not p_patch ? t.key
      union all
      select p.key, merge_patch(v_target -> p.key, p.value)
      from jsonb_each(p_patch) p
      where jsonb_typeof(p.value) <> 'null'
    ) merged
  );
end
$$;

-- Answers metadata after a change. It may not grow beyond 24 KiB, so that a page of 200 stays below the 6 MB that a
-- function may answer. Metadata that was larger before may stay as it is.
create function merge_metadata(p_metadata jsonb, p_patch jsonb) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  v_merged jsonb := merge_patch(p_metadata, coalesce(p_patch, '{}'));
begin
  if v_merged <> p_metadata and octet_length(v_merged::text) > 24576 then
    raise exception using
      errcode = 'AP400',
      message = 'metadata_too_large',
      detail = 'metadata: would hold more than 24 KiB after this change.';
  end if;
  return v_merged;
end
$$;
