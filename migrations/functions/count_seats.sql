-- Counts a seat that is taken, freed or moved. `set_cluster` lets nobody else count: for as long as the count is written,
-- a setting of the transaction says who writes it.
create or replace function app.count_seats() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_left uuid := case when tg_op <> 'INSERT' then old.hopsworks_cluster_id end;
  v_taken uuid := case when tg_op <> 'DELETE' then new.hopsworks_cluster_id end;
  v_cluster_id uuid;
begin
  if v_left is not distinct from v_taken then
    return null;
  end if;
  -- Clusters are locked in the order of their ids, as everywhere, and not against foreign keys: whoever edits seats by
  -- hand holds a cluster by its key already.
  for v_cluster_id in
    select c.id from public.hopsworks_clusters c where c.id in (v_left, v_taken) order by c.id for no key update
  loop
    perform pg_catalog.set_config('app.counts_seats', 'on', true);
    update public.hopsworks_clusters c
    set current_users = c.current_users + case when c.id = v_taken then 1 else -1 end
    where c.id = v_cluster_id;
    perform pg_catalog.set_config('app.counts_seats', 'off', true);
  end loop;
  return null;
end
$$;
