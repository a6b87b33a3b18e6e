-- Tells of a cluster that is full, and of one that takes users again, if that is so when everything is decided: who waits
-- takes the seat that somebody has left in the same statement.
create or replace function app.tell_of_room() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cluster record;
begin
  if app.is_marked_here(new.id::text) then
    return null;
  end if;
  perform app.mark_here(new.id::text);
  select * into v_cluster from public.hopsworks_clusters where id = new.id limit 1;
  if v_cluster.status in ('active', 'full') and v_cluster.status <> old.status then
    perform app.tell(
      case v_cluster.status when 'full' then 'cluster.full' else 'cluster.has_room' end,
      'cluster:' || new.id,
      pg_catalog.jsonb_build_object(
        'cluster_id', new.id,
        'cluster_name', v_cluster.name,
        'current_users', v_cluster.current_users,
        'max_users', v_cluster.max_users
      )
    );
  end if;
  return null;
end
$$;
