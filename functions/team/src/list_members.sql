-- A page of the members of the caller's team, the newest user first.
create function list_members(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id text := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select json_build_object(
        'id', u.id,
        'name', u.name,
        'email', u.email,
        'status', u.status,
        'created_at', u.created_at,
        'joined_at', (
          -- The history says it for as long as the user is a member, and an accepted invite is forgotten.
          select h.created_at
          from app.account_memberships h
          where h.user_id = u.id and h.account_owner_id = v_caller.id
          order by h.effective_on desc
          limit 1
        ),
        'last_login_at', u.last_login_at,
        'cluster_name', c.name,
        'waiting_since', u.waiting_since
      )
      from public.users u
      left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
      left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
      where u.account_owner_id = v_caller.id
        and u.status <> 'deleted'
        and (v_after_id is null or (u.created_at, u.id) < (v_after_time, v_after_id))
      order by u.created_at desc, u.id desc
      limit v_limit + 1
    )
  );
end
$$;
