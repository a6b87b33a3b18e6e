-- Deletes logins that no sender can repeat any more, the oldest ten thousand, and answers how many. A `webhook-id` is
-- kept for a week: senders that follow Standard Webhooks retry for about three days, each time with a new signature,
-- and the same signature is refused after five minutes.
create function forget_logins(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_forgotten integer;
begin
  perform authorize(args, 'schedule');
  delete from app.login_events
  where ctid = any (array(
    select ctid
    from app.login_events
    where received_at < app.now() - interval '7 days'
    order by received_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_forgotten = row_count;
  return jsonb_build_object('forgotten', v_forgotten);
end
$$;
