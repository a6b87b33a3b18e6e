-- Tells of a user who got a seat, or another one than before, or lost it, once everything is decided: a seat may be freed
-- and taken again meanwhile.
create or replace function app.tell_of_seat() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op <> 'INSERT' then
    perform app.tell_of_place(old.user_id, old.hopsworks_cluster_id);
  end if;
  if tg_op <> 'DELETE' then
    perform app.tell_of_place(new.user_id, null);
  end if;
  return null;
end
$$;

-- What became of a user who had a seat on that cluster, or none. Only the first question of a transaction is about what
-- was before it.
create or replace function app.tell_of_place(p_user_id text, p_was_on uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_subject text := 'user:' || p_user_id;
  v_cluster_id uuid;
  v_cluster_name text;
  v_data jsonb;
begin
  select c.id, c.name
  into v_cluster_id, v_cluster_name
  from public.user_hopsworks_assignments s
  join public.hopsworks_clusters c on c.id = s.hopsworks_cluster_id
  where s.user_id = p_user_id
  limit 1;
  if v_cluster_id is not distinct from p_was_on then
    -- What is asked next of the same user is about the time between.
    perform app.mark_here(v_subject);
    return;
  end if;
  if app.is_marked_here(v_subject)
    -- This transaction has told it already.
    or (
      select o.xmin = pg_catalog.pg_current_xact_id()::xid and o.type in ('user.seated', 'user.moved', 'user.unseated')
      from app.outbox o
      where o.subject = v_subject
      order by o.number desc
      limit 1
    )
  then
    return;
  end if;
  if v_cluster_id is null then
    -- Who waits again, or is deleted, is told of as such.
    if exists (
      select from public.users u where u.id = p_user_id and u.waiting_since is null and (u.status = 'deleted') is false
    ) then
      perform app.tell(
        'user.unseated',
        v_subject,
        pg_catalog.jsonb_build_object('user_id', p_user_id, 'from_cluster_id', p_was_on)
      );
    end if;
    return;
  end if;
  v_data := pg_catalog.jsonb_build_object(
    'user_id', p_user_id,
    'cluster_id', v_cluster_id,
    'cluster_name', v_cluster_name
  );
  if p_was_on is null then
    perform app.tell('user.seated', v_subject, v_data);
  else
    perform app.tell('user.moved', v_subject, v_data || pg_catalog.jsonb_build_object('from_cluster_id', p_was_on));
  end if;
end
$$;
