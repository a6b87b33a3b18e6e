-- How the outbox is, for the alarms: for how many seconds the oldest event that is to be sent has been there, without those
-- that a parked one holds up, and how many are parked.
create function count_events(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return jsonb_build_object(
    'oldest_unpublished_s', greatest(
      0,
      extract(epoch from app.now() - least(
        (select o.occurred_at from app.outbox o where o.seq is null order by o.number limit 1),
        -- By the index of those that are due, and not back through all that ever happened.
        (
          select min(d.occurred_at)
          from (select o.occurred_at from app.outbox o where o.due_at is not null order by o.due_at) d
        )
      ))::bigint
    ),
    'parked', (select count(*) from app.outbox o where o.parked_at is not null)
  );
end
$$;

grant execute on function count_events(jsonb) to publisher;
