-- The cluster that a member waits for is stored in the member's own row. Otherwise, whenever room is made, the owner of
-- each waiting user would have to be looked up while the seat lock is held.

-- Null for an owner, who may sit anywhere, and for a member whose owner has no seat.
alter table public.users add column if not exists waiting_cluster_id uuid;

-- The trigger always overwrites `waiting_cluster_id`. To have it computed again, as `app.sync_seat` does when an owner's
-- seat moves, set it to its default.
create or replace trigger set_waiting
  before insert or update of waiting_since, account_owner_id, waiting_cluster_id on public.users
  for each row
  when (new.waiting_since is not null or new.waiting_cluster_id is not null)
  execute function app.set_waiting();

-- Users who waited before there was this column, or while an older release ran.
update public.users u
set waiting_cluster_id = default
where u.waiting_since is not null
  and u.waiting_cluster_id is distinct from (
    select a.hopsworks_cluster_id from public.user_hopsworks_assignments a where a.user_id = u.account_owner_id
  );

do $$
begin
  if not exists (select from pg_catalog.pg_constraint where conname = 'users_waiting_cluster_id_fkey') then
    alter table public.users
      add constraint users_waiting_cluster_id_fkey foreign key (waiting_cluster_id)
        references public.hopsworks_clusters (id),
      add constraint users_only_who_waits_has_a_waiting_cluster
        check (waiting_cluster_id is null or waiting_since is not null);
  end if;
end
$$;

create index if not exists users_waiting_cluster_id_idx
  on public.users (waiting_cluster_id, waiting_since, id) where waiting_cluster_id is not null;
-- Begins with `is_owner`: otherwise the owner who waits longest would be looked for among all members.
create index if not exists users_waiting_idx
  on public.users (is_owner, waiting_since, id) where waiting_since is not null;
drop index if exists public.users_waiting_since_idx;
