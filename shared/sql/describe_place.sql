-- Where a user sits or since when she waits.
create or replace function app.describe_place(p_user_id text) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'user_id', u.id,
    'account_owner_id', u.account_owner_id,
    'assignment', d.state -> 'assignment',
    'waiting_since', u.waiting_since,
    'instance', d.state -> 'instance'
  )
  from public.users u
  cross join lateral (select app.describe_user(u.id) as state) d
  where u.id = p_user_id
$$;
