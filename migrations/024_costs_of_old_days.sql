-- The trigger `set_day` computes the web app's columns of days that are there. No meter writes such an old day any more,
-- so nobody waits.
update public.usage_daily
set total_cost = null
where total_cost is null and date < (app.now() at time zone 'UTC')::date - 36;
