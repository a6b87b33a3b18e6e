-- Users as administrators see them, in this order: as the users see themselves (`described_users`), and what is for
-- administrators alone. One statement for a whole page; each user's rows are looked up by their index, whatever the
-- tables held when this was planned.
create function describe_managed_users(p_user_ids text[]) returns json[]
language plpgsql stable
set search_path from current
-- As it is written: so it is planned fast, and nobody else is looked at.
set join_collapse_limit = 1
as $$
begin
  return array(
    select json_build_object(
      'id', u.id,
      'email', u.email,
      'email_verified', u.email_verified,
      'name', u.name,
      'status', u.status,
      'suspended_for', u.suspended_for,
      'is_admin', u.is_admin,
      'login_count', u.login_count,
      'last_login_at', u.last_login_at,
      'created_at', u.created_at,
      'metadata', u.metadata,
      'account_owner_id', u.account_owner_id,
      'owner', case when o.id is not null then json_build_object('id', o.id, 'name', o.name, 'email', o.email) end,
      'assignment', case
        when a.id is not null then json_build_object(
          'cluster_id', c.id,
          'cluster_name', c.name,
          'cluster_status', c.status,
          'api_url', c.api_url,
          'assigned_at', a.assigned_at
        )
      end,
      'waiting_since', u.waiting_since,
      'place_in_queue', case when u.waiting_since is not null then describe_queue_place(u) end,
      'instance', case
        when i.id is not null then json_build_object(
          'id', i.id,
          'instance_name', i.instance_name,
          'status', i.status,
          'hopsworks_url', i.hopsworks_url,
          'created_at', i.created_at,
          'activated_at', i.activated_at
        )
      end,
      'hopsworks_account', case
        when a.id is not null then describe_account(k.account, p, c.api_key is not null, a.assigned_at)
      end,
      'credits', case
        when uc.id is not null then json_build_object(
          'balance', uc.balance::text,
          'total_purchased', uc.total_purchased::text,
          'total_used', uc.total_used::text,
          'cpu_hours_used', trim_scale(uc.cpu_hours_used)::text,
          'gpu_hours_used', trim_scale(uc.gpu_hours_used)::text,
          'storage_gb_months', trim_scale(uc.storage_gb_months)::text
        )
      end,
      'suspended_with_owner', u.suspended_with_owner,
      'team_size', (select count(*) from public.users m where m.account_owner_id = u.id),
      'updated_at', u.updated_at,
      'deleted_at', u.deleted_at,
      'erased_at', u.erased_at
    )
    from unnest(p_user_ids) with ordinality as w (id, place)
    cross join lateral (select * from public.users where id = w.id limit 1) u
    left join lateral (select * from public.users where id = u.account_owner_id limit 1) o on true
    left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
    left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
    left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id
    left join lateral (
      select x as account from app.hopsworks_accounts x where x.user_id = u.id and x.hopsworks_cluster_id = c.id limit 1
    ) k on true
    left join lateral (select * from public.instances where user_id = u.id limit 1) i on true
    -- Members have no credits of their own: the owner's account pays for them.
    left join lateral (
      select * from public.user_credits where user_id = u.id and u.account_owner_id is null limit 1
    ) uc on true
    order by w.place
  );
end
$$;

-- Everything about a user, with the tag that a change may name.
create function describe_tagged_user(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'user', (describe_managed_users(array[p_user_id]))[1],
    'etag', user_etag(p_user_id)
  );
end
$$;

-- The tag of what an administrator bases a decision on: profile, status, rights, owner, metadata. Logins, the place in
-- the queue, credits and a user's own preferences do not change it: otherwise they would make an administrator's change
-- fail for no reason.
create function user_etag(p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select '"' || md5(jsonb_build_array(
      u.id, u.email, u.email_verified, u.name, u.status, u.suspended_with_owner, u.is_admin, u.account_owner_id,
      u.metadata - 'preferences'
    )::text || case when 'money' = any (u.suspended_for) then ' money' else '' end) || '"'
    from public.users u
    where u.id = p_user_id
  );
end
$$;
