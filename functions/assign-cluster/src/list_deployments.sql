-- A page of the caller's deployments, newest first, without deleted ones.
create function list_deployments(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id uuid := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select d.description::json
      from described_deployments d
      where d.user_id = v_caller.id
        and d.status <> 'deleted'
        and (v_after_id is null or (d.created_at, d.id) < (v_after_time, v_after_id))
      order by d.created_at desc, d.id desc
      limit v_limit + 1
    )
  );
end
$$;
