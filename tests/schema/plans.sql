-- What `plans.rs` makes of the bench's large database: what grows is set aside and emptied, and each endpoint notes what
-- it reads.

create schema kept;

-- Tables that grow with users or with time: all but clusters, prices, the lease, and what `make migrate` writes.
create view kept.growing as
select c.oid::regclass as name, c.relname, c.relkind = 'p' as is_partitioned, c.relispartition as is_partition
from pg_class c
where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace)
  and c.relkind in ('r', 'p')
  and c.relname not in (
    'hopsworks_clusters', 'hopsworks_provisioning', 'usage_collection', 'usage_rates', 'erasure_policy', 'outbox_lease',
    'migrations', 'releases'
  );

-- What the bench has none of: further links, and openings.
insert into app.invite_links (token_hash, invite_id)
select sha256(('0' || substr(t.token, 2))::bytea), i.id
from scale.invited t
join public.team_invites i on i.token_hash = sha256(t.token::bytea);
insert into app.opening_usage (account_owner_id) select user_id from public.user_credits;

create table kept.people as table scale.people;
delete from scale.people where n >= 800;
create table kept.size as table scale.size;
create table kept.noting as select false as is_on;
update scale.size set users = 800;

do $$
declare
  v_table record;
begin
  for v_table in select * from kept.growing
  loop
    if not v_table.is_partition then
      execute format('create table kept.%I as table %s', 'of_' || v_table.relname, v_table.name);
    end if;
    if not v_table.is_partitioned then
      -- It would make plans again.
      execute format('alter table %s set (autovacuum_enabled = false)', v_table.name);
    end if;
  end loop;
  execute (select 'truncate ' || string_agg(name::text, ', ') from kept.growing);
end
$$;

-- Puts back what was set aside: the rows that are about people from one number to another.
create procedure kept.put_back(p_first integer, p_end integer, variadic p_columns text[])
language plpgsql
as $$
declare
  v_column text;
  v_name regclass;
  v_columns text;
begin
  foreach v_column in array p_columns
  loop
    v_name := split_part(v_column, '.', 1) || '.' || split_part(v_column, '.', 2);
    v_columns := (
      select string_agg(quote_ident(attname), ', ' order by attnum)
      from pg_attribute
      where attrelid = v_name and attnum > 0 and not attisdropped and attgenerated = ''
    );
    execute format(
      'insert into %s (%s) overriding system value select %2$s from kept.%I '
        'where %I in (select id from kept.people where n >= %s and n < %s)',
      v_name, v_columns, 'of_' || split_part(v_column, '.', 2), split_part(v_column, '.', 3), p_first, p_end
    );
  end loop;
end
$$;

-- Few users, who have not done anything yet.
create procedure kept.put_back_first()
language sql
as $$
  call kept.put_back(
    0, 800,
    'public.users.id', 'app.account_memberships.user_id', 'public.user_hopsworks_assignments.user_id',
    'public.instances.user_id', 'app.hopsworks_accounts.user_id', 'public.clusters.user_id',
    'public.team_invites.account_owner_id'
  );
  insert into public.user_credits (user_id) select id from scale.people;
  insert into app.usage_sources table kept.of_usage_sources;
  insert into app.usage_coverage select * from kept.of_usage_coverage where state = 'missing';
  insert into app.invite_links select l.* from kept.of_invite_links l join public.team_invites i on i.id = l.invite_id;
$$;

-- As if all had been analyzed when there was one user, who had done nothing yet. An empty table has no page, an empty
-- index has one.
create procedure kept.know_of_one_user()
language sql
as $$
  update pg_class c
  set relpages = case when c.oid = g.name then k.has_row else 1 end, reltuples = k.has_row
  from kept.growing g
  cross join lateral (
    select (
      g.relname in (
        'users', 'user_hopsworks_assignments', 'instances', 'hopsworks_accounts', 'user_credits', 'account_memberships'
      )
    )::integer as has_row
  ) k
  where c.oid = g.name or c.oid in (select indexrelid from pg_index where indrelid = g.name);
$$;

