-- The accounts of an owner and of the members follow the state of their credits, as far as it limits them.
create or replace function app.want_accounts_of_team() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_was_limited boolean := old.state in ('exhausted', 'overdue') or old.cap_level = 100;
  v_is_limited boolean := new.state in ('exhausted', 'overdue') or new.cap_level = 100;
begin
  if v_was_limited = v_is_limited
    and (not v_is_limited or old.projects_when_exhausted is not distinct from new.projects_when_exhausted)
  then
    return null;
  end if;
  -- Who joins the team meanwhile, and has read the credits as they were, holds this (`app.want_accounts`), and is seen
  -- afterwards.
  perform from public.instances i where i.user_id = new.user_id for no key update;
  perform app.want_accounts(
    new.user_id || array(select u.id from public.users u where u.account_owner_id = new.user_id),
    (select s.hopsworks_cluster_id from public.user_hopsworks_assignments s where s.user_id = new.user_id limit 1)
  );
  return null;
end
$$;
