-- A page of users, newest first: those who pass all given filters. They are answered as items, or as rows for a table.
create function list_users(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_ids text[] := find_users(args -> 'input');
begin
  if (args #>> '{input,as_rows}')::boolean then
    return page(v_limit, describe_user_rows(v_ids));
  end if;
  return page(v_limit, describe_managed_users(v_ids));
end
$$;

-- The ids of a page of users, and one more. It is planned again for each call, so that filters that are not given fall
-- away and the most selective of the others leads, by its index. Without sequential scans, because a page never needs
-- the whole table. (What describes a user is not selected here: planning that again would cost more than this query.)
create function find_users(p_input jsonb) returns text[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
as $$
declare
  v_status text := p_input ->> 'status';
  v_email text := p_input ->> 'email';
  v_account_owner_id text := p_input ->> 'account_owner_id';
  v_cluster_id uuid := p_input ->> 'cluster_id';
  -- Empty metadata is contained in all metadata, so it filters nothing.
  v_metadata jsonb := nullif(nullif(p_input -> 'metadata', 'null'), '{}');
  v_limit integer := p_input ->> 'limit';
  v_after_time timestamptz := p_input #>> '{after,created_at}';
  v_after_id text := p_input #>> '{after,id}';
begin
  if v_cluster_id is null then
    return array(
      select u.id
      from public.users u
      where (v_status is null or u.status = v_status)
        and (v_email is null or lower(u.email collate "C") = lower(v_email collate "C"))
        and (v_account_owner_id is null or u.account_owner_id = v_account_owner_id)
        and (v_metadata is null or u.metadata @> v_metadata)
        and (v_after_id is null or (u.created_at, u.id) < (v_after_time, v_after_id))
      order by u.created_at desc, u.id desc
      limit v_limit + 1
    );
  else
    -- The same users in the same order, by the seats of one cluster.
    return array(
      select a.user_id
      from public.user_hopsworks_assignments a
      join public.users u on u.id = a.user_id
      where a.hopsworks_cluster_id = v_cluster_id
        and (v_status is null or u.status = v_status)
        and (v_email is null or lower(u.email collate "C") = lower(v_email collate "C"))
        and (v_account_owner_id is null or u.account_owner_id = v_account_owner_id)
        and (v_metadata is null or u.metadata @> v_metadata)
        and (v_after_id is null or (a.user_created_at, a.user_id) < (v_after_time, v_after_id))
      order by a.user_created_at desc, a.user_id desc
      limit v_limit + 1
    );
  end if;
end
$$;

-- Users as rows of a table, in this order. One query for all, because a table may hold thousands.
create function describe_user_rows(p_user_ids text[]) returns json[]
language sql stable
set search_path from current
as $$
  select coalesce(
    array_agg(
      json_build_object(
        'id', u.id,
        'email', u.email,
        'email_verified', u.email_verified,
        'name', u.name,
        'status', u.status,
        'is_admin', u.is_admin,
        'account_owner_id', u.account_owner_id,
        'owner_email', o.email,
        'team_size', (select count(*) from public.users m where m.account_owner_id = u.id),
        'cluster_name', c.name,
        'assigned_at', a.assigned_at,
        'waiting_since', u.waiting_since,
        'instance_name', i.instance_name,
        'instance_status', i.status,
        'balance', uc.balance::text,
        'total_purchased', uc.total_purchased::text,
        'total_used', uc.total_used::text,
        'cpu_hours_used', trim_scale(uc.cpu_hours_used)::text,
        'gpu_hours_used', trim_scale(uc.gpu_hours_used)::text,
        'storage_gb_months', trim_scale(uc.storage_gb_months)::text,
        'login_count', u.login_count,
        'last_login_at', u.last_login_at,
        'created_at', u.created_at,
        'deleted_at', u.deleted_at
      )
      order by w.place
    ),
    '{}'
  )
  from unnest(p_user_ids) with ordinality as w (id, place)
  join public.users u on u.id = w.id
  left join public.users o on o.id = u.account_owner_id
  left join public.user_hopsworks_assignments a on a.user_id = u.id
  left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
  left join public.instances i on i.user_id = u.id
  -- Members have no credits of their own: the owner's account pays for them.
  left join public.user_credits uc on uc.user_id = u.id and u.account_owner_id is null
$$;
