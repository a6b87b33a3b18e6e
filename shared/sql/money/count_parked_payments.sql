-- How many payments, refunds and disputes wait for a person; of more than a thousand nobody needs the number.
create function count_parked_payments() returns integer
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select count(*)::integer
    from (
      select
      from app.stripe_payments
      where state between 'parked' and 'parked'
      order by state, created_at desc, id desc
      limit 1000
    ) p
  );
end
$$;
