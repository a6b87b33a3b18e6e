-- And the last days. Meters wait until it is done: whoever records usage shares this lock.
do $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.terms'));
  call app.split_days('infinity');
end
$$;
