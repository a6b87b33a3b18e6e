-- How many payments, refunds and disputes wait for a person.
create function count_parked(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return json_build_object('parked', count_parked_payments());
end
$$;
