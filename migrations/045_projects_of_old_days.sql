-- no transaction
-- Divides the days among their projects to which no meter reports any more. Nobody waits, so it may take long; what is
-- divided already is left as it is.
call app.split_days((app.now() at time zone 'UTC')::date - 37);
