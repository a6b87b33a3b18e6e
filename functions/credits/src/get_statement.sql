-- A month of an account: its balances, every entry between them that is no usage, and the usage by who used what. What is
-- charged is what the ledger says. An entry belongs to the month that had begun when it was written, in the order of the
-- ledger, so months share no entry and leave none out.
--
-- Usage is charged when it is reported, which may be in a later month. So the days of the month and the charges of the
-- month may differ: what the ledger has beyond the days stands in a line of its own.
create function get_statement(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_account text := require_account(v_caller, args #>> '{input,user_id}');
  v_viewer text := case when not v_caller.is_admin then v_caller.id end;
  v_first_day date := args #>> '{input,first_day}';
  v_end timestamptz := (v_first_day + interval '1 month') at time zone 'UTC';
  v_first_seq bigint := find_first_entry(v_account, v_first_day::timestamp at time zone 'UTC');
  v_last_seq bigint := find_first_entry(v_account, v_end) - 1;
  v_totals jsonb := sum_entries(v_account, v_first_seq, v_last_seq);
  v_usage jsonb := list_statement_usage(v_account, v_first_day, (v_totals ->> 'usage')::numeric, v_viewer);
  v_statement jsonb;
begin
  v_statement := jsonb_build_object(
    'user_id', v_account,
    'month', to_char(v_first_day, 'YYYY-MM'),
    -- An entry has the time at which its transaction began: those that began before the end are written soon after.
    'state', case when app.now() < v_end + interval '1 minute' then 'open' else 'closed' end,
    'first_seq', case when v_first_seq <= v_last_seq then v_first_seq end,
    'last_seq', case when v_first_seq <= v_last_seq then v_last_seq end,
    'opening_balance', find_balance(v_account, v_first_seq - 1)::text,
    'closing_balance', find_balance(v_account, v_last_seq)::text,
    'totals', v_totals,
    'entries', list_statement_entries(v_account, v_first_seq, v_last_seq)
  ) || v_usage;
  perform require_small_statement(0, octet_length(v_statement::text));
  if (args #>> '{input,as_rows}')::boolean then
    return jsonb_build_object('rows', list_statement_rows(v_statement));
  end if;
  return v_statement;
end
$$;

-- The number of an account's first entry that was written at a moment or later; one after the last, if there is none. The
-- ledger is in the order of time, but for transactions that waited for each other. None takes ten minutes, so what comes
-- ten minutes before the moment is found by halves, and the rest is read.
create function find_first_entry(p_account_owner_id text, p_time timestamptz) returns bigint
language plpgsql stable
set search_path from current
as $$
declare
  v_next bigint := coalesce((select last_seq from public.user_credits where user_id = p_account_owner_id limit 1), 0) + 1;
  v_low bigint := 1::bigint;
  v_high bigint := v_next;
  v_middle bigint;
begin
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    if (
      select created_at < p_time - interval '10 minutes'
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq = v_middle
    ) then
      v_low := v_middle + 1;
    else
      v_high := v_middle;
    end if;
  end loop;
  return coalesce(
    (
      select seq
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq >= v_low and created_at >= p_time
      order by seq
      limit 1
    ),
    v_next
  );
end
$$;

-- An account's balance after an entry; before the first one it is zero.
create function find_balance(p_account_owner_id text, p_seq bigint) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce(
    (
      select balance_after
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq = p_seq
    ),
    0.00
  );
end
$$;

-- What entries have added, by kind.
create function sum_entries(p_account_owner_id text, p_first_seq bigint, p_last_seq bigint) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'purchases', coalesce(sum(t.amount) filter (where t.kind = 'purchase'), 0.00)::text,
      'refunds', coalesce(sum(t.amount) filter (where t.kind = 'refund'), 0.00)::text,
      'adjustments', coalesce(sum(t.amount) filter (where t.kind = 'adjustment'), 0.00)::text,
      'openings', coalesce(sum(t.amount) filter (where t.kind = 'opening'), 0.00)::text,
      'usage', coalesce(sum(t.amount) filter (where t.kind = 'usage'), 0.00)::text
    )
    from (
      select *
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq between p_first_seq and p_last_seq
      order by seq
    ) t
  );
end
$$;

-- The entries that are no usage, in the ledger's order.
create function list_statement_entries(p_account_owner_id text, p_first_seq bigint, p_last_seq bigint) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_entries jsonb[];
begin
  v_entries := array(
    select jsonb_build_object(
      'id', t.id,
      'seq', t.seq,
      'kind', t.kind,
      'amount', t.amount::text,
      'reference', t.reference,
      'reason', t.reason,
      'created_at', t.created_at
    )
    from app.credit_transactions t
    where t.account_owner_id = p_account_owner_id
      and t.seq between p_first_seq and p_last_seq
      and t.kind <> 'usage'
    order by t.seq
    limit most_statement_lines() + 1
  );
  perform require_small_statement(cardinality(v_entries), 0);
  return to_jsonb(v_entries);
end
$$;