-- All others, with what they have done, and a long queue of members for full clusters. From now on it is noted what is read.
create procedure kept.put_back_others()
language sql
as $$
  call kept.put_back(
    800, 2147483647,
    'public.users.id', 'app.account_memberships.user_id', 'public.user_hopsworks_assignments.user_id',
    'public.instances.user_id', 'app.hopsworks_accounts.user_id', 'public.clusters.user_id',
    'public.team_invites.account_owner_id', 'public.user_credits.user_id', 'app.login_events.user_id', 'app.audit_entries.target',
    'app.credit_transactions.account_owner_id', 'app.usage_readings.user_id', 'public.usage_daily.user_id',
    'app.usage_daily_projects.user_id', 'app.opening_usage.account_owner_id'
  );
  insert into app.invite_links
  select l.* from kept.of_invite_links l join public.team_invites i on i.id = l.invite_id
  on conflict do nothing;
  insert into app.audit_details select d.* from kept.of_audit_details d join app.audit_entries e on e.id = d.id;
  insert into app.usage_coverage table kept.of_usage_coverage on conflict do nothing;
  insert into app.outbox (id, type, subject, occurred_at, data, seq, attempts, published_at)
  select id, type, subject || '-', occurred_at, data, seq, attempts, published_at from kept.of_outbox order by number;
  insert into app.outbox_subjects select subject || '-', last_seq, published_seq from kept.of_outbox_subjects;
  insert into app.namespace_hours table kept.of_namespace_hours;
  insert into public.users (id, account_owner_id, waiting_since, waiting_cluster_id)
  select 'auth0|waits' || k, o.id, now() - k * interval '1 second', o.cluster_id
  from (select *, row_number() over (order by n) as place from kept.people where not is_member and has_seat and cluster < 4) o
  join generate_series(1, 1500) k on o.place = 1 + k % 20;
  -- Requests are about them alone.
  delete from scale.people;
  insert into scale.people select * from kept.people where n >= 800;
  update scale.size s set users = k.users from kept.size k;
  update kept.noting set is_on = true;
$$;

-- What this session has read and written, and not reported yet.
create type kept.counted as (relation text, belongs_to text, scans bigint, rows bigint, blocks bigint, written bigint);
create function kept.count_now() returns setof kept.counted
language sql
as $$
  select
    c.relname, g.relname, pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
    pg_stat_get_xact_blocks_fetched(c.oid),
    pg_stat_get_xact_tuples_inserted(g.name) + pg_stat_get_xact_tuples_updated(g.name)
      + pg_stat_get_xact_tuples_deleted(g.name)
  from kept.growing g
  cross join lateral (select g.name as oid union all select x.indexrelid from pg_index x where x.indrelid = g.name) r
  join pg_class c on c.oid = r.oid
$$;

create table kept.noted (operation text, counted kept.counted);
create function kept.note(p_operation text, p_before kept.counted[]) returns void
language sql
as $$
  insert into kept.noted (operation, counted)
  select
    p_operation,
    row(n.relation, n.belongs_to, n.scans - b.scans, n.rows - b.rows, n.blocks - b.blocks, n.written - b.written)::kept.counted
  from kept.count_now() n
  join unnest(p_before) b using (relation)
  where n.scans > b.scans or n.blocks > b.blocks
$$;

-- Every function that Rust calls is called by one of the same name, which counts.
do $$
declare
  v_endpoint record;
begin
  for v_endpoint in
    select p.proname as name, n.nspname as schema, r.role
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    join unnest(array['api', 'provisioner', 'collector', 'publisher']) r (role) on has_function_privilege(r.role, p.oid, 'execute')
    where n.nspname = current_schema() and p.proargnames = '{args}'
  loop
    execute format(
      $f$
        alter function %1$I.%2$I(jsonb) rename to %3$I;
        create function %1$I.%2$I(args jsonb) returns jsonb
        language plpgsql
        security definer
        set search_path from current
        as $b$
        declare
          v_notes boolean := (select is_on from kept.noting);
          v_before kept.counted[] := case when v_notes then array(select kept.count_now()) end;
          v_answer jsonb := %3$I(args);
        begin
          if v_notes then
            perform kept.note(%2$L, v_before);
          end if;
          return v_answer;
        end
        $b$;
        grant execute on function %1$I.%2$I(jsonb) to %4$I
      $f$,
      v_endpoint.schema, v_endpoint.name, 'uncounted_' || v_endpoint.name, v_endpoint.role
    );
  end loop;
end
$$;
