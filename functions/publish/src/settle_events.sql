-- What became of an event:
--
--   published  the bus has it: the subject's next event is due
--   later      tried again after a pause, which doubles from five seconds to a minute
--   parked     the bus will never take it: its subject waits for an operator, and no other one does
create type settled_event as (
  number bigint,
  outcome text,
  code text,
  detail text
);

-- Writes what became of claimed events, and ends the lease with the last call. Whoever has lost the lease writes nothing:
-- somebody else has claimed the same events, and sends them with the same ids. What is settled already stays.
create function settle_events(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_lease uuid := args #>> '{input,lease}';
begin
  perform authorize(args, 'schedule');
  -- Whoever else claims writes a lease of their own: so one that is still there is ours, however late it is.
  perform from app.outbox_lease where is_the_one and lease = v_lease for no key update;
  if not found then
    return jsonb_build_object('is_ours', false);
  end if;
  with settled as materialized (
    select s.*, o.place
    from jsonb_populate_recordset(null::settled_event, args #> '{input,events}') s
    cross join lateral (
      select e.ctid as place from app.outbox e where e.number = s.number and e.due_at is not null limit 1
    ) o
  ),
  event as (
    update app.outbox e
    set attempts = e.attempts + 1,
        due_at = case s.outcome when 'later' then app.now() + pause_after(e.attempts, null, '1 minute') end,
        parked_at = case s.outcome when 'parked' then app.now() end,
        published_at = case s.outcome when 'published' then app.now() end,
        error_code = s.code,
        error_detail = s.detail
    from settled s
    where e.ctid = s.place
    returning e.subject, e.seq, e.published_at
  ),
  done as materialized (
    select u.place, e.subject, e.seq
    from event e
    cross join lateral (select ctid as place from app.outbox_subjects where subject = e.subject limit 1) u
    where e.published_at is not null
  ),
  subject as (
    update app.outbox_subjects u set published_seq = d.seq from done d where u.ctid = d.place
  ),
  next as materialized (
    select n.place
    from done d
    cross join lateral (
      select e.ctid as place from app.outbox e where e.subject = d.subject and e.seq = d.seq + 1 limit 1
    ) n
  )
  update app.outbox e set due_at = app.now() from next n where e.ctid = n.place;
  if (args #>> '{input,is_last}')::boolean then
    update app.outbox_lease set lease = null, leased_until = '-infinity' where is_the_one;
  end if;
  return jsonb_build_object('is_ours', true);
end
$$;

grant execute on function settle_events(jsonb) to publisher;
