-- And of the others. Meters wait until it is done.
update public.usage_daily set total_cost = null where total_cost is null;
