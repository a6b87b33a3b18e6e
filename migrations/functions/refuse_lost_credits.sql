-- An account that has a ledger keeps its `user_credits` row.
create or replace function app.refuse_lost_credits() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'TRUNCATE' or old.last_seq is not null then
    raise exception using
      errcode = 'restrict_violation',
      constraint = 'credit_transactions_account_has_credits',
      message = 'the credits of an account with a ledger stay';
  end if;
  return old;
end
$$;
