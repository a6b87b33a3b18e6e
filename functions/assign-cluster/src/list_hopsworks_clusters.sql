-- A page of clusters, newest first, with how many users wait for a seat anywhere.
create function list_hopsworks_clusters(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id uuid := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select c.description::json
      from described_hopsworks_clusters c
      where v_after_id is null or (c.created_at, c.id) < (v_after_time, v_after_id)
      order by c.created_at desc, c.id desc
      limit v_limit + 1
    )
  )::jsonb || jsonb_build_object('waiting_users', (select count(*) from public.users where waiting_since is not null));
end
$$;
