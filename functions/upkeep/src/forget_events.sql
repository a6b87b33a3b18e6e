-- Deletes events that the bus has had for seven days, the oldest ten thousand, and answers how many. The bus keeps them no
-- longer either.
create function forget_events(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_forgotten integer;
begin
  perform authorize(args, 'schedule');
  delete from app.outbox
  where ctid = any (array(
    select ctid
    from app.outbox
    where published_at < app.now() - interval '7 days'
    order by published_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_forgotten = row_count;
  return jsonb_build_object('forgotten', v_forgotten);
end
$$;
