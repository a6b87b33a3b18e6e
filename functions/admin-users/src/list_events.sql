-- A page of events, newest first: those that pass all given filters. It is planned again for each call, so that filters
-- that are not given fall away and the most selective of the others leads.
create function list_events(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
set plan_cache_mode = force_custom_plan
-- Each index has the order of the list: it is read along, and not as a whole to be sorted.
set enable_bitmapscan = off
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_subject text := v_input ->> 'subject';
  v_type text := v_input ->> 'type';
  v_from timestamptz := v_input ->> 'from';
  v_to timestamptz := v_input ->> 'to';
  v_limit integer := v_input ->> 'limit';
  v_after bigint := v_input #>> '{after,number}';
begin
  return page(
    v_limit,
    array(
      select json_build_object(
        'number', e.number,
        'id', e.id,
        'type', e.type,
        'subject', e.subject,
        'seq', e.seq,
        'occurred_at', e.occurred_at,
        'data', e.data,
        'state', case
          when e.published_at is not null then 'published'
          when e.parked_at is not null then 'parked'
          else 'pending'
        end,
        'published_at', e.published_at,
        'attempts', e.attempts,
        'code', e.error_code,
        'detail', e.error_detail
      )
      from app.outbox e
      where (v_subject is null or e.subject = v_subject)
        and (v_type is null or e.type = v_type)
        and (v_from is null or e.occurred_at >= v_from)
        and (v_to is null or e.occurred_at < v_to)
        and (v_after is null or e.number < v_after)
      order by e.number desc
      limit v_limit + 1
    ),
    array['number']
  );
end
$$;
