-- And the days that only late readings still change: whoever reports one of these waits, and nobody else. (Should two wait
-- for each other, this file gives up first, and is tried again.)
do $$
begin
  perform
  from public.usage_daily
  where date between (app.now() at time zone 'UTC')::date - 36 and (app.now() at time zone 'UTC')::date - 3
  order by user_id, date
  for no key update;
  -- A statement of its own: it sees the readings of those for whom the first one waited.
  call app.split_days((app.now() at time zone 'UTC')::date - 3);
end
$$;
