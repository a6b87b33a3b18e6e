-- A `user_credits` row begins with zeros: only its ledger changes them.
create or replace function app.refuse_moved_credits() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.last_seq is not null or (new.total_purchased, new.total_adjusted, new.total_used) is distinct from (0, 0, 0) then
    raise exception using
      errcode = 'check_violation',
      constraint = 'user_credits_begins_with_nothing',
      message = 'credits begin with nothing: their ledger moves them';
  end if;
  return new;
end
$$;
