-- A page of the sources of readings, by name.
create function list_usage_sources(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_after text := args #>> '{input,after,source}';
begin
  return page(
    v_limit,
    array(
      select s.description::json
      from described_sources s
      where s.source > coalesce(v_after, '')
      order by s.source
      limit v_limit + 1
    ),
    array['source']
  );
end
$$;
