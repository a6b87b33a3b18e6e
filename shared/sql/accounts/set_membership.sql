-- Makes a user a member of an account, or with the user's own id an account owner again, and writes from which day the
-- account pays for the user.
--
-- A day that has been billed stays where it was billed: if the user has usage today, the old account pays for today and
-- the new one from tomorrow (UTC). Otherwise the new one pays from today, or from `p_not_before` if that is later.
create function set_membership(
  p_user_id text,
  p_account_owner_id text,
  p_request_id text,
  p_not_before date default null
)
returns void
language plpgsql
set search_path from current
as $$
declare
  v_effective_on date;
begin
  -- Wait for usage that is being recorded, and then see it.
  perform lock_billing_terms();
  v_effective_on := greatest(
    (app.now() at time zone 'UTC')::date,
    p_not_before,
    (select max(date) + 1 from public.usage_daily where user_id = p_user_id),
    -- A call that began before midnight may get its turn after one that began later.
    (select max(effective_on) from app.account_memberships where user_id = p_user_id)
  );
  update public.users
  set account_owner_id = nullif(p_account_owner_id, id)
  where id = p_user_id;
  insert into app.account_memberships (user_id, effective_on, account_owner_id, request_id)
  values (p_user_id, v_effective_on, p_account_owner_id, p_request_id)
  on conflict (user_id, effective_on) do update
  set account_owner_id = excluded.account_owner_id,
      request_id = excluded.request_id,
      created_at = excluded.created_at;
end
$$;

-- True when this very request has put the user into that account: then it is being repeated.
create function is_membership_of_request(p_user_id text, p_account_owner_id text, p_request_id text)
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from app.account_memberships
    where user_id = p_user_id and account_owner_id = p_account_owner_id and request_id = p_request_id
  );
end
$$;
