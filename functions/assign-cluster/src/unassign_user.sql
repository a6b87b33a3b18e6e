-- Frees a user's seat. If the user owns an account, the team loses its seats too, because members may sit nowhere else.
-- These users do not wait: each gets a seat again at their next login. The free seats go to users who wait. A call that
-- is repeated with the same request id finds it done, wherever the user sits now. (A call that found no seat left no
-- trace.)
create function unassign_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_user_id text := args #>> '{input,user_id,id}';
  v_before jsonb;
  v_freed integer;
begin
  perform lock_seats();
  perform require_named_user(args #> '{input,user_id}');
  if is_audited(args, 'users.unassign', v_user_id) then
    return describe_place(v_user_id);
  end if;
  v_before := describe_team_places(v_user_id);
  delete from public.user_hopsworks_assignments
  where user_id = any (v_user_id || array(select id from public.users where account_owner_id = v_user_id));
  get diagnostics v_freed = row_count;
  if v_freed > 0 then
    perform place_waiting();
    perform write_audit(args, 'users.unassign', v_user_id, v_before, describe_team_places(v_user_id));
  end if;
  return describe_place(v_user_id);
end
$$;
