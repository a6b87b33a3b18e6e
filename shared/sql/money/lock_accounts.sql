-- Locks accounts in the order of their ids. Called before credits change, or what they are computed from.
create function lock_accounts(p_account_owner_ids text[]) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_locked integer;
begin
  perform from public.user_credits where user_id = any (p_account_owner_ids) order by user_id for no key update;
  get diagnostics v_locked = row_count;
  if v_locked < cardinality(p_account_owner_ids) then
    -- Users who were added by hand have no row yet.
    insert into public.user_credits (user_id)
    select a.id from unnest(p_account_owner_ids) as a (id) order by a.id
    on conflict (user_id) do nothing;
    perform from public.user_credits where user_id = any (p_account_owner_ids) order by user_id for no key update;
  end if;
end
$$;
