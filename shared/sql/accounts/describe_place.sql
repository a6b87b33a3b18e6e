-- Where a user sits, or since when they wait.
create function describe_place(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'user_id', u.id,
      'account_owner_id', u.account_owner_id,
      'assignment', u.assignment,
      'waiting_since', u.waiting_since,
      'place_in_queue', u.place_in_queue,
      'instance', u.instance,
      'hopsworks_account', u.hopsworks_account
    )
    from described_users u
    where u.id = p_user_id
  );
end
$$;

-- The same for the audit log, with the seats of the user's team, because the team moves with its owner.
create function describe_team_places(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select describe_place(p_user_id) || jsonb_build_object(
      'team', coalesce(
        jsonb_agg(jsonb_build_object('user_id', u.id, 'cluster_id', a.hopsworks_cluster_id) order by u.id),
        '[]'
      )
    )
    from public.users u
    left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
    where u.account_owner_id = p_user_id
  );
end
$$;
