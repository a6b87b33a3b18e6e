-- What an operator says of a parked event, over the direct connection: it is sent again, or with `p_skip` given up. What
-- was given up is kept in the audit log, and the next event of the subject gets its turn.
create or replace function app.release_event(p_id uuid, p_skip boolean default false) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event record;
begin
  -- Nothing is numbered or settled meanwhile.
  perform from app.outbox_lease for no key update;
  select * into v_event from app.outbox where parked_at is not null and id = p_id;
  if not found then
    raise exception using errcode = 'no_data_found', message = pg_catalog.format('there is no parked event %s', p_id);
  end if;
  if p_skip then
    delete from app.outbox where number = v_event.number;
    update app.outbox_subjects set published_seq = v_event.seq where subject = v_event.subject;
    update app.outbox set due_at = app.now() where subject = v_event.subject and seq = v_event.seq + 1;
  else
    update app.outbox set parked_at = null, due_at = app.now() where number = v_event.number;
  end if;
  insert into app.audit_log (actor, action, target, before)
  values (
    'operator',
    case when p_skip then 'events.skip' else 'events.release' end,
    p_id::text,
    pg_catalog.jsonb_build_object(
      'type', v_event.type, 'subject', v_event.subject, 'seq', v_event.seq, 'data', v_event.data, 'code', v_event.error_code
    )
  );
end
$$;
