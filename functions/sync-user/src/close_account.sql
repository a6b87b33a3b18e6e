-- Users close their own account: as when an administrator deletes them, but not with a team or with debts, which would be
-- nobody's. What is closed stays closed: closing again changes nothing, so that a client that lost the answer is told the
-- same.
--
-- The suspended may not. Closing frees the address, and with it they could sign up anew by another identity, past the
-- suspension. Support deletes and erases them if they ask.
create function close_account(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_id text := args #>> '{caller,sub}';
  v_user public.users;
  v_before jsonb;
begin
  perform require_kind(args, array['user']);
  -- Whoever may not close anything takes no lock.
  perform authorize(args, 'user') where not is_closed(v_id);
  if is_closed(v_id) then
    return '{}';
  end if;
  -- Ending a membership changes the terms. Lock order: terms before seats.
  perform lock_billing_terms();
  perform lock_seats();
  -- Look again: while this call waited for the locks, another one may have changed the user.
  if is_closed(v_id) then
    return '{}';
  end if;
  v_user := authorize(args, 'user');
  perform from public.users where id = v_id for no key update;
  perform require_no_debts(v_id);

  v_before := describe_standing(v_id);
  perform set_user_status(v_id, 'deleted');
  perform place_waiting();
  if v_user.is_admin then
    perform require_administrator();
  end if;
  perform write_audit(args, 'users.close', v_id, v_before, describe_standing(v_id));
  return '{}';
end
$$;

create function is_closed(p_user_id text) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from (select u.status from public.users u where u.id between p_user_id and p_user_id order by u.id limit 1) o
    where o.status = 'deleted'
  );
end
$$;

-- Refuses whose account owes. Usage that is reported after the end is still billed, and stays in the ledger.
create function require_no_debts(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_balance numeric := (select k.balance from public.user_credits k where k.user_id = p_user_id limit 1);
begin
  if v_balance < 0 then
    raise exception using
      errcode = 'AP409',
      message = 'has_debts',
      detail = format('This account owes %s US dollars. Pay them first, or write to support.', -v_balance);
  end if;
end
$$;
