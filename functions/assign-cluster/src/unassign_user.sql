-- Frees a user's seat. If the user owns an account, the team loses its seats too, because members may sit nowhere else.
-- These users do not wait: each gets a seat again at their next login. The free seats go to users who wait. A call that
-- is repeated with the same request id finds it done, wherever the user sits now. (A call that found no seat left no
-- trace.)
create or replace function app.unassign_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_user_id text := args #>> '{input,user_id}';
  v_before jsonb;
  v_freed integer;
begin
  perform app.lock_seats();
  perform app.require_user(v_user_id);
  if app.is_audited(args, 'users.unassign', v_user_id) then
    return app.describe_place(v_user_id);
  end if;
  v_before := app.describe_team_places(v_user_id);
  delete from public.user_hopsworks_assignments a
  using public.users u
  where u.id = a.user_id and (u.id = v_user_id or u.account_owner_id = v_user_id);
  get diagnostics v_freed = row_count;
  if v_freed > 0 then
    perform app.place_waiting();
    perform app.write_audit(args, 'users.unassign', v_user_id, v_before, app.describe_team_places(v_user_id));
  end if;
  return app.describe_place(v_user_id);
end
$$;
