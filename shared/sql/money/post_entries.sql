-- The only writer of the ledger. It changes each account's credits and adds the entry for it, in one statement. The
-- caller holds `lock_accounts()` and names each account once.
--
-- A change by usage carries what was used and its exact cost. The account is charged the rounded sum of all its costs
-- less what it was charged before, so the error never exceeds half a cent. Where the difference is zero there is no
-- entry.
--
-- What the change makes of the account's state is computed by a trigger (`app.set_credit_state`), but for the month: the
-- first change in a month begins it with nothing. A call that began in the month before does not go back to it.
create function post_entries(p_changes credit_change[]) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
begin
  with change as materialized (
    select
      c.*,
      uc.place,
      coalesce(uc.last_seq, 0) + 1 as seq,
      uc.balance as balance_before,
      case c.kind
        when 'usage' then uc.total_used - app.round_cost(uc.scaled_cost_usd + c.scaled_cost_usd)
        else c.amount
      end as moved
    from unnest(p_changes) c
    -- Looked up one after the other. The update finds each where it is stored: joined, a plan that was made while the table
    -- was empty would read all accounts for each change.
    cross join lateral (
      select ctid as place, * from public.user_credits where user_id = c.account_owner_id limit 1
    ) uc
  ),
  credited as (
    update public.user_credits uc
    set balance = uc.balance + c.moved,
        last_seq = case when c.moved <> 0 then c.seq else uc.last_seq end,
        -- A refund takes back a purchase.
        total_purchased = uc.total_purchased + case when c.kind in ('purchase', 'refund') then c.moved else 0 end,
        total_adjusted = uc.total_adjusted + case c.kind when 'adjustment' then c.moved else 0 end,
        total_used = uc.total_used - case c.kind when 'usage' then c.moved else 0 end,
        cpu_hours_used = uc.cpu_hours_used + coalesce(c.cpu_hours, 0),
        gpu_hours_used = uc.gpu_hours_used + coalesce(c.gpu_hours, 0),
        storage_gb_seconds = uc.storage_gb_seconds + coalesce(c.storage_gb_seconds, 0),
        storage_gb_months = round(
          (uc.storage_gb_seconds + coalesce(c.storage_gb_seconds, 0)) / app.billing_month_seconds(), 6
        ),
        scaled_cost_usd = uc.scaled_cost_usd + coalesce(c.scaled_cost_usd, 0),
        month = greatest(uc.month, v_month),
        month_scaled_cost_usd = case
          when uc.month > v_month then uc.month_scaled_cost_usd
          when uc.month < v_month then coalesce(c.month_scaled_cost_usd, 0)
          else uc.month_scaled_cost_usd + coalesce(c.month_scaled_cost_usd, 0)
        end,
        updated_at = app.now()
    from change c
    where uc.ctid = c.place
  )
  insert into app.credit_transactions (
    account_owner_id, seq, kind, amount, balance_before, balance_after,
    reference, reason, refunded_seq, idempotency_key, body_hash, actor
  )
  select
    c.account_owner_id, c.seq, c.kind, c.moved, c.balance_before, c.balance_before + c.moved,
    c.reference, c.reason, c.refunded_seq, c.idempotency_key, c.body_hash, c.actor
  from change c
  where c.moved <> 0
  order by c.account_owner_id;
end
$$;
