-- Leases the outbox for thirty seconds, and answers the next events: one of each subject at most, those due longest first.
-- Only who has the lease publishes. The lease comes with the call, so that a repeated call finds its own, and a call of
-- its holder prolongs it. Who finds somebody else's is told so, and gets nothing.
--
-- Why the order is right: whoever decides about one subject takes turns by locks that are held to the end of the
-- transaction, and an event gets its number under them. So of two events the later one has the higher number, and is
-- seen only together with the earlier one, or after it. No transaction that is still open can hold a lower number of those who take
-- turns, so none need be waited for: a long one somewhere else stops nobody's events. Events whose writers did not take
-- turns have no order, and get places as they are seen. From then on the place decides: a subject's next event is due
-- when the one before is settled as published.
create function claim_events(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
-- Along the index of those that are due, and not all of them to be sorted.
set enable_bitmapscan = off
as $$
declare
  c_new_at_once constant integer := 1000;
  v_lease uuid := args #>> '{input,lease}';
  v_room integer := args #>> '{input,room}';
begin
  perform authorize(args, 'schedule');
  update app.outbox_lease
  set lease = v_lease, leased_until = app.now() + interval '30 seconds'
  where is_the_one and (lease = v_lease or leased_until <= app.now());
  if not found then
    return jsonb_build_object('is_ours', false, 'events', '[]'::jsonb);
  end if;
  perform number_events(c_new_at_once);
  return jsonb_build_object('is_ours', true, 'events', (
    select coalesce(jsonb_agg(to_jsonb(e) order by e.due_at, e.number), '[]')
    from (
      select o.number, o.id, o.type, o.subject, o.seq, o.occurred_at, o.data, o.due_at
      from app.outbox o
      where o.due_at <= app.now()
      order by o.due_at
      limit v_room
    ) e
  ));
end
$$;

-- Gives the oldest new events their places, so many at most. The first of a subject that has no other unpublished one is
-- due at once. The caller has the lease.
create function number_events(p_most integer) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  with new as materialized (
    select n.place, n.subject, row_number() over (partition by n.subject order by n.number) as turn
    from (
      select o.ctid as place, o.subject, o.number
      from app.outbox o
      where o.seq is null
      order by o.number
      limit p_most
    ) n
  ),
  counted as materialized (
    select n.subject, count(*) as events from new n group by n.subject
  ),
  subject as (
    insert into app.outbox_subjects as s (subject, last_seq)
    select c.subject, c.events from counted c order by c.subject
    on conflict (subject) do update set last_seq = s.last_seq + excluded.last_seq
    returning s.subject, s.last_seq, s.published_seq
  ),
  numbered as materialized (
    select n.place, s.last_seq - c.events + n.turn as seq, s.published_seq
    from new n
    join counted c using (subject)
    join subject s using (subject)
  )
  -- Each where it is stored.
  update app.outbox o
  set seq = n.seq, due_at = case when n.seq = n.published_seq + 1 then app.now() end
  from numbered n
  where o.ctid = n.place;
end
$$;

grant execute on function claim_events(jsonb) to publisher;
