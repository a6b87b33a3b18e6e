-- Tells of a user who waits for a seat, if they still do when everything is decided.
create or replace function app.tell_of_waiting() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user record;
begin
  select * into v_user from public.users where id = new.id limit 1;
  if v_user.waiting_since is not null then
    perform app.tell('user.waiting', 'user:' || new.id, pg_catalog.jsonb_build_object(
      'user_id', new.id,
      -- Null for an owner, who may sit anywhere.
      'cluster_id', v_user.waiting_cluster_id
    ));
  end if;
  return null;
end
$$;
