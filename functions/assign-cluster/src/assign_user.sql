-- Gives a user a seat. Users may ask for the seat that is due to them, in their turn. An administrator may ask for
-- anybody, and may name the cluster, which alone goes past the queue. Naming a cluster for an account owner moves the whole team there, or nobody. An administrator's call
-- that is repeated with the same request id finds its change made, whatever has changed since. (A call that changed
-- nothing left no trace, so its repetition is a new call.)
create function assign_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_user_id text := coalesce(args #>> '{input,user_id}', v_caller.id);
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_before jsonb;
  v_after jsonb;
begin
  if not v_caller.is_admin and (v_user_id <> v_caller.id or v_cluster_id is not null) then
    raise exception using
      errcode = 'AP403',
      message = 'admin_only',
      detail = 'Only an administrator may assign another user or choose the cluster. Leave both out, or ask one.';
  end if;
  perform lock_seats();
  if is_audited(args, 'users.assign', v_user_id) then
    return describe_place(v_user_id);
  end if;
  perform require_placeable(v_user_id);
  v_before := describe_team_places(v_user_id);
  if v_cluster_id is null then
    perform place_user(v_user_id);
  else
    perform move_account(v_user_id, v_cluster_id);
    -- Others may get the seats that became free.
    perform place_waiting();
  end if;
  v_after := describe_team_places(v_user_id);
  if v_caller.is_admin and v_after <> v_before then
    perform write_audit(args, 'users.assign', v_user_id, v_before, v_after);
  end if;
  return describe_place(v_user_id);
end
$$;

-- Refuses users who do not exist or are not active: they get no seat.
create function require_placeable(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_status text := (select status from public.users where id = p_user_id);
begin
  perform require_user(p_user_id);
  if v_status <> 'active' then
    raise exception using
      errcode = 'AP409',
      message = 'user_not_active',
      detail = case v_status
        when 'suspended' then 'This user is suspended. Reactivate the user first: only active ones can be given a seat.'
        else 'This user has been deleted. Only an active user can be given a seat.'
      end;
  end if;
end
$$;
