-- Who is suspended because their account has been exhausted for longer than its grace period: the owner, and the team with
-- them. Administrators are not, so that nobody is left without one.
create function is_suspended_for_money(p_account_owner_id text) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce((
    select 'money' = any (u.suspended_for)
    from public.users u
    where u.id between p_account_owner_id and p_account_owner_id
    order by u.id
    limit 1
  ), false);
end
$$;

-- Locks an account that is about to be paid for, corrected, or given another policy. If its owner is suspended for money,
-- that may end with it, which takes the lock of the seats, and that comes before accounts. Few payments need it.
create function lock_account_to_credit(p_account_owner_id text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_has_seats boolean := is_suspended_for_money(p_account_owner_id);
begin
  if v_has_seats then
    perform lock_seats();
  end if;
  perform lock_accounts(array[p_account_owner_id]);
  if not v_has_seats and is_suspended_for_money(p_account_owner_id) then
    -- The daily work has found it just now.
    raise exception using
      errcode = 'serialization_failure',
      message = 'the owner of the account was suspended for money meanwhile';
  end if;
end
$$;

-- Ends the suspension for money of whose account is overdue no longer. The caller has locked the account by
-- `lock_account_to_credit()`.
create function end_suspension_for_money(p_account_owner_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  if is_suspended_for_money(p_account_owner_id) and not exists (
    select from public.user_credits c where c.user_id = p_account_owner_id and (c.state = 'overdue') is true
  ) then
    perform lift_suspension(p_account_owner_id, 'money');
    perform place_waiting();
  end if;
end
$$;

-- Which of these accounts have an owner who is not suspended for money and should be, or who is and should not.
create function find_unsettled_suspensions(p_account_owner_ids text[]) returns text[]
language plpgsql stable
set search_path from current
as $$
begin
  return array(
    select c.user_id
    from unnest(p_account_owner_ids) a (id)
    cross join lateral (select * from public.user_credits where user_id between a.id and a.id order by user_id limit 1) c
    cross join lateral (select * from public.users where id between a.id and a.id order by id limit 1) u
    where (c.state = 'overdue' and u.status <> 'deleted' and u.account_owner_id is null and not u.is_admin)
      <> ('money' = any (u.suspended_for))
    order by c.user_id
  );
end
$$;

-- Suspends the owners of those of these accounts that are overdue, and ends the suspensions of those that are not. The
-- caller holds `lock_seats()` and `lock_accounts()`. `p_most` of them at most, and answers how many.
create function settle_suspensions(p_account_owner_ids text[], p_most integer default 1000) returns integer
language plpgsql
set search_path from current
as $$
declare
  v_unsettled text[] := (find_unsettled_suspensions(p_account_owner_ids))[1:p_most];
  v_account_owner_id text;
begin
  foreach v_account_owner_id in array v_unsettled
  loop
    if is_suspended_for_money(v_account_owner_id) then
      perform lift_suspension(v_account_owner_id, 'money');
    else
      perform suspend_user(v_account_owner_id, 'money');
    end if;
  end loop;
  if v_unsettled <> '{}' then
    perform place_waiting();
  end if;
  return cardinality(v_unsettled);
end
$$;
